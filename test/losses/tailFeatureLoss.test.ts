import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {tailFeatureLoss} from '../../src/losses/tailFeatureLoss';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const COUNTS = [100, 40, 10, 5];
const features = () => seeded<tf.Rank.R2>([5, 3], 8, 2);

describe.each(['repo', 'pairwise'] as const)('tailFeatureLoss, %s', (mode) => {
  const loss = (x: tf.Tensor2D, labels: number[]) =>
    tailFeatureLoss(x, int(labels), COUNTS, {mode});

  it('is 0, with zero gradients, without an example of the tail', () => {
    tf.tidy(() => {
      // 2⌊4/3⌋ + 1 = 3: the last class alone.
      const {value, grad} = tf.valueAndGrad((x: tf.Tensor) =>
        loss(x as tf.Tensor2D, [0, 1, 2, 2, 0]),
      )(features());
      expectClose(value, [0, 0, 0, 0, 0]);
      expectClose(grad, new Float32Array(15));
    });
  });

  it('is a value of the anchors, and permutes with the batch', () => {
    tf.tidy(() => {
      const values = numbers(loss(features(), [3, 1, 3, 0, 2]));
      expect(values.map((v) => v !== 0)).toEqual([true, false, true, false, false]);
      const reversed = loss(tf.reverse(features(), 0), [2, 0, 3, 1, 3]);
      expectClose(reversed, values.reverse(), 1e-6);
    });
  });

  it('moves an anchor only as the other side of a pair', () => {
    tf.tidy(() => {
      // One anchor: its divergence from itself is 0, and has no gradient at this point.
      const grad = tf.grad((x: tf.Tensor) => loss(x as tf.Tensor2D, [3, 1, 0, 1, 2]))(features());
      const rows = numbers(grad);
      expectClose(rows.slice(0, 3), [0, 0, 0], 1e-6);
      expect(rows.slice(3).some((v) => Math.abs(v) > 1e-3)).toBe(true);
    });
  });

  it('takes the first class of the tail, one-hot labels, and an empty batch', () => {
    tf.tidy(() => {
      const labels = int([2, 1, 2, 0, 1]);
      const from = (y: tf.Tensor1D | tf.Tensor2D) =>
        numbers(tailFeatureLoss(features(), y, COUNTS, {mode, tailFrom: 2}));
      expect(from(labels).filter((v) => v !== 0)).toHaveLength(2);
      expectClose(from(tf.oneHot(labels, 4) as tf.Tensor2D), from(labels), 1e-6);
      expect(tailFeatureLoss(tf.zeros([0, 3]), int([]), COUNTS, {mode}).shape).toEqual([0]);
    });
  });
});

describe('tailFeatureLoss', () => {
  it('leaks nothing, and refuses what does not fit', async () => {
    const x = features();
    const [labels, short] = [int([3, 1, 3, 0, 2]), int([1])];
    await expectNoLeak(() => {
      tailFeatureLoss(x, labels, COUNTS).dispose();
    });
    await expectNoLeak(() => {
      expect(() => tailFeatureLoss(x, short, COUNTS)).toThrow(/^tailFeatureLoss: "labels"/);
    });
    const call = (options: object) => tailFeatureLoss(x, labels, COUNTS, options);
    expect(() => call({mode: 'both'})).toThrow(/"mode" must be one of 'repo', 'pairwise'/);
    expect(() => call({tailFrom: 5})).toThrow(/"tailFrom"/);
    expect(() => tailFeatureLoss(tf.zeros([5]) as unknown as tf.Tensor2D, labels, COUNTS)).toThrow(
      /"features" must be a float32 tensor \[batch, width\]/,
    );
  });
});
