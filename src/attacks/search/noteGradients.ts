import type * as tf from '@tensorflow/tfjs-core';

import {gradientSums} from '../../math/gradientSums';
import {forEachLive, type LiveRows} from './liveRows';
import type {Outcome} from './problem';

/** Notes the examples whose gradient is all zero, or not finite somewhere. */
export async function noteGradients(
  gradient: tf.Tensor,
  rows: LiveRows,
  outcome: Outcome,
): Promise<void> {
  const sums = gradientSums(gradient);
  try {
    const values = await sums.data<'float32'>();
    forEachLive(rows, (position, row) => {
      const sum = values[row];
      if (sum === 0) outcome.zeroGradient[position] = 1;
      if (!Number.isFinite(sum)) outcome.nonFiniteGradient[position] = 1;
    });
  } finally {
    sums.dispose();
  }
}
