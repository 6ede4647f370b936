import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/**
 * τ log n_c minus a constant, which softmax ignores, so that the bias of the largest class is 0.
 * That bias is then exact, and the others take no more of float32's range than the counts require.
 *
 * @param where - Public function, for the error message.
 * @param classCounts - n_c ≥ 1, checked.
 * @param tau - τ ≥ 0.
 * @returns `[classes]` float32.
 * @throws {@link InvalidArgumentError} if a bias leaves the range of float32.
 * @internal
 */
export function classBias(where: string, classCounts: ArrayLike<number>, tau: number): tf.Tensor1D {
  const largest = Array.from(classCounts).reduce((most, n) => Math.max(most, n), 1);
  const bias = Array.from(classCounts, (n) => tau * Math.log(n / largest));
  if (bias.some((b) => b < -LARGEST_FLOAT32)) {
    throw new InvalidArgumentError({
      where,
      argument: 'tau',
      expected: 'leave tau log(n) within float32',
      found: describeValue(tau),
      remedy: 'Usual values lie between 0 and 3.',
    });
  }
  return tf.tensor1d(bias);
}
