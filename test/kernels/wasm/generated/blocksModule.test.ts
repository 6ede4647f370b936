import {MEMORY_FLAGS_AT, MODULE} from '../../../../src/kernels/wasm/generated/blocksModule';
import {describeModule} from '../../support';

describeModule(MODULE, MEMORY_FLAGS_AT);
