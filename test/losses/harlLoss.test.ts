import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {harlLoss} from '../../src/losses/harlLoss';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const Z = () => seeded<tf.Rank.R2>([4, 3], 4, 3);

describe('harlLoss', () => {
  it('gives the loss of the batch for each example, whatever their order and number', () => {
    tf.tidy(() => {
      const labels = [0, 2, 2, 1];
      const values = numbers(harlLoss(Z(), int(labels)));
      expectClose(values, new Array<number>(4).fill(values[0] as number), 0);
      const reversed = harlLoss(tf.reverse(Z(), 0), int([...labels].reverse()));
      expectClose(reversed, values, 1e-6);
      const twice = harlLoss(tf.concat([Z(), Z()]), int([...labels, ...labels]));
      expectClose(twice, [...values, ...values], 1e-6);
    });
  });

  it('of equal class losses has no variance, and shares of 1/C', () => {
    tf.tidy(() => {
      const z = tf.zeros<tf.Rank.R2>([3, 3]);
      const labels = int([0, 1, 2]);
      const only = (options: object) =>
        numbers(
          harlLoss(z, labels, {meanWeight: 0, varianceWeight: 0, shareWeight: 0, ...options}),
        )[0];
      expect(only({meanWeight: 1})).toBeCloseTo(Math.log(3), 6);
      expect(only({varianceWeight: 1})).toBeCloseTo(0, 6);
      expect(only({shareWeight: 1})).toBeCloseTo(1 / 3, 6);
    });
  });

  it('counts absent classes as 0, or not at all', () => {
    tf.tidy(() => {
      const labels = int([0, 0, 2, 2]);
      const losses = numbers(crossEntropy(Z(), labels)) as [number, number, number, number];
      const means = [(losses[0] + losses[1]) / 2, (losses[2] + losses[3]) / 2] as const;
      const weights = {meanWeight: 1, varianceWeight: 0, shareWeight: 0};
      const [sum, mean] = [means[0] + means[1], (means[0] + means[1]) / 2];
      expect(numbers(harlLoss(Z(), labels, weights))[0]).toBeCloseTo(sum / 3, 5);
      const skip = {...weights, absent: 'skip'} as const;
      expect(numbers(harlLoss(Z(), labels, skip))[0]).toBeCloseTo(mean, 5);
      const variance = {meanWeight: 0, varianceWeight: 1, shareWeight: 0, absent: 'skip'} as const;
      expect(numbers(harlLoss(Z(), labels, variance))[0]).toBeCloseTo((means[0] - mean) ** 2, 4);
    });
  });

  it('refuses options out of range', () => {
    const call = (options: object) => harlLoss(Z(), int([0, 1, 2, 0]), options);
    for (const name of ['meanWeight', 'varianceWeight', 'shareWeight']) {
      expect(() => call({[name]: -1})).toThrow(new RegExp(`^harlLoss: "${name}"`));
    }
    expect(() => call({absent: 'drop'})).toThrow(/"absent" must be one of 'zero', 'skip'/);
  });
});
