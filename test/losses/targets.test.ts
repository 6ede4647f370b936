import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {
  checkTargets,
  overTargets,
  targetWeights,
  weightedSum,
  type Targets,
} from '../../src/losses/targets';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

describe('checkTargets', () => {
  const z = () => tf.zeros<tf.Rank.R2>([2, 3]);

  it('takes class numbers, and rows of weights of any number type', () => {
    checkTargets('f', z(), int([0, 2]));
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      checkTargets('f', z(), tf.zeros([2, 3], dtype));
    }
  });

  it('refuses others in plain words', () => {
    expect(() => checkTargets('f', z(), tf.zeros([3, 2]))).toThrow(
      'f: "labels" must be an int32 tensor [2] or rows of weights [2, 3], found float32 [3, 2]. ' +
        'Give one row for each example, with a weight for each class.',
    );
    expect(() => checkTargets('f', z(), int([0, 3]))).toThrow(/lie in \[0, 3\).*found 3/);
    expect(() => checkTargets('f', z(), int([0]))).toThrow(/^f: "labels" must be an int32 tensor/);
    expect(() => checkTargets('f', z(), [0, 1] as unknown as Targets)).toThrow(/^f: "labels"/);
    expect(() => checkTargets('f', tf.zeros([2]) as unknown as tf.Tensor2D, z())).toThrow(
      /^f: "logits" must be a float32 tensor/,
    );
  });
});

describe('targetWeights', () => {
  it('makes rows of class numbers, and leaves rows as they are', () => {
    tf.tidy(() => {
      expectClose(targetWeights(int([2, 0]), 3), [0, 0, 1, 1, 0, 0]);
      const bool = tf.tensor2d([[1, 0]], undefined, 'bool');
      expect(targetWeights(bool, 2).dtype).toBe('float32');
      expectClose(targetWeights(tf.tensor2d([[0.3, 0.7]]), 2), [0.3, 0.7], 1e-7);
    });
  });
});

describe('overTargets', () => {
  it('is the mean of the loss over the classes, which it asks for in one call', async () => {
    const [z, targets] = [
      seeded<tf.Rank.R2>([3, 4], 1, 2),
      tf.softmax(seeded<tf.Rank.R2>([3, 4], 2)),
    ];
    let calls = 0;
    const loss = (y: Targets) =>
      overTargets(z, y, (logits, classes) => {
        calls++;
        return crossEntropy(logits, classes);
      });
    tf.tidy(() => {
      expectClose(loss(targets), numbers(crossEntropy(z, targets)), 1e-6);
    });
    expect(calls).toBe(1);
    await expectNoLeak(() => {
      loss(targets).dispose();
    });
    expect(loss(tf.zeros([0, 4])).shape).toEqual([0]);
  });
});

describe('weightedSum', () => {
  it('takes away what weighs nothing, be it infinite', () => {
    tf.tidy(() => {
      const values = tf.tensor2d([
        [-Infinity, 2],
        [1, -Infinity],
      ]);
      const weights = tf.tensor2d([
        [0, 3],
        [0.5, 1],
      ]);
      expectClose(weightedSum(weights, values), [6, -Infinity]);
    });
  });
});
