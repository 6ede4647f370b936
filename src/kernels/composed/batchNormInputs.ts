import * as tf from '@tensorflow/tfjs-core';

import {type Kernel, runShipped} from './kernel';

/** What an op hands to FusedBatchNorm. */
export interface BatchNormInputs {
  readonly x: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  scale?: tf.Tensor | null;
  offset?: tf.Tensor | null;
}

/**
 * FusedBatchNorm with a scale of 1 and an offset of 0 where there is none: tfjs's tape does not take
 * inputs that are missing. They are put into the inputs of the call, since the tape reads them there.
 *
 * Statistics of any other axes than the last ones (channels first) are broadcast: tfjs's kernels
 * for cpu and wasm repeat them along the last axis, whatever their shape.
 */
export const batchNormInputs: Kernel<Partial<tf.FusedBatchNormAttrs>, BatchNormInputs> = (
  call,
  shipped,
) => {
  const {inputs} = call;
  const {x, mean, variance} = inputs;
  // It is like any tensor that the op makes on its way: the scope of the op disposes it.
  const scale = (inputs.scale ??= tf.ones(mean.shape));
  const offset = (inputs.offset ??= tf.zeros(mean.shape));
  if (isAlongLastAxes(x, mean)) return runShipped(shipped, call);
  const {varianceEpsilon = 1e-3} = call.attrs;
  return tf.tidy(() => {
    const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, varianceEpsilon)));
    return tf.add(tf.mul(tf.sub(x, mean), factor), offset);
  });
};

/** Whether the values of `mean`, one after another, repeat along x. */
export function isAlongLastAxes({shape}: tf.Tensor, mean: tf.Tensor): boolean {
  const own = [...new Array<number>(shape.length - mean.rank).fill(1), ...mean.shape];
  const first = own.findIndex((size) => size !== 1);
  return first === -1 || own.slice(first).every((size, i) => size === shape[first + i]);
}
