import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {type Kernel, runShipped} from './kernel';

/** Appends a zero along one axis. */
export function padded(tensor: tf.Tensor, axis: number): tf.Tensor {
  return tf.pad(
    tensor,
    tensor.shape.map((_, i) => [0, i === axis ? 1 : 0]),
  );
}

/**
 * BatchMatMul and _FusedMatMul for webgl, where two values share a texel: with an odd number of
 * terms, tfjs also adds what lies next to the last value of either matrix, which need not be zero.
 * Training a layer of 3 classes therefore goes wrong at its second step. An appended zero makes the
 * number even.
 */
export const evenMatMul: Kernel<tf.BatchMatMulAttrs, {a: tf.Tensor; b: tf.Tensor}> = (
  call,
  shipped,
) => {
  const {transposeA, transposeB} = call.attrs;
  const {a, b} = call.inputs;
  const axisOfA = a.rank - (transposeA ? 2 : 1);
  if (at(a.shape, axisOfA) % 2 === 0) return runShipped(shipped, call);
  const even = [padded(a, axisOfA), padded(b, b.rank - (transposeB ? 1 : 2))] as const;
  try {
    const inputs = {...call.inputs, a: even[0], b: even[1]};
    return runShipped(shipped, {...call, inputs});
  } finally {
    tf.dispose([...even]);
  }
};
