/**
 * Gradient kernels that a backend lacks, gets wrong or does slowly, for a scope or for good.
 * Attacks and trainers use them by themselves.
 *
 * @packageDocumentation
 */

export {kernelsInUse, type KernelSet} from '../core/computedOn';
export {
  registerGradientKernels,
  type RegisterGradientKernelsOptions,
} from './registerGradientKernels';
export {withGradientKernels} from './withGradientKernels';
