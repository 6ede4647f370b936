import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {Kernel} from './kernel';

/** A zero more along one axis. */
function padded(tensor: tf.Tensor, axis: number): tf.Tensor {
  return tf.pad(
    tensor,
    tensor.shape.map((_, i) => [0, i === axis ? 1 : 0]),
  );
}

/**
 * BatchMatMul and _FusedMatMul for webgl, where two values share a texel: of an odd number of
 * terms, tfjs adds what lies beside the last value of either matrix, which need not be zero. So
 * training a layer of 3 classes goes wrong at its second step. A zero more makes the number even.
 */
export const evenMatMul: Kernel<tf.BatchMatMulAttrs> = (call, shipped) => {
  const {transposeA, transposeB} = call.attrs;
  const a = call.inputs['a'] as tf.Tensor;
  const b = call.inputs['b'] as tf.Tensor;
  const run = shipped as tf.KernelFunc;
  const axisOfA = a.rank - (transposeA ? 2 : 1);
  if (at(a.shape, axisOfA) % 2 === 0) return run(call as never) as tf.TensorInfo;
  const even = [padded(a, axisOfA), padded(b, b.rank - (transposeB ? 1 : 2))] as const;
  try {
    const inputs = {...call.inputs, a: even[0], b: even[1]};
    return run({...call, inputs} as never) as tf.TensorInfo;
  } finally {
    tf.dispose([...even]);
  }
};
