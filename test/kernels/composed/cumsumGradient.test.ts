import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {cumsumGradient} from '../../../src/kernels/composed/cumsumGradient';
import {seeded} from '../../support/models';
import {expectClose} from '../../support/tensors';
import {finiteDifferences} from '../support';

describe('cumsumGradient', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('agrees with finite differences: exclusive %s, reverse %s', (exclusive, reverse) => {
    for (const axis of [0, 1, 2]) {
      const x = seeded<tf.Rank.R3>([2, 3, 3], 1);
      const forward = (v: tf.Tensor) => tf.cumsum(v, axis, exclusive, reverse);
      const dy = seeded([2, 3, 3], 2);
      const gradient = cumsumGradient(tf.getGradient(tf.Cumsum));
      expect(gradient.kernelName).toBe('Cumsum');
      const dx = gradient.gradFunc(dy, [x], {axis, exclusive, reverse})['x'] as () => tf.Tensor;
      expectClose(
        dx(),
        finiteDifferences((v) => tf.sum(tf.mul(forward(v), dy)), x),
        1e-3,
      );
    }
  });
});
