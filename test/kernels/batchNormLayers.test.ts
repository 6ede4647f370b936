import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {hookBatchNorm} from '../../src/kernels/batchNormLayers';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {kernelsOf} from '../support/kernelsOf';
import {seeded} from '../support/models';
import {expectCloseOverall, expectNoLeak, numbers} from '../support/tensors';

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
        const unhook = hookBatchNorm(tf.getBackend());
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
    const unhook = hookBatchNorm(tf.getBackend());
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
    const unhook = hookBatchNorm(tf.getBackend());
    const another = () => undefined;
    prototype.call = another;
    unhook();
    expect(prototype.call).toBe(another);
    prototype.call = first;
  });

  it('lasts until the last one ends it', () => {
    const prototype = layers.layers.batchNormalization().constructor.prototype as {call: unknown};
    const first = prototype.call;
    const [one, two] = [hookBatchNorm(tf.getBackend()), hookBatchNorm(tf.getBackend())];
    const hooked = prototype.call;
    expect(hooked).not.toBe(first);
    one();
    one();
    expect(prototype.call).toBe(hooked);
    two();
    expect(prototype.call).toBe(first);
  });

  it('is of one backend, and ends even where another has hooked the class since', () => {
    const layer = layerOf([5, 8]);
    const x = seeded([2, 5, 8], 1);
    const run = () => kernelsOf(() => (layer.apply(x, {training: true}) as tf.Tensor).dispose());
    const before = run();
    const elsewhere = hookBatchNorm('another');
    expect(run()).toEqual(before);
    const prototype = layers.layers.batchNormalization().constructor.prototype as {
      call: (this: unknown, ...given: unknown[]) => unknown;
    };
    const here = hookBatchNorm(tf.getBackend());
    const hooked = run();
    expect(hooked).not.toEqual(before);
    const {call} = prototype;
    prototype.call = function (...given) {
      return call.apply(this, given);
    };
    expect(run()).toEqual(hooked);
    here();
    expect(run()).toEqual(before);
    elsewhere();
    expect(run()).toEqual(before);
    prototype.call = call;
    x.dispose();
    disposeLayer(layer);
  });
});
