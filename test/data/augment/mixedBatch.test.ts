import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {mixedLoss, mixNeighbours} from '../../../src/data/augment/mixedBatch';
import {crossEntropy} from '../../../src/losses/crossEntropy';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

const batch = () => ({x: tf.tensor2d([[0], [10], [20]]), labels: int([2, 0, 0])});

describe('mixNeighbours', () => {
  it('pairs each example with the one before', () => {
    tf.tidy(() => {
      const mixed = mixNeighbours('f', batch(), 3, 0.75, (x, other) => tf.sub(x, other));
      expect(numbers(mixed.x)).toEqual([-20, 10, 10]);
      expect(numbers(mixed.labels)).toEqual([0.25, 0, 0.75, 0.75, 0, 0.25, 1, 0, 0]);
      expect(numbers(mixed.first)).toEqual([2, 0, 0]);
      expect(numbers(mixed.second)).toEqual([0, 2, 0]);
      expect(mixed.weight).toBe(0.75);
    });
  });

  it('refuses a label of no class', () => {
    tf.tidy(() => {
      for (const label of [3, -1]) {
        const given = {...batch(), labels: int([2, label, 0])};
        const mix = () => mixNeighbours('f', given, 3, 0.75, (x) => tf.clone(x));
        expect(mix).toThrow(/"labels" must lie in \[0, 3\), as there are 3 classes, found/);
      }
    });
  });
});

describe('mixedLoss', () => {
  it('is cross-entropy with the soft labels', async () => {
    const given = batch();
    const logits = tf.tensor2d([1, 2, 3, -1, 0.5, 0, 2, 2, -5], [3, 3]);
    const mixed = mixNeighbours('f', given, 3, 0.3, (x) => tf.clone(x));
    await expectNoLeak(() => {
      const loss = mixedLoss(crossEntropy, mixed)(logits);
      const soft = tf.tidy(() => tf.neg(tf.sum(tf.mul(mixed.labels, tf.logSoftmax(logits)), 1)));
      expectClose(loss, numbers(soft), 1e-6);
      tf.dispose([loss, soft]);
    });
    tf.dispose([given.x, given.labels, logits, mixed.x, mixed.labels, mixed.first, mixed.second]);
  });

  it('has the gradient of the soft labels', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([1, 2, 3, -1, 0.5, 0, 2, 2, -5], [3, 3]);
      const mixed = mixNeighbours('f', batch(), 3, 0.3, (x) => tf.clone(x));
      const loss = mixedLoss(crossEntropy, mixed);
      const gradient = tf.grad((z: tf.Tensor) => tf.sum(loss(z as tf.Tensor2D)))(logits);
      expectClose(gradient, numbers(tf.sub(tf.softmax(logits), mixed.labels)), 1e-5);
    });
  });
});
