import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {targetedDlrLoss} from '../../src/losses/targetedDlrLoss';
import {differences} from '../support/lossReference';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const evaluate = (rows: number[][], labels: number[], targets: number[]) =>
  tf.valueAndGrad((z: tf.Tensor) => targetedDlrLoss(z as tf.Tensor2D, int(labels), int(targets)))(
    tf.tensor2d(rows),
  );

const tidy = (body: () => void) => () => {
  tf.tidy(body);
};

// One row in float64, from the definition.
function targetedRow(z: readonly number[], y: number, t: number): number {
  const [first, , third, fourth] = [...z].sort((a, b) => b - a) as [number, number, number, number];
  return -((z[y] as number) - (z[t] as number)) / (first - (third + fourth) / 2 + 1e-12);
}

const row = fc
  .uniqueArray(fc.integer({min: -50, max: 50}), {minLength: 4, maxLength: 7})
  .chain((z) => {
    const anyClass = fc.integer({min: 0, max: z.length - 1});
    return fc.record({z: fc.constant(z.map((v) => v / 10)), y: anyClass, t: anyClass});
  });

describe('targetedDlrLoss', () => {
  // attacks.md 12.3
  it.each([
    [0, -0.571429],
    [1, -0.857143],
    [3, -1.142857],
  ])('of (3, 2, 5, 1), label 2 and target %i is %f', (target, value) => {
    tf.tidy(() => {
      expectClose(evaluate([[3, 2, 5, 1]], [2], [target]).value, [value], 1e-6);
    });
  });

  it(
    'differentiates numerator and denominator',
    tidy(() => {
      const {grad} = evaluate([[3, 2, 5, 1]], [2], [0]);
      expectClose(grad, [2 / 7, -4 / 49, -6 / 49, -4 / 49], 1e-6);
    }),
  );

  it.prop([row], {numRuns: 40})('is its definition, and so is its gradient', ({z, y, t}) => {
    tf.tidy(() => {
      const {value, grad} = evaluate([z], [y], [t]);
      expectClose(value, [targetedRow(z, y, t)], 1e-5);
      const [slopes] = differences((r) => targetedRow(r as number[], y, t), [z], 1e-6);
      expectClose(grad, slopes as number[], 1e-3);
    });
  });

  it.prop([row, fc.integer({min: -20, max: 20}), fc.constantFrom(0.01, 0.5, 3, 1000)], {
    numRuns: 30,
  })('depends neither on shift nor on scale', ({z, y, t}, shift, scale) => {
    tf.tidy(() => {
      const changed = z.map((v) => scale * (v + shift));
      expectClose(
        evaluate([changed], [y], [t]).value,
        numbers(evaluate([z], [y], [t]).value),
        1e-3,
      );
    });
  });

  it(
    'divides by z_(1) - z_(3) with three classes, and by nothing with two',
    tidy(() => {
      const three = evaluate([[3, 1, 5]], [2], [0]);
      expectClose(three.value, [-0.5], 1e-6);
      // −(z_2 − z_0) / (z_2 − z_1) by the quotient rule.
      expectClose(three.grad, [1 / 4, -1 / 8, -1 / 8], 1e-6);
      const two = evaluate([[3, 1]], [0], [1]);
      expectClose(two.value, [-2], 1e-7);
      expectClose(two.grad, [-1, 1], 1e-7);
    }),
  );

  it(
    'takes labels and targets row by row',
    tidy(() => {
      const z = [3, 2, 5, 1];
      expectClose(evaluate([z, z], [2, 0], [1, 2]).value, [-0.857143, 0.571429], 1e-6);
    }),
  );

  it('leaks nothing', async () => {
    const z = tf.tensor2d([[3, 2, 5, 1]]);
    const y = int([0]);
    await expectNoLeak(() => {
      targetedDlrLoss(z, y, y).dispose();
      tf.grad((x: tf.Tensor) => targetedDlrLoss(x as tf.Tensor2D, y, y))(z).dispose();
    });
    tf.dispose([z, y]);
  });

  it(
    'refuses what does not fit',
    tidy(() => {
      const z = tf.zeros<tf.Rank.R2>([1, 4]);
      expect(() => targetedDlrLoss(z, int([0, 1]), int([0]))).toThrow(
        /^targetedDlrLoss: "labels" must be an int32 tensor \[1\]/,
      );
      expect(() => targetedDlrLoss(z, int([0]), int([0, 1]))).toThrow(
        /^targetedDlrLoss: "targets" must be an int32 tensor \[1\]/,
      );
    }),
  );
});
