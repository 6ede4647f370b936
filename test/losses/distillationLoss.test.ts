import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {distillationLoss, type DistillationLossOptions} from '../../src/losses/distillationLoss';
import {klDivergence} from '../../src/losses/klDivergence';
import {expectClose, int, numbers} from '../support/tensors';

const teacher = [
  [2, 0, -1],
  [0, 1, 0],
];
const student = [
  [1, 0.5, -1],
  [2, 0, -1],
];

const losses = (options?: DistillationLossOptions) =>
  distillationLoss(tf.tensor2d(teacher), tf.tensor2d(student), int([0, 2]), options);
const soft = (temperature: number) =>
  klDivergence(tf.tensor2d(teacher), tf.tensor2d(student), {temperature});
const hard = () => crossEntropy(tf.tensor2d(student), int([0, 2]));

describe('distillationLoss', () => {
  it('is the soft part at α = 1 and the hard part at α = 0', () => {
    expectClose(losses({alpha: 1, temperature: 2}), numbers(soft(2)), 1e-6);
    expectClose(losses({alpha: 0, temperature: 2}), numbers(hard()), 1e-6);
  });

  it('mixes the two, target first', () => {
    const expected = numbers(tf.add(tf.mul(0.25, soft(1)), tf.mul(0.75, hard())));
    expectClose(losses({alpha: 0.25, temperature: 1}), expected, 1e-6);
    expectClose(
      distillationLoss(tf.tensor2d([[2, 0, -1]]), tf.tensor2d([[1, 0.5, -1]]), int([0]), {
        temperature: 1,
      }),
      [0.17180803],
      1e-6,
    );
  });

  it('has the defaults of ARD: α = 1, T = 30', () => {
    expectClose(losses(), numbers(soft(30)), 1e-7);
    expectClose(losses({alpha: 0.5}), numbers(losses({alpha: 0.5, temperature: 30})), 1e-7);
  });

  it('refuses what does not fit', () => {
    expect(() => losses({alpha: 1.01})).toThrow(
      /^distillationLoss: "alpha" must be a finite number >= 0 and <= 1, found 1.01/,
    );
    expect(() => losses({alpha: -0.01})).toThrow(/"alpha".*found -0.01/);
    expect(() => losses({temperature: 0})).toThrow(
      /^distillationLoss: "temperature" must be a finite number > 0, found 0/,
    );
    expect(() => distillationLoss(tf.zeros([2, 4]), tf.tensor2d(student), int([0, 2]))).toThrow(
      /^distillationLoss: "teacherLogits" must have the shape \[2, 3\], found float32 \[2, 4\]/,
    );
    expect(() => distillationLoss(tf.zeros([2, 3]), tf.tensor2d(student), int([0]))).toThrow(
      /^distillationLoss: "labels" must be an int32 tensor \[2\]/,
    );
    expect(() => losses({beta: 1} as object)).toThrow(/^distillationLoss: "beta" must/);
  });
});
