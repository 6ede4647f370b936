import {MEMORY_FLAGS_AT, MODULE} from '../../../../src/kernels/wasm/generated/fewInputsModule';
import {describeModule} from '../../support';

describeModule(MODULE, MEMORY_FLAGS_AT);
