import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {classBalancedLoss} from '../../src/losses/classBalancedLoss';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {sigmoidFocalLoss} from '../../src/losses/sigmoidFocalLoss';
import {weightedCrossEntropy} from '../../src/losses/weightedCrossEntropy';
import {effectiveNumberWeights} from '../../src/samplers/effectiveNumberWeights';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const COUNTS = [100, 40, 10];
const Z = () => seeded<tf.Rank.R2>([3, 3], 4, 3);
const labels = () => int([0, 2, 2]);

describe('classBalancedLoss', () => {
  it('with β 0, or equal counts, is the loss that it weighs', () => {
    tf.tidy(() => {
      const plain = numbers(crossEntropy(Z(), labels()));
      expectClose(classBalancedLoss(Z(), labels(), COUNTS, {beta: 0}), plain, 1e-6);
      expectClose(classBalancedLoss(Z(), labels(), [7, 7, 7]), plain, 1e-6);
      const focal = numbers(sigmoidFocalLoss(Z(), labels(), {gamma: 1}));
      const options = {base: 'focal', gamma: 1} as const;
      expectClose(classBalancedLoss(Z(), labels(), [7, 7, 7], options), focal, 1e-6);
    });
  });

  it('can have the weighted mean of PyTorch', () => {
    tf.tidy(() => {
      const expected = weightedCrossEntropy(Z(), labels(), effectiveNumberWeights(COUNTS));
      const options = {reduction: 'weightedMean'} as const;
      expectClose(classBalancedLoss(Z(), labels(), COUNTS, options), numbers(expected), 1e-6);
    });
  });

  it('refuses options out of range', () => {
    const call = (options: object) => classBalancedLoss(Z(), labels(), COUNTS, options);
    expect(() => call({beta: 1.1})).toThrow(/^classBalancedLoss: "beta"/);
    expect(() => call({base: 'hinge'})).toThrow(/"base" must be one of/);
    expect(() => call({gamma: -1})).toThrow(/"gamma"/);
    expect(() => call({reduction: 'sum'})).toThrow(/"reduction"/);
    expect(() => classBalancedLoss(Z(), labels(), [1, 2])).toThrow(/"classCounts"/);
  });
});
