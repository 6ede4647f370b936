import {MEMORY_FLAGS_AT, MODULE} from '../../../../src/kernels/wasm/generated/elementwiseModule';
import {describeModule} from '../../support';

describeModule(MODULE, MEMORY_FLAGS_AT);
