import * as tf from '@tensorflow/tfjs-core';
import {describe, it} from 'vitest';

import {seeded} from '../../support/models';
import {expectGradients} from '../support';

describe('cumsumGradient', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('agrees with finite differences: exclusive %s, reverse %s', (exclusive, reverse) => {
    for (const axis of [0, 1, 2]) {
      const forward = (x: tf.Tensor) => tf.cumsum(x, axis, exclusive, reverse);
      expectGradients(forward, [seeded([2, 3, 3], 1)], 1e-3);
    }
  });
});
