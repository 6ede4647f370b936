import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {marginLoss, type MarginLossOptions} from '../../src/losses/marginLoss';
import {expectClose, int} from '../support/tensors';

const evaluate = (row: number[], label: number, options?: MarginLossOptions) =>
  tf.valueAndGrad((z: tf.Tensor) => marginLoss(z as tf.Tensor2D, int([label]), options))(
    tf.tensor2d([row]),
  );

describe('marginLoss', () => {
  // attacks.md 12.3, κ = 50 by default
  it.each([
    [0, -48, [-1, 0, 1, 0]],
    [1, -47, [0, -1, 1, 0]],
    [2, -52, [1, 0, -1, 0]],
    [3, -46, [0, 0, 1, -1]],
  ])('of (3, 2, 5, 1) and label %i is %i', (label, value, gradient) => {
    const {value: loss, grad} = evaluate([3, 2, 5, 1], label);
    expectClose(loss, [value], 1e-7);
    expectClose(grad, gradient, 1e-7);
  });

  it('picks among negative logits: the true class is left out, not set to 0', () => {
    const {value, grad} = evaluate([-5, -3, -9], 1, {kappa: 0});
    expectClose(value, [-2], 1e-7);
    expectClose(grad, [1, -1, 0], 1e-7);
  });

  it('gives the gradient to one wrong class where several tie, the first', () => {
    expectClose(evaluate([4, 1, 1, 1], 0).grad, [-1, 1, 0, 0], 1e-7);
    expectClose(evaluate([1, 1, 1, 4], 3).grad, [1, 0, 0, -1], 1e-7);
    const {value, grad} = evaluate([2, 2, 2], 1);
    expectClose(value, [-50], 1e-7);
    expectClose(grad, [1, -1, 0], 1e-7);
  });

  it('stays 0, without a gradient, once an example is broken by more than κ', () => {
    const {value, grad} = evaluate([0, 3.5], 0, {kappa: 3});
    expectClose(value, [0], 1e-7);
    expectClose(grad, [0, 0], 1e-7);
    expectClose(evaluate([0, 2.5], 0, {kappa: 3}).value, [-0.5], 1e-7);
    expectClose(evaluate([0, 2.5], 0, {kappa: 3}).grad, [-1, 1], 1e-7);
    expectClose(evaluate([0, 1], 0, {kappa: 0}).grad, [0, 0], 1e-7);
  });

  it('is exact at logits of 1e4', () => {
    const {value, grad} = evaluate([-1e4, 1e4, 9999.5], 1);
    expectClose(value, [-50.5], 1e-7);
    expectClose(grad, [0, -1, 1], 1e-7);
    // All below -1e4, the value that some code writes into the place of the true class.
    expectClose(evaluate([-20050, -20010, -20000], 2).value, [-60], 1e-7);
    expectClose(evaluate([-20050, -20010, -20000], 2).grad, [0, 1, -1], 1e-7);
  });

  it('refuses negative κ and logits that do not fit', () => {
    const z = tf.zeros<tf.Rank.R2>([1, 2]);
    expect(() => marginLoss(z, int([0]), {kappa: -1})).toThrow(
      /^marginLoss: "kappa" must be a finite number >= 0, found -1/,
    );
    expect(() => marginLoss(z, int([0, 1]))).toThrow(
      /^marginLoss: "labels" must be an int32 tensor \[1\]/,
    );
    expect(() => marginLoss(z, int([0]), {margin: 1} as object)).toThrow(
      /^marginLoss: "margin" must be one of its options \(kappa\)/,
    );
  });
});
