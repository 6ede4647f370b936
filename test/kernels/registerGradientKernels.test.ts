import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {seeded, tinyConvNet} from '../support/models';
import {numbers} from '../support/tensors';
import {kernelsInUse} from '../../src/core/computedOn';
import {hasRelaxedSimd, relaxedInUse} from '../../src/kernels/wasm/relaxedSimd';
import {describeRelaxed, expectSameRegistries, onWasm, registries} from './support';

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
    withGradientKernels(() => expectSameRegistries(inside));
    undo();
  });

  it('can be undone inside a scope, which goes on with its own', async () => {
    const before = registries();
    const undo = await registerGradientKernels();
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.gather(x, [0, 0, 2])));
    withGradientKernels(() => {
      undo();
      expect(numbers(gradient(tf.tensor1d([1, 2, 3])))).toEqual([2, 0, 1]);
    });
    expectSameRegistries(before);
  });

  it('of one backend keeps its gradients when another is undone', async () => {
    const backend = tf.getBackend();
    const other = backend === 'cpu' ? 'wasm' : 'cpu';
    if (tf.findBackendFactory(other) === null) return; // it is loaded with wasm only
    const before = registries();
    const undo = await registerGradientKernels();
    await tf.setBackend(other);
    const undoOther = await registerGradientKernels();
    await tf.setBackend(backend);
    const masked = tf.grad((x: tf.Tensor) => tf.sum(tf.where(tf.greater(x, 1), x, tf.mul(x, 3))));
    undo();
    await tf.setBackend(other);
    expect(numbers(masked(tf.tensor1d([0, 2])))).toEqual([3, 1]);
    undoOther();
    await tf.setBackend(backend);
    expectSameRegistries(before);
    // And the other way around.
    const [first, second] = [await registerGradientKernels(), await registerGradientKernels()];
    first();
    expect(numbers(masked(tf.tensor1d([0, 2])))).toEqual([3, 1]);
    second();
    expectSameRegistries(before);
  });

  it('differentiates dilated layers, with a bias and without an activation', async () => {
    const undo = await registerGradientKernels();
    const layer = layers.layers.conv2d({filters: 2, kernelSize: 2, dilationRate: 2, inputShape: [5, 5, 1]}); // prettier-ignore
    const model = layers.sequential({layers: [layer, layers.layers.flatten()]});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const {history} = await model.fit(tf.ones([2, 5, 5, 1]), tf.ones([2, 18]), {epochs: 3});
    const [first = 0, , last = 0] = history['loss'] as number[];
    expect(last).toBeLessThan(first);
    undo();
    model.dispose();
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

onWasm('registerGradientKernels({simd})', () => {
  it('takes the plain kernels where that is asked for, or the engine has no others', async () => {
    for (const simd of hasRelaxedSimd() ? (['plain'] as const) : (['plain', 'auto'] as const)) {
      const undo = await registerGradientKernels({simd});
      expect([kernelsInUse(), relaxedInUse()]).toEqual(['plain SIMD', undefined]);
      undo();
    }
  });

  it('refuses what there is not', async () => {
    await expect(registerGradientKernels({simd: 'fast' as 'auto'})).rejects.toThrow(
      /"simd" must be one of/,
    );
    if (hasRelaxedSimd()) return;
    await expect(registerGradientKernels({simd: 'relaxed'})).rejects.toThrow(
      /'auto' or 'plain' in this engine.*Use Node 22/,
    );
  });
});

describeRelaxed('registerGradientKernels in an engine with relaxed SIMD', () => {
  const isWasm = tf.getBackend() === 'wasm';

  it.runIf(isWasm)('takes the relaxed kernels, unless others are asked for', async () => {
    const before = registries();
    for (const simd of ['auto', 'relaxed'] as const) {
      const undo = await registerGradientKernels({simd});
      expect(kernelsInUse()).toBe('relaxed SIMD');
      expect(relaxedInUse()).toBeDefined();
      undo();
      expect([kernelsInUse(), relaxedInUse()]).toEqual(['composed', undefined]);
    }
    expectSameRegistries(before);
  });

  it.runIf(isWasm)('refuses to change the kernels while they are registered', async () => {
    const undo = await registerGradientKernels({simd: 'relaxed'});
    await expect(registerGradientKernels({simd: 'plain'})).rejects.toThrow(
      /'plain' while the relaxed SIMD kernels are registered/,
    );
    const same = await registerGradientKernels();
    undo();
    expect(kernelsInUse()).toBe('relaxed SIMD');
    same();
    const plain = await registerGradientKernels({simd: 'plain'});
    await expect(registerGradientKernels({simd: 'relaxed'})).rejects.toThrow(/plain SIMD kernels/);
    expect(kernelsInUse()).toBe('plain SIMD');
    plain();
  });

  it.runIf(isWasm)('trains alike with both', async () => {
    const losses: number[][] = [];
    for (const simd of ['plain', 'relaxed'] as const) {
      const undo = await registerGradientKernels({simd});
      const model = tinyConvNet();
      model.compile({optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError'});
      const [x, y] = [seeded<tf.Rank.R4>([4, 8, 8, 1], 1), seeded<tf.Rank.R2>([4, 3], 2)];
      const {history} = await model.fit(x, y, {epochs: 3, batchSize: 4, shuffle: false});
      losses.push(history['loss'] as number[]);
      undo();
      model.dispose();
      tf.dispose([x, y]);
    }
    losses[0]?.forEach((loss, i) => expect(losses[1]?.[i]).toBeCloseTo(loss, 5));
  });
});
