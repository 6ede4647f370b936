import * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from './kernel';

/**
 * FusedBatchNorm with a scale of 1 and an offset of 0 where there is none: tfjs's tape does not take
 * inputs that are missing. They are put into the inputs of the call, since the tape reads them there.
 */
export const batchNormInputs: Kernel = (call, shipped) => {
  const inputs = call.inputs as Record<string, tf.Tensor | null | undefined>;
  const {shape} = call.inputs['mean'] as tf.Tensor;
  // On its way it is no different from a tensor that the op made: the scope of the op disposes it.
  inputs['scale'] ??= tf.ones(shape);
  inputs['offset'] ??= tf.zeros(shape);
  return (shipped as tf.KernelFunc)(call as never) as tf.TensorInfo;
};
