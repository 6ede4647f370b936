import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {checkClassWeights, weighTargets} from '../../src/losses/classWeights';
import {expectClose} from '../support/tensors';

describe('weighTargets', () => {
  it('makes the mean of the weighted losses, or their weighted mean', () => {
    tf.tidy(() => {
      const targets = tf.tensor2d([
        [1, 0],
        [0, 1],
        [0.5, 0.5],
      ]);
      expectClose(weighTargets(targets, [2, 6], 'meanOfWeighted'), [2, 0, 0, 6, 1, 3]);
      // Σ w t = 12 over 3 examples: a quarter.
      expectClose(weighTargets(targets, [2, 6], 'weightedMean'), [0.5, 0, 0, 1.5, 0.25, 0.75]);
      expect(weighTargets(tf.zeros([0, 2]), [2, 6], 'weightedMean').shape).toEqual([0, 2]);
    });
  });
});

describe('checkClassWeights', () => {
  it('wants one finite weight for each class', () => {
    checkClassWeights('f', [0, 1], 2);
    expect(() => checkClassWeights('f', [1], 2)).toThrow(
      /^f: "classWeights" must have one weight for each of the 2 classes, found 1 weights/,
    );
    expect(() => checkClassWeights('f', [1, -1], 2)).toThrow(/"classWeights\[1\]".*found -1/);
    expect(() => checkClassWeights('f', [1, NaN], 2)).toThrow(/found NaN/);
    expect(() => checkClassWeights('f', undefined as unknown as number[], 2)).toThrow(
      /found undefined/,
    );
  });
});
