import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {batchNorm, hookBatchNorm} from '../../../src/kernels/wasm/batchNorm';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {kernelsOf} from '../../support/kernelsOf';
import {seeded} from '../../support/models';
import {expectClose, expectCloseOverall, expectNoLeak, numbers} from '../../support/tensors';
import {onWasm} from '../support';

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

/** A batch norm of tf.layers with weights and running statistics that are not trivial. */
function layerOf(shape: number[], axis = -1) {
  const layer = layers.layers.batchNormalization({axis, momentum: 0.9});
  layer.build([null, ...shape]);
  const size = [shape.at(axis === -1 ? -1 : axis - 1) ?? 1];
  layer.setWeights(
    [5, 6, 7, 8].map((seed, i) => tf.add(tf.abs(seeded(size, seed)), i === 2 ? -0.5 : 0.5)),
  );
  return layer;
}

type BatchNormLayer = ReturnType<typeof layerOf>;

const disposeLayer = (layer: BatchNormLayer) =>
  tf.dispose(layer.weights.map((weight) => weight.read()));

/** Output, gradients to x and to the weights, and running statistics of a training pass. */
function training(layer: BatchNormLayer, x: tf.Tensor, dy: tf.Tensor): tf.Tensor[] {
  const [gamma, beta] = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const loss = () => tf.sum<tf.Scalar>(tf.mul(layer.apply(x, {training: true}) as tf.Tensor, dy));
  const before = layer.getWeights().map((weight) => weight.clone());
  const toX = tf.grad((v) => tf.sum(tf.mul(layer.apply(v, {training: true}) as tf.Tensor, dy)))(x);
  layer.setWeights(before);
  const {value, grads} = tf.variableGrads(loss, [gamma, beta] as tf.Variable[]);
  const statistics = layer.nonTrainableWeights.map((weight) => weight.read().clone());
  return [toX, value, ...Object.values(grads), ...statistics];
}

onWasm('batchNorm', () => {
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
        if (!normed) throw new Error('It did not run.');
        expectClose(normed.mean, expected.mean, 1e-6);
        expectClose(normed.variance, expected.variance, 1e-6);
        expectClose(normed.y, expected.y, 2e-5);
        const [toX, toGamma, toBeta] = tf.grads(
          (...v) => batchNorm(...(v as [tf.Tensor, tf.Tensor, tf.Tensor]), EPSILON)?.y ?? x,
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
    expectClose(normed?.mean ?? [], mean, 2e-7);
    expectClose(normed?.variance ?? [], variance, 2e-6);
    tf.dispose([x, gamma, beta, {...normed}]);
  });

  it('can be differentiated twice', () => {
    tf.tidy(() => {
      const {x, gamma, beta, dy} = inputs([6, 3]);
      const slope = (v: tf.Tensor) =>
        tf.sum(tf.square(tf.grad((w) => batchNorm(w, gamma, beta, EPSILON)?.y ?? w)(v, dy)));
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
});

describe('hookBatchNorm', () => {
  it.each([
    [[7], -1],
    [[4, 8], 2],
    [[3, 4, 5], -1],
    [[3, 4, 16], 3],
    [[3, 4, 5], 1],
  ])('makes the training pass of tf.layers: %j, axis %d', async (shape, axis) => {
    const x = seeded([4, ...shape], 1);
    const dy = seeded([4, ...shape], 2);
    const [ours, theirs] = [layerOf(shape, axis), layerOf(shape, axis)];
    await expectNoLeak(() => {
      tf.tidy(() => {
        const expected = withGradientKernels(() => training(theirs, x, dy));
        const unhook = hookBatchNorm();
        try {
          withGradientKernels(() => training(ours, x, dy)).forEach((tensor, i) =>
            expectCloseOverall(tensor, numbers(expected[i] as tf.Tensor), 1e-5),
          );
        } finally {
          unhook();
        }
      });
    });
    tf.dispose([x, dy]);
    [ours, theirs].forEach(disposeLayer);
  });

  it('runs none of the operations that it replaces, and puts the class back', () => {
    const layer = layerOf([5, 8]);
    const x = seeded([2, 5, 8], 1);
    const run = (isTraining: boolean) =>
      kernelsOf(() => (layer.apply(x, {training: isTraining}) as tf.Tensor).dispose());
    const before = run(true);
    const unhook = hookBatchNorm();
    const [hooked, inference] = [run(true), run(false)];
    unhook();
    expect(before).toContain('Mean');
    expect(hooked.includes('Mean')).toBe(tf.getBackend() !== 'wasm');
    expect(inference).toContain('FusedBatchNorm');
    expect(run(true)).toEqual(before);
    x.dispose();
    disposeLayer(layer);
  });

  it('leaves one that another has hooked since', () => {
    const prototype = layers.layers.batchNormalization().constructor.prototype as {call: unknown};
    const first = prototype.call;
    const unhook = hookBatchNorm();
    const another = () => undefined;
    prototype.call = another;
    unhook();
    expect(prototype.call).toBe(another);
    prototype.call = first;
  });
});
