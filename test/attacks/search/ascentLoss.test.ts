import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  ascentLoss,
  slopeOf,
  steepCrossEntropy,
  steepLosses,
} from '../../../src/attacks/search/ascentLoss';
import {lossAt, type Loss} from '../../../src/core/loss';
import {crossEntropy} from '../../../src/losses/crossEntropy';
import {marginLoss} from '../../../src/losses/marginLoss';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

const slopes = (loss: Loss, logits: number[][], labels: number[]) =>
  tf.tidy(() => {
    const truth = int(labels);
    return numbers(tf.grad((z) => loss(z as tf.Tensor2D, truth))(tf.tensor2d(logits)));
  });

// By softmax over the wrong classes, in double precision.
const limit = (logits: number[], label: number) => {
  const weights = logits.map((z, c) =>
    c === label ? 0 : Math.exp(z - Math.max(...logits.filter((_, i) => i !== label))),
  );
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w, c) => 2 ** -14 * (c === label ? -1 : w / sum));
};

describe('steepCrossEntropy', () => {
  const logits = [[2, 1, 0], [9, 0, 1], [0.5, 8, 3], [-9, 4, 0]]; // prettier-ignore
  const labels = [0, 0, 1, 0];

  it('is cross-entropy to the bit, values and slopes, where the model is not sure', () => {
    tf.tidy(() => {
      const [z, y] = [tf.tensor2d(logits), int(labels)];
      expect(numbers(steepCrossEntropy(z, y))).toEqual(numbers(crossEntropy(z, y)));
    });
    expect(slopes(steepCrossEntropy, logits, labels)).toEqual(slopes(crossEntropy, logits, labels));
  });

  it.each([12, 40, 100, 1e4, 1e30])(
    'has the direction of the limit at logits times %d',
    (scale) => {
      const z = [2 * scale, scale, 0.99 * scale, 0];
      const rows = [z, [1, 0, 0, 0]];
      const found = slopes(steepCrossEntropy, rows, [0, 0]);
      const lengthened = found.slice(0, 4).map((v) => v * 2 ** 14);
      const expected = limit(z, 0).map((v) => v * 2 ** 14);
      expectClose(lengthened, expected, 1e-4);
      expect(found.slice(4)).toEqual(slopes(crossEntropy, [[1, 0, 0, 0]], [0]));
      // What is chosen in memory here is chosen on the device on a GPU: the same to the bit.
      tf.tidy(() => {
        const [all, truth] = [tf.tensor2d(rows), int([0, 0])];
        const own = tf.cast(tf.oneHot(truth, 4), 'float32') as tf.Tensor2D;
        const logs = tf.logSoftmax(all);
        expect(numbers(slopeOf(all, own, logs, truth, false))).toEqual(found);
      });
    },
  );

  it('turns to the limit without a jump', () => {
    // log-odds of -log(2^14), a little to either side
    const at = (logOdds: number) => slopes(steepCrossEntropy, [[-logOdds, 0]], [0])[1] ?? NaN;
    expect(at(Math.log(2 ** -14) - 1e-3) / at(Math.log(2 ** -14) + 1e-3)).toBeCloseTo(1, 2);
  });

  it('leaks nothing', () =>
    expectNoLeak(() => {
      slopes(steepCrossEntropy, [[50, 0]], [0]);
    }));
});

describe('steepLosses', () => {
  it('goes on below 2^-14 along the log-odds, and is as it was above', () => {
    const logits = Float32Array.of(...[20, 0], ...[200, 0], ...[1, 0], ...[1e30, 0]);
    const losses = tf.tidy(() =>
      crossEntropy(tf.tensor2d(logits, [4, 2]), int([0, 0, 0, 0]))
        .dataSync<'float32'>()
        .slice(),
    );
    const [a, b, c, d] = steepLosses(losses, logits, () => 0);
    const bound = 2 ** -14;
    const tangent = (logOdds: number) =>
      bound + (1 - Math.exp(-bound)) * (logOdds - Math.log(Math.expm1(bound)));
    expect(a).toBeCloseTo(tangent(-20), 12);
    expect(b).toBeCloseTo(tangent(-200), 12);
    expect(c).toBe(losses[2]);
    expect(d).toBeLessThan(b ?? NaN);
  });

  it('is the losses themselves where none is small', () => {
    const losses = Float32Array.of(0.5);
    expect(steepLosses(losses, Float32Array.of(0, 0), () => 0)).toBe(losses);
  });
});

describe('ascentLoss', () => {
  it('is the steep form of cross-entropy alone, negated for a target', () => {
    expect(ascentLoss(crossEntropy)).toBe(steepCrossEntropy);
    expect(ascentLoss(marginLoss)).toBe(marginLoss);
    tf.tidy(() => {
      const [z, y] = [tf.tensor2d([[1, 2]]), int([0])];
      const targeted = lossAt(ascentLoss(crossEntropy, true), tf.zeros([1, 1]));
      expectClose(targeted(z, y), [-numbers(crossEntropy(z, y))[0]!], 1e-6);
    });
    // A target that is reached with certainty: the margin still grows along the limit.
    const towards = lossAt(ascentLoss(crossEntropy, true), tf.zeros([1, 1]));
    const found = slopes(towards, [[0, 100, 0]], [1]);
    expectClose(found.map((v) => v * 2 ** 14), [-0.5, 1, -0.5], 1e-4); // prettier-ignore
  });
});
