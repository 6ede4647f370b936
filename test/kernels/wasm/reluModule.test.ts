import {MEMORY_FLAGS_AT, MODULE} from '../../../src/kernels/wasm/reluModule';
import {describeModule} from '../support';

describeModule(MODULE, MEMORY_FLAGS_AT);
