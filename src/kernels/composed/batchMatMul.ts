import * as tf from '@tensorflow/tfjs-core';

import {madeOnce} from '../weightCache';
import {type Kernel, runShipped, withoutRest} from './kernel';

function lastTwoExchanged(tensor: tf.Tensor): tf.Tensor {
  const order = tensor.shape.map((_, i) => i);
  return madeOnce(tensor, 'transposed', () =>
    tf.transpose(tensor, [...order.slice(0, -2), tensor.rank - 1, tensor.rank - 2]),
  );
}

/**
 * BatchMatMul: transposes first, since only the product of untransposed matrices is fast. The
 * second matrix is copied: stock wasm packs its values once for each data id, even if the same data
 * appear in another shape, after a reshape for instance, and then writes beyond the output.
 */
export const batchMatMul: Kernel<tf.BatchMatMulAttrs, {a: tf.Tensor; b: tf.Tensor}> = (
  call,
  shipped,
) => {
  const {transposeA, transposeB} = call.attrs;
  const {a, b} = call.inputs;
  if (transposeA || transposeB) {
    return tf.tidy(() =>
      // This calls the kernel again, with nothing to transpose.
      tf.matMul(transposeA ? lastTwoExchanged(a) : a, transposeB ? lastTwoExchanged(b) : b),
    );
  }
  return withoutRest(() => {
    const copy = madeOnce(b, 'copy', () => tf.add(b, 0));
    return runShipped(shipped, {...call, inputs: {a, b: copy}});
  });
};
