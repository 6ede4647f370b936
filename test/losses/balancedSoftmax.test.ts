import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const CLASSES = 4;
const counts = fc.array(fc.integer({min: 1, max: 5000}), {minLength: CLASSES, maxLength: CLASSES});
const label = fc.integer({min: 0, max: CLASSES - 1});
const seeds = fc.integer({min: 1, max: 1e6});
const row = (seed: number) => seeded<tf.Rank.R2>([1, CLASSES], seed, 10);
const at = (values: readonly number[], i: number) => values[i] as number;

function holds(property: (seed: number, n: number[], y: number) => void): void {
  const tidied = fc.property(seeds, counts, label, (seed, n, y) =>
    tf.tidy(() => property(seed, n, y)),
  );
  fc.assert(tidied, {numRuns: 25});
}

describe('balancedSoftmax', () => {
  it('is log 51 for the rare class of [50, 1] and equal logits', () => {
    expectClose(balancedSoftmax(tf.tensor2d([[0, 0]]), int([1]), [50, 1]), [Math.log(51)], 1e-6);
    expectClose(balancedSoftmax(tf.tensor2d([[0, 0]]), int([0]), [50, 1]), [Math.log(1.02)], 1e-6);
  });

  it('takes τ times the prior, 1 by default', () => {
    const loss = (tau?: number) =>
      numbers(balancedSoftmax(tf.zeros([1, 2]), int([1]), [9, 1], tau === undefined ? {} : {tau}));
    expectClose(loss(0.5), [Math.log(4)], 1e-6);
    expectClose(loss(2), [Math.log(82)], 1e-6);
    expect(loss()).toEqual(loss(1));
  });

  it('is cross-entropy for equal counts, and for τ = 0', () => {
    holds((seed, n, y) => {
      const expected = numbers(crossEntropy(row(seed), int([y])));
      const equal = new Array<number>(CLASSES).fill(at(n, 0));
      expectClose(balancedSoftmax(row(seed), int([y]), equal), expected, 1e-5);
      expectClose(balancedSoftmax(row(seed), int([y]), n, {tau: 0}), expected, 1e-6);
    });
  });

  it('depends on the proportions of the counts only', () => {
    holds((seed, n, y) => {
      const expected = numbers(balancedSoftmax(row(seed), int([y]), n));
      const scaled = n.map((count) => 7 * count);
      expectClose(balancedSoftmax(row(seed), int([y]), scaled), expected, 1e-5);
    });
  });

  it('does not care in which order the classes are', () => {
    holds((seed, n, y) => {
      const expected = numbers(balancedSoftmax(row(seed), int([y]), n));
      const reversed = tf.reverse(row(seed), 1);
      const losses = balancedSoftmax(reversed, int([CLASSES - 1 - y]), [...n].reverse());
      expectClose(losses, expected, 1e-5);
    });
  });

  it('rises with the count of another class and falls with that of the label', () => {
    holds((seed, n, y) => {
      const z = tf.mul<tf.Tensor2D>(0.1, row(seed));
      const loss = (c: number) => {
        const more = n.map((count, i) => (i === c ? 3 * count : count));
        return at(numbers(balancedSoftmax(z, int([y]), more)), 0);
      };
      const before = at(numbers(balancedSoftmax(z, int([y]), n)), 0);
      expect(loss(y)).toBeLessThan(before);
      const others = [0, 1, 2, 3].filter((c) => c !== y);
      // The largest of the other classes, so that float32 can tell.
      const c = others.reduce((a, b) => (at(n, b) > at(n, a) ? b : a));
      expect(loss(c)).toBeGreaterThan(before);
    });
  });

  it('takes counts in a typed array, whose own map would cut the logarithms to integers', () => {
    const loss = balancedSoftmax(tf.zeros([1, 2]), int([1]), Int32Array.of(50, 1));
    expectClose(loss, [Math.log(51)]);
  });

  it('refuses counts that do not fit, and negative τ', async () => {
    const logits = tf.zeros<tf.Rank.R2>([1, 2]);
    const labels = int([0]);
    await expectNoLeak(() => {
      expect(() => balancedSoftmax(logits, labels, [3, 0])).toThrow(
        'balancedSoftmax: "classCounts" must be an integer >= 1 for every class, found 0 for ' +
          'class 1. Remove the class, or sample at least one example of it.',
      );
      expect(() => balancedSoftmax(logits, labels, [3])).toThrow(
        /"classCounts" must have one count for each of the 2 classes, found 1 counts/,
      );
      expect(() => balancedSoftmax(logits, labels, [3, 1], {tau: -0.1})).toThrow(
        /^balancedSoftmax: "tau" must be a finite number >= 0, found -0.1/,
      );
      expect(() => balancedSoftmax(logits, labels, [3, 1], {Tau: 1} as object)).toThrow(
        /Did you mean "tau"/,
      );
    });
    expect(() => balancedSoftmax(logits, int([0, 1]), [3, 1])).toThrow(
      /^balancedSoftmax: "labels" must be an int32 tensor \[1\]/,
    );
  });
});
