import * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from './kernel';

/**
 * FusedBatchNorm with a scale of 1 and an offset of 0 where there is none: tfjs's tape does not take
 * inputs that are missing. They are put into the inputs of the call, since the tape reads them there.
 *
 * Statistics of any axis but the last ones (channels first) are broadcast: tfjs's kernels for cpu and
 * wasm repeat them along the last axis, whatever their shape.
 */
export const batchNormInputs: Kernel = (call, shipped) => {
  const inputs = call.inputs as Record<string, tf.Tensor | null | undefined>;
  const {shape} = call.inputs['mean'] as tf.Tensor;
  // On its way it is no different from a tensor that the op made: the scope of the op disposes it.
  inputs['scale'] ??= tf.ones(shape);
  inputs['offset'] ??= tf.zeros(shape);
  if (isAlongLastAxes(inputs['x'] as tf.Tensor, inputs['mean'] as tf.Tensor)) {
    return (shipped as tf.KernelFunc)(call as never) as tf.TensorInfo;
  }
  const {x, mean, variance, scale, offset} = inputs as Readonly<Record<string, tf.Tensor>>;
  const {varianceEpsilon = 1e-3} = call.attrs as Partial<tf.FusedBatchNormAttrs>;
  return tf.tidy(() => {
    const factor = tf.mul(
      scale as tf.Tensor,
      tf.rsqrt(tf.add(variance as tf.Tensor, varianceEpsilon)),
    );
    return tf.add(tf.mul(tf.sub(x as tf.Tensor, mean as tf.Tensor), factor), offset as tf.Tensor);
  });
};

/** Whether the values of `mean`, one after another, repeat along x. */
export function isAlongLastAxes({shape}: tf.Tensor, mean: tf.Tensor): boolean {
  const own = [...new Array<number>(shape.length - mean.rank).fill(1), ...mean.shape];
  const first = own.findIndex((size) => size !== 1);
  return first === -1 || own.slice(first).every((size, i) => size === shape[first + i]);
}
