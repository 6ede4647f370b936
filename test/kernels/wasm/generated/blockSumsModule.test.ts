import {MEMORY_FLAGS_AT, MODULE} from '../../../../src/kernels/wasm/generated/blockSumsModule';
import {describeModule, describeRelaxed} from '../../support';

describeModule(MODULE, MEMORY_FLAGS_AT, describeRelaxed);
