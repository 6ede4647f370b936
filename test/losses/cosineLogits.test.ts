import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {cosineLogits} from '../../src/losses/cosineLogits';
import {adjustLogits} from '../../src/losses/logitAdjustment';
import {seeded} from '../support/models';
import {expectClose, numbers} from '../support/tensors';

const FEATURES = [
  [1, 2, -1],
  [0.5, -0.5, 2],
];
// Of the specification, one row for each class; a kernel has one column.
const ROWS = [
  [0.3, 0.4, 0],
  [0, -0.6, 0.8],
  [1, 0, 0],
  [0.2, -0.1, 0.2],
];
const kernel = () => tf.transpose<tf.Tensor2D>(tf.tensor2d(ROWS));
const features = () => tf.tensor2d(FEATURES);

describe('cosineLogits', () => {
  it.each([
    [
      1 / 32,
      [
        0.84531411, -0.79175426, 0.39587713, -0.24648953, -0.04436748, 0.86852712, 0.22855977,
        0.78270939,
      ],
    ],
    [
      0,
      [
        0.89814624, -0.81649658, 0.40824829, -0.27216553, -0.04714045, 0.89566859, 0.23570226,
        0.86424162,
      ],
    ],
  ])('has the values of the specification with normOffset %d', (normOffset, expected) => {
    tf.tidy(() => expectClose(cosineLogits(features(), kernel(), {normOffset}), expected, 1e-6));
  });

  it('makes the head that RoBal scores with', () => {
    tf.tidy(() => {
      const cosines = cosineLogits(features(), kernel(), {scale: 10});
      const scored = numbers(adjustLogits(cosines, [100, 40, 10, 5], {tau: 1.5}));
      // scale 10 · cos - 1.5 log π; ours leaves the largest class, whose π is 100/155, as it is.
      const expected = [
        9.11052347, -5.88572411, 8.07003134, 2.68608547, 0.21370755, 10.71708967, 6.39685771,
        12.97807474,
      ].map((v) => v + 1.5 * Math.log(100 / 155));
      expectClose(scored, expected, 1e-6);
    });
  });

  it('sees the direction of features only, and stays within its scale', () => {
    const property = fc.property(fc.integer({min: 1, max: 1e6}), (seed) => {
      tf.tidy(() => {
        const x = seeded<tf.Rank.R2>([3, 5], seed, 3);
        const w = seeded<tf.Rank.R2>([5, 4], seed + 1);
        const z = cosineLogits(x, w, {scale: 2});
        expectClose(cosineLogits(tf.mul(x, 17), w, {scale: 2}), numbers(z), 1e-5);
        for (const v of numbers(z)) expect(Math.abs(v)).toBeLessThan(2);
      });
    });
    fc.assert(property, {numRuns: 20});
  });

  it('gives zeros and zero gradients for a row of zeros, and good ones for the others', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([
        [0, 0, 0],
        [1, 2, -1],
      ]);
      const [toX, toW] = tf.grads((a: tf.Tensor, w: tf.Tensor) =>
        tf.sum(cosineLogits(a as tf.Tensor2D, w as tf.Tensor2D)),
      )([x, kernel()]) as [tf.Tensor, tf.Tensor];
      expectClose(tf.slice(cosineLogits(x, kernel()), [0, 0], [1, 4]), [0, 0, 0, 0]);
      const alone = tf.grad((a: tf.Tensor) => tf.sum(cosineLogits(a as tf.Tensor2D, kernel())));
      expectClose(tf.slice(toX, [1, 0], [1, 3]), numbers(alone(tf.tensor2d([[1, 2, -1]]))), 1e-5);
      expect([...numbers(toX), ...numbers(toW)].every(Number.isFinite)).toBe(true);
    });
  });

  it('refuses widths that differ and options out of range', () => {
    expect(() => cosineLogits(features(), tf.zeros([2, 4]))).toThrow(
      /^cosineLogits: "weights" must be a float32 tensor \[3, classes\], found float32 \[2, 4\]/,
    );
    expect(() => cosineLogits(tf.zeros([3]) as unknown as tf.Tensor2D, kernel())).toThrow(
      /"features" must be a float32 tensor \[batch, width\]/,
    );
    expect(() => cosineLogits(features(), kernel(), {scale: 0})).toThrow(/"scale"/);
    expect(() => cosineLogits(features(), kernel(), {normOffset: -1})).toThrow(/"normOffset"/);
  });
});
