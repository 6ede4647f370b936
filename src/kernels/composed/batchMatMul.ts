import * as tf from '@tensorflow/tfjs-core';

import {madeOnce} from '../weightCache';
import type {Kernel} from './kernel';

function lastTwoExchanged(tensor: tf.Tensor): tf.Tensor {
  const order = tensor.shape.map((_, i) => i);
  return madeOnce(tensor, 'transposed', () =>
    tf.transpose(tensor, [...order.slice(0, -2), tensor.rank - 1, tensor.rank - 2]),
  );
}

/**
 * BatchMatMul: transposes first, since only the product of untransposed matrices is fast. The second
 * matrix is a copy: stock wasm packs its values once for each data id, also where the same data
 * appear in another shape, as a reshape makes them, and then writes beyond the output.
 */
export const batchMatMul: Kernel<tf.BatchMatMulAttrs> = (call, shipped) => {
  const {transposeA, transposeB} = call.attrs;
  const a = call.inputs['a'] as tf.Tensor;
  const b = call.inputs['b'] as tf.Tensor;
  if (transposeA || transposeB) {
    return tf.tidy(() =>
      // Comes back here, with nothing to transpose.
      tf.matMul(transposeA ? lastTwoExchanged(a) : a, transposeB ? lastTwoExchanged(b) : b),
    );
  }
  let product: tf.TensorInfo | undefined;
  tf.tidy(() => {
    const copy = madeOnce(b, 'copy', () => tf.add(b, 0));
    const run = shipped as tf.KernelFunc;
    product = run({...call, inputs: {a, b: copy}} as never) as tf.TensorInfo;
  });
  return product as unknown as tf.TensorInfo;
};
