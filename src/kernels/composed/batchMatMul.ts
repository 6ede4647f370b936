import * as tf from '@tensorflow/tfjs-core';

import {madeOnce} from '../weightCache';
import type {Kernel} from './kernel';

function lastTwoExchanged(tensor: tf.Tensor): tf.Tensor {
  const order = tensor.shape.map((_, i) => i);
  return madeOnce(tensor, 'transposed', () =>
    tf.transpose(tensor, [...order.slice(0, -2), tensor.rank - 1, tensor.rank - 2]),
  );
}

/** BatchMatMul: transposes first, since only the product of untransposed matrices is fast. */
export const batchMatMul: Kernel<tf.BatchMatMulAttrs> = (call, shipped) => {
  const {transposeA, transposeB} = call.attrs;
  const a = call.inputs['a'] as tf.Tensor;
  const b = call.inputs['b'] as tf.Tensor;
  if (!transposeA && !transposeB) return (shipped as tf.KernelFunc)(call as never) as tf.TensorInfo;
  return tf.tidy(() =>
    // Comes back here, with nothing to transpose.
    tf.matMul(transposeA ? lastTwoExchanged(a) : a, transposeB ? lastTwoExchanged(b) : b),
  );
};
