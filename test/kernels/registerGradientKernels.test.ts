import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {seeded, tinyConvNet} from '../support/models';
import {numbers} from '../support/tensors';
import {expectSameRegistries, registries} from './support';

describe('registerGradientKernels', () => {
  it('lets model.fit train a conv net, and can be undone', async () => {
    const before = registries();
    const undo = await registerGradientKernels();
    const model = tinyConvNet();
    model.compile({optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError'});
    const x = seeded<tf.Rank.R4>([4, 8, 8, 1], 1);
    const y = seeded<tf.Rank.R2>([4, 3], 2);
    const {history} = await model.fit(x, y, {epochs: 8, batchSize: 4});
    const losses = history['loss'] as number[];
    expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] as number));
    undo();
    expectSameRegistries(before);
    model.dispose();
  });

  it('stays until every caller has undone it, each once', async () => {
    const before = registries();
    const [first, second] = [await registerGradientKernels(), await registerGradientKernels()];
    const inside = registries();
    expect(inside.get(`${tf.getBackend()} Conv2DBackpropFilter`)).not.toBe(
      before.get(`${tf.getBackend()} Conv2DBackpropFilter`),
    );
    first();
    first();
    expectSameRegistries(inside);
    second();
    expectSameRegistries(before);
    const again = await registerGradientKernels();
    expect(registries().get(`${tf.getBackend()} Conv2DBackpropFilter`)).not.toBe(
      before.get(`${tf.getBackend()} Conv2DBackpropFilter`),
    );
    again();
    expectSameRegistries(before);
  });

  it('leaves the registered kernels in place inside a scope', async () => {
    const undo = await registerGradientKernels();
    const inside = registries();
    const names = withGradientKernels(() =>
      [...registries()].filter(([key, config]) => config !== inside.get(key)),
    ).map(([key]) => key);
    const backend = tf.getBackend();
    // What holds for one backend only is for scopes.
    expect(names).toEqual([
      `${backend} FusedConv2D`,
      `${backend} FusedDepthwiseConv2D`,
      `${backend} _FusedMatMul`,
    ]);
    undo();
  });

  it('goes together with scopes', async () => {
    const undo = await registerGradientKernels();
    const inside = registries();
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.gather(x, [0, 0, 2])));
    const x = tf.tensor1d([1, 2, 3]);
    expect(numbers(gradient(x))).toEqual([2, 0, 1]);
    expect(numbers(withGradientKernels(() => gradient(x)))).toEqual([2, 0, 1]);
    expectSameRegistries(inside);
    undo();
  });
});
