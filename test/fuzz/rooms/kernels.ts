import * as kernels from '../../../src/kernels/index';
import {call, type Call} from '../call';
import {callback} from '../kinds';

/** Kernels. */
export const KERNELS: readonly Call[] = [
  call('withGradientKernels', kernels.withGradientKernels, {body: callback(() => 1)}),
];
