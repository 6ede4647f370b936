import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {weightedCrossEntropy} from '../../src/losses/weightedCrossEntropy';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const Z = () => seeded<tf.Rank.R2>([4, 3], 4, 3);
const labels = () => int([0, 2, 2, 1]);

describe('weightedCrossEntropy', () => {
  it.each(['weightedMean', 'meanOfWeighted'] as const)('with equal weights, %s', (reduction) => {
    tf.tidy(() => {
      const plain = numbers(crossEntropy(Z(), labels()));
      const expected = reduction === 'weightedMean' ? plain : plain.map((v) => 3 * v);
      const options = {reduction};
      expectClose(weightedCrossEntropy(Z(), labels(), [3, 3, 3], options), expected, 1e-6);
    });
  });

  it('as a weighted mean does not depend on the scale of the weights', () => {
    tf.tidy(() => {
      const at = (scale: number) =>
        weightedCrossEntropy(
          Z(),
          labels(),
          [1, 2, 4].map((w) => w * scale),
        );
      expectClose(at(100), numbers(at(1)), 1e-6);
    });
  });

  it('refuses weights and a reduction that do not fit', () => {
    expect(() => weightedCrossEntropy(Z(), labels(), [1, 2])).toThrow(
      /^weightedCrossEntropy: "classWeights"/,
    );
    expect(() =>
      weightedCrossEntropy(Z(), labels(), [1, 2, 3], {reduction: 'mean' as 'weightedMean'}),
    ).toThrow(/"reduction" must be one of 'weightedMean', 'meanOfWeighted', found 'mean'/);
  });
});
