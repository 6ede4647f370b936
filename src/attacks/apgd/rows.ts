import * as tf from '@tensorflow/tfjs-core';

import {pickedRows} from '../../kernels/wasm/rows';

/**
 * The rows of `chosen` where `isChosen`, those of `other` elsewhere: copied on wasm, elsewhere by
 * products with 0 and 1, which are exact for finite values.
 *
 * @param chosen - `[rows, ...]`.
 * @param other - Same shape.
 * @param isChosen - `[rows]`.
 * @returns Same shape; the caller disposes it.
 */
export function blendRows<I extends tf.Tensor>(
  chosen: I,
  other: I,
  isChosen: readonly boolean[],
): I {
  if (isChosen.every(Boolean)) return tf.clone(chosen);
  if (!isChosen.some(Boolean)) return tf.clone(other);
  const picked = pickedRows(
    [other, chosen],
    isChosen.map((is, row) => [Number(is), row]),
  );
  if (picked !== undefined) return picked;
  return tf.tidy(() => {
    const shape = [isChosen.length, ...new Array<number>(chosen.rank - 1).fill(1)];
    const mask = (value: boolean) =>
      tf.tensor(
        Float32Array.from(isChosen, (is) => Number(is === value)),
        shape,
      );
    return tf.add<I>(tf.mul(chosen, mask(true)), tf.mul(other, mask(false)));
  });
}
