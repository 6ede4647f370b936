import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {CorruptionOptions} from '../../../src/attacks/corruptions/corruption';
import {gaussianNoiseCorruption} from '../../../src/attacks/corruptions/gaussianNoiseCorruption';
import {createRng} from '../../../src/core/rng';
import {expectClose, int, numbers} from '../../support/tensors';

const unused = (): never => {
  throw new Error('the model was called');
};
const noisy = (x: tf.Tensor2D, options: CorruptionOptions) =>
  gaussianNoiseCorruption(unused, x, int(Array<number>(x.shape[0]).fill(0)), options);
const rng = createRng(3);

describe('gaussianNoiseCorruption', () => {
  it.each([
    ['imagenet-c', [0.08, 0.12, 0.18, 0.26, 0.38]],
    ['cifar-c', [0.04, 0.06, 0.08, 0.09, 0.1]],
  ] as const)('has the deviations of %s', (benchmark, deviations) => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R2>([2, 2000]);
      const unit = numbers(noisy(x, {rng, benchmark, severity: 1, clip: null}));
      const mean = unit.reduce((a, b) => a + b) / unit.length;
      const variance = unit.reduce((a, b) => a + (b - mean) ** 2, 0) / unit.length;
      expect(Math.abs(mean)).toBeLessThan(0.005);
      expect(Math.sqrt(variance) / deviations[0]).toBeGreaterThan(0.96);
      expect(Math.sqrt(variance) / deviations[0]).toBeLessThan(1.04);
      deviations.forEach((deviation, i) => {
        // The same draws, scaled.
        const severity = i + 1;
        expectClose(
          noisy(x, {rng, benchmark, severity, clip: null}),
          unit.map((v) => (v * deviation) / deviations[0]),
          1e-6,
        );
      });
    });
  });

  it('is in widths of the range, and cut to it', () => {
    tf.tidy(() => {
      const x = tf.fill<tf.Rank.R2>([1, 50], 0.5);
      const unit = numbers(tf.sub(noisy(x, {rng, severity: 1}), 0.5));
      const wide = noisy(tf.fill<tf.Rank.R2>([1, 50], 5), {rng, severity: 1, clip: [0, 10]});
      expectClose(tf.div(tf.sub(wide, 5), 10), unit, 1e-5);
      const values = numbers(noisy(x, {rng, severity: 5}));
      expect(Math.min(...values)).toBe(0);
      expect(Math.max(...values)).toBe(1);
    });
  });

  it('is keyed by generator and example: it depends on no neighbour', () => {
    tf.tidy(() => {
      const x = tf.fill<tf.Rank.R2>([3, 4], 0.5);
      const whole = numbers(noisy(x, {rng, exampleIds: [5, 6, 7]}));
      const one = numbers(noisy(tf.fill<tf.Rank.R2>([1, 4], 0.5), {rng, exampleIds: [6]}));
      expect(one).toEqual(whole.slice(4, 8));
      expect(whole.slice(0, 4)).not.toEqual(one);
      expect(numbers(noisy(x, {rng, exampleIds: [5, 6, 7]}))).toEqual(whole);
      expect(numbers(noisy(x, {rng: createRng(4), exampleIds: [5, 6, 7]}))).not.toEqual(whole);
    });
  });

  it('can be held in a ball', () => {
    tf.tidy(() => {
      const x = tf.fill<tf.Rank.R2>([1, 40], 0.5);
      const offsets = numbers(tf.sub(noisy(x, {rng, epsilon: 8 / 255}), x)).map(Math.abs);
      expect(Math.max(...offsets)).toBeCloseTo(8 / 255, 6);
    });
  });

  it('needs a generator, and an identity for each example if any', () => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R2>([1, 2]);
      expect(() => noisy(x, {})).toThrow(
        /^gaussianNoiseCorruption: "rng" must be given.*createRng/,
      );
      expect(() => noisy(x, {rng, exampleIds: [1, 2]})).toThrow(
        /^gaussianNoiseCorruption: "exampleIds".*1 examples, found 2/,
      );
    });
  });
});
