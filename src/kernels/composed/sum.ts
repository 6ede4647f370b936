import * as tf from '@tensorflow/tfjs-core';

import {type Kernel, runShipped} from './kernel';

/** Whether all axes but the last are reduced, of a float32 tensor that has others. */
export function leavesChannels(x: tf.Tensor, {axis}: tf.SumAttrs): boolean {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const allButLast = axes.length === x.rank - 1 && !axes.includes(x.rank - 1);
  return x.dtype === 'float32' && x.rank > 1 && allButLast && x.size > 0;
}

/** Shape of the result. */
export function channelShape(x: tf.Tensor, {keepDims}: tf.SumAttrs): number[] {
  const last = x.shape.slice(-1);
  return keepDims ? [...x.shape.slice(1).fill(1), ...last] : last;
}

/**
 * Sum over all axes but the last, as for biases and batch norm, by a product with a row of ones:
 * wasm's own kernel transposes the whole tensor first.
 */
export const sum: Kernel<tf.SumAttrs, {x: tf.Tensor}> = (call, shipped) => {
  const x = call.inputs.x;
  if (!leavesChannels(x, call.attrs)) {
    return runShipped(shipped, call);
  }
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, x.shape.at(-1) as number]) as tf.Tensor2D;
    const total = tf.matMul(tf.ones([1, rows.shape[0]]), rows);
    return tf.reshape(total, channelShape(x, call.attrs));
  });
};

/** Mean over all axes but the last: the sum, divided. */
export const mean: Kernel<tf.MeanAttrs, {x: tf.Tensor}> = (call, shipped) => {
  const x = call.inputs.x;
  const {axis, keepDims} = call.attrs;
  if (!leavesChannels(x, call.attrs)) {
    return runShipped(shipped, call);
  }
  const rows = x.size / (x.shape.at(-1) as number);
  return tf.tidy(() => tf.div(tf.sum(x, axis, keepDims), rows));
};
