import * as tf from '@tensorflow/tfjs-core';
import {it} from 'vitest';

import type {BatchNormed} from '../../src/kernels/composed/batchNormOfBatch';
import {seeded} from '../support/models';
import {expectClose, expectCloseOverall, expectNoLeak, numbers} from '../support/tensors';

const EPSILON = 1e-3;

/** Batch norm of rows of channels in double precision, by its definition. */
function reference(x: number[], gamma: number[], beta: number[]) {
  const channels = gamma.length;
  const rows = x.length / channels;
  const sums = (of: (value: number, channel: number) => number) =>
    gamma.map((_, c) =>
      x.reduce((sum, value, i) => sum + (i % channels === c ? of(value, c) : 0), 0),
    );
  const mean = sums((value) => value / rows);
  const variance = sums((value, c) => (value - (mean[c] ?? NaN)) ** 2 / rows);
  const y = x.map((value, i) => {
    const c = i % channels;
    const normed = (value - (mean[c] ?? NaN)) / Math.sqrt((variance[c] ?? NaN) + EPSILON);
    return normed * (gamma[c] ?? NaN) + (beta[c] ?? NaN);
  });
  return {y, mean, variance};
}

/** Slopes of Σ y dy to `values`, by central differences in double precision. */
function slopes(values: number[], loss: (moved: number[]) => number): number[] {
  const by = 1e-4;
  const moved = (i: number, step: number) =>
    loss(values.map((value, k) => (k === i ? value + step : value)));
  return values.map((_, i) => (moved(i, by) - moved(i, -by)) / (2 * by));
}

const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

const inputs = (shape: number[], offset = 0) => {
  const channels = shape.at(-1) ?? 1;
  return tf.tidy(() => ({
    x: tf.add(seeded(shape, 1), offset),
    gamma: tf.add(seeded([channels], 2), 1),
    beta: seeded([channels], 3),
    dy: seeded(shape, 4),
  }));
};

type Op = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number) => BatchNormed;

/**
 * Tests of batch norm by the statistics of the batch.
 *
 * @param precision - Of the mean where it is large beside the deviation.
 */
export function itIsBatchNorm(batchNorm: Op, precision = 2e-7): void {
  it.each([
    [[1, 1]],
    [[5, 3]],
    [[3, 7, 4]],
    [[2, 3, 3, 5]],
    [[1, 8]],
    [[4, 3, 2, 16]],
    [[9, 19]],
    [[110, 39]],
  ])('computes what the definition says, and its slopes: %j', async (shape) => {
    const {x, gamma, beta, dy} = inputs(shape);
    const [xs, gammas, betas, dys] = [x, gamma, beta, dy].map(numbers) as [
      number[],
      number[],
      number[],
      number[],
    ];
    await expectNoLeak(() => {
      tf.tidy(() => {
        const expected = reference(xs, gammas, betas);
        const normed = batchNorm(x, gamma, beta, EPSILON);
        expectClose(normed.mean, expected.mean, 1e-6);
        expectClose(normed.variance, expected.variance, 1e-6);
        expectClose(normed.y, expected.y, 2e-5);
        const [toX, toGamma, toBeta] = tf.grads(
          (...v) => batchNorm(...(v as [tf.Tensor, tf.Tensor, tf.Tensor]), EPSILON).y,
        )([x, gamma, beta], dy) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const at = (...[a = xs, b = gammas, c = betas]: (number[] | undefined)[]) =>
          dot(reference(a, b, c).y, dys);
        // Of the larger tensor, by a few of its values.
        const few = xs.slice(0, 60);
        const rest = xs.slice(60);
        expectCloseOverall(
          tf.slice(tf.reshape(toX, [-1]), 0, few.length),
          slopes(few, (moved) => at([...moved, ...rest])),
          2e-5,
        );
        expectCloseOverall(
          toGamma,
          slopes(gammas, (moved) => at(xs, moved)),
          2e-5,
        );
        expectCloseOverall(
          toBeta,
          slopes(betas, (moved) => at(xs, gammas, moved)),
          2e-5,
        );
      });
    });
    tf.dispose([x, gamma, beta, dy]);
  });

  it('keeps its digits where the mean is large beside the deviation', () => {
    const {x, gamma, beta} = inputs([3000, 3], 100);
    const {mean, variance} = reference(numbers(x), numbers(gamma), numbers(beta));
    const normed = batchNorm(x, gamma, beta, EPSILON);
    expectClose(normed.mean, mean, precision);
    expectClose(normed.variance, variance, 10 * precision);
    tf.dispose([x, gamma, beta, {...normed}]);
  });

  it('can be differentiated twice', () => {
    tf.tidy(() => {
      const {x, gamma, beta, dy} = inputs([6, 3]);
      const slope = (v: tf.Tensor) =>
        tf.sum(tf.square(tf.grad((w) => batchNorm(w, gamma, beta, EPSILON).y)(v, dy)));
      const second = tf.grad(slope)(x);
      const values = numbers(x);
      const by = 1e-2;
      const moved = (i: number, step: number) =>
        slope(
          tf.tensor(
            values.map((v, k) => (k === i ? v + step : v)),
            x.shape,
          ),
        ).dataSync()[0] ?? NaN;
      const expected = values.map((_, i) => (moved(i, by) - moved(i, -by)) / (2 * by));
      expectCloseOverall(second, expected, 5e-3);
    });
  });
}
