import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {dlrLoss} from '../../src/losses/dlrLoss';
import {differences} from '../support/lossReference';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const evaluate = (rows: number[][], labels: number[]) =>
  tf.valueAndGrad((z: tf.Tensor) => dlrLoss(z as tf.Tensor2D, int(labels)))(tf.tensor2d(rows));

const tidy = (body: () => void) => () => {
  tf.tidy(body);
};

// One row in float64, from the definition.
function dlrRow(z: readonly number[], y: number): number {
  const sorted = [...z].sort((a, b) => b - a);
  const others = Math.max(...z.filter((_, c) => c !== y));
  const margin = (z[y] as number) - others;
  return -margin / ((sorted[0] as number) - (sorted[2] as number) + 1e-12);
}

const logit = fc.integer({min: -50, max: 50});
// Distinct logits: at a tie there is no gradient to compare with.
const row = fc.uniqueArray(logit, {minLength: 3, maxLength: 7}).chain((z) =>
  fc.record({
    z: fc.constant(z.map((v) => v / 10)),
    y: fc.integer({min: 0, max: z.length - 1}),
  }),
);

describe('dlrLoss', () => {
  // attacks.md 12.3
  it.each([
    [0, 2 / 3, [-1 / 3, 2 / 9, 1 / 9, 0]],
    [1, 1, [0, 0, 0, 0]],
    [2, -2 / 3, [1 / 3, -2 / 9, -1 / 9, 0]],
    [3, 4 / 3, [0, 4 / 9, -1 / 9, -1 / 3]],
  ])('of (3, 2, 5, 1) and label %i is %f', (label, value, gradient) => {
    tf.tidy(() => {
      const {value: loss, grad} = evaluate([[3, 2, 5, 1]], [label]);
      expect(loss.shape).toEqual([1]);
      expectClose(loss, [value], 1e-6);
      expectClose(grad, gradient, 1e-6);
    });
  });

  it(
    'is finite where logits tie',
    tidy(() => {
      const equal = evaluate([[2, 2, 2, 2]], [0]);
      expect(numbers(equal.value).map(Math.abs)).toEqual([0]);
      // −(z_0 − z_1) / 1e-12: the first of the wrong classes.
      expectClose(equal.grad, [-1e12, 1e12, 0, 0], 1e-6);
      expect(numbers(evaluate([[5, 5, 1, 0]], [0]).value).map(Math.abs)).toEqual([0]);
      expect(numbers(evaluate([[5, 5, 1, 0]], [1]).value).map(Math.abs)).toEqual([0]);
      expectClose(evaluate([[5, 5, 5, 0]], [3]).value, [5e12], 1e-6);
    }),
  );

  it.prop([row], {numRuns: 40})('is its definition, and so is its gradient', ({z, y}) => {
    tf.tidy(() => {
      const {value, grad} = evaluate([z], [y]);
      expectClose(value, [dlrRow(z, y)], 1e-5);
      const [slopes] = differences((r) => dlrRow(r as number[], y), [z], 1e-6);
      expectClose(grad, slopes as number[], 1e-3);
    });
  });

  it.prop([row, fc.integer({min: -20, max: 20}), fc.constantFrom(0.01, 0.5, 3, 1000)], {
    numRuns: 30,
  })('depends neither on shift nor on scale', ({z, y}, shift, scale) => {
    tf.tidy(() => {
      const changed = z.map((v) => scale * (v + shift));
      expectClose(evaluate([changed], [y]).value, numbers(evaluate([z], [y]).value), 1e-3);
    });
  });

  it.prop([row], {numRuns: 30})(
    'is at least -1, and above 0 where the model is wrong',
    ({z, y}) => {
      tf.tidy(() => {
        const [value] = numbers(evaluate([z], [y]).value) as [number];
        expect(value).toBeGreaterThanOrEqual(-1 - 1e-6);
        expect(value > 0).toBe(Math.max(...z) !== z[y]);
      });
    },
  );

  it(
    'does not care about the order of the other classes',
    tidy(() => {
      expect(numbers(evaluate([[3, 2, 5, 1]], [0]).value)).toEqual(
        numbers(evaluate([[3, 1, 2, 5]], [0]).value),
      );
    }),
  );

  it(
    'treats the rows of a batch apart, and weighs their gradients by what comes from outside',
    tidy(() => {
      const z = tf.tensor2d([
        [3, 2, 5, 1],
        [3, 2, 5, 1],
      ]);
      const weighted = tf.grad((x: tf.Tensor) =>
        tf.mul(dlrLoss(x as tf.Tensor2D, int([0, 2])), tf.tensor1d([3, -9])),
      )(z);
      expectClose(weighted, [-1, 2 / 3, 1 / 3, 0, -3, 2, 1, 0], 1e-6);
    }),
  );

  it(
    'is the negative margin with two classes',
    tidy(() => {
      const {value, grad} = evaluate(
        [
          [3, 1],
          [3, 1],
        ],
        [0, 1],
      );
      expectClose(value, [-2, 2], 1e-7);
      expectClose(grad, [-1, 1, 1, -1], 1e-7);
    }),
  );

  it('leaks nothing', async () => {
    const z = tf.tensor2d([[3, 2, 5, 1]]);
    const y = int([0]);
    await expectNoLeak(() => {
      dlrLoss(z, y).dispose();
      tf.grad((x: tf.Tensor) => dlrLoss(x as tf.Tensor2D, y))(z).dispose();
    });
    tf.dispose([z, y]);
  });

  it(
    'refuses logits and labels that do not fit',
    tidy(() => {
      const z = tf.zeros<tf.Rank.R2>([1, 3]);
      expect(() => dlrLoss(z, int([0, 1]))).toThrow(
        /^dlrLoss: "labels" must be an int32 tensor \[1\]/,
      );
      expect(() => dlrLoss(tf.zeros([1, 1]), int([0]))).toThrow(/^dlrLoss: "logits".*2 classes/);
    }),
  );
});
