import '@tensorflow/tfjs-backend-cpu';

import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it, vi} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {outsideOfScope, withGradientKernels} from '../../src/kernels/withGradientKernels';
import {kernelsOf} from '../support/kernelsOf';
import {seeded, tinyConvNet} from '../support/models';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';
import {expectSameRegistries, registries} from './support';

const backend = tf.getBackend();
const image = () => seeded<tf.Rank.R4>([2, 8, 8, 1], 1);
const filterGradient = () =>
  tf.grad((w: tf.Tensor) =>
    tf.sum(tf.conv2d(tf.ones<tf.Rank.R4>([1, 2, 2, 1]), w as tf.Tensor4D, 1, 'valid')),
  )(tf.ones([1, 1, 1, 1]));

/** Input gradient of the logits' squares. */
const inputGradient = (model: layers.LayersModel, x: tf.Tensor) =>
  tf.tidy(() => tf.grad((v) => tf.sum(tf.square(model.apply(v) as tf.Tensor)))(x));

async function on<T>(backend: string, body: () => T): Promise<T> {
  const before = tf.getBackend();
  await tf.setBackend(backend);
  try {
    return body();
  } finally {
    await tf.setBackend(before);
  }
}

describe('withGradientKernels', () => {
  it('returns what the body returns', () => {
    expect(withGradientKernels(() => 5)).toBe(5);
    expect(numbers(withGradientKernels(filterGradient))).toEqual([4]);
  });

  it('leaves the registries as they were, also on throw, and does not warn', () => {
    const before = registries();
    const warn = vi.spyOn(console, 'warn');
    let inside: Map<string, unknown> | undefined;
    withGradientKernels(() => (inside = registries()));
    expect(inside?.get(`${tf.getBackend()} Conv2DBackpropFilter`)).not.toBe(
      before.get(`${tf.getBackend()} Conv2DBackpropFilter`),
    );
    expectSameRegistries(before);
    const fail = () => {
      throw new Error('from the model');
    };
    expect(() => withGradientKernels(fail)).toThrow('from the model');
    expectSameRegistries(before);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('computes no gradient that is not asked for', () => {
    const model = tinyConvNet();
    const x = image();
    model.apply(x);
    const names = kernelsOf(() => withGradientKernels(() => inputGradient(model, x)));
    expect(names).toContain('Conv2DBackpropInput');
    expect(names).not.toContain('Conv2DBackpropFilter');
    model.dispose();
  });

  it('is left for a while by what changes the registries for good', () => {
    const before = registries();
    let seen: Map<string, unknown> | undefined;
    withGradientKernels(() => {
      const inside = registries();
      outsideOfScope(() => {
        seen = registries();
      });
      expect([...registries().keys()]).toEqual([...inside.keys()]);
      expect(numbers(filterGradient())).toEqual([4]);
    });
    expect(seen).toEqual(before);
    // Without a scope there is none to go back to.
    outsideOfScope(() => expectSameRegistries(before));
    expectSameRegistries(before);
  });

  it('refuses what is no function', () => {
    expect(() => withGradientKernels(1 as never)).toThrow(
      'withGradientKernels: "body" must be a function, found 1. Pass () => ..., which is run at once.',
    );
  });

  it('can be nested', () => {
    const before = registries();
    withGradientKernels(() => {
      const inOuter = registries();
      withGradientKernels(() => expectSameRegistries(inOuter));
      expectSameRegistries(inOuter);
      const fail = () => {
        throw new Error('inner');
      };
      expect(() => withGradientKernels(fail)).toThrow('inner');
      expectSameRegistries(inOuter);
      expect(numbers(filterGradient())).toEqual([4]);
    });
    expectSameRegistries(before);
  });

  it('can be nested on another backend', async () => {
    await tf.setBackend('cpu');
    await tf.setBackend(backend);
    const other = backend === 'cpu' ? 'wasm' : 'cpu';
    if (other === 'wasm' && tf.findBackend('wasm') === null) return;
    const before = registries();
    withGradientKernels(() => {
      const inOuter = registries();
      void tf.setBackend(other);
      withGradientKernels(() => expect(numbers(filterGradient())).toEqual([4]));
      void tf.setBackend(backend);
      expect([...registries().keys()]).toEqual([...inOuter.keys()]);
      expect(numbers(filterGradient())).toEqual([4]);
    });
    expectSameRegistries(before);
  });

  it('gives the gradients of the cpu backend', async () => {
    const model = tinyConvNet();
    const x = image();
    const weights = model.trainableWeights.map((w) => w.read() as tf.Variable);
    const values = model.getWeights().map((w) => w.arraySync());
    const train = () =>
      tf.tidy(() => {
        const loss = () =>
          tf.sum(tf.square(model.apply(x, {training: true}) as tf.Tensor)) as tf.Scalar;
        const {grads} = tf.variableGrads(loss, weights);
        return weights.map(({name}) => numbers(grads[name] as tf.Tensor));
      });
    const [input, trained] = [
      numbers(withGradientKernels(() => inputGradient(model, x))),
      withGradientKernels(train),
    ];
    model.setWeights(values.map((v) => tf.tensor(v as number[])));
    const [cpuInput, cpuTrained] = await on(
      'cpu',
      () => [numbers(inputGradient(model, x)), train()] as const,
    );
    expectClose(input, cpuInput, 1e-4);
    trained.forEach((gradient, i) => expectClose(gradient, cpuTrained[i] as number[], 1e-3));
    model.dispose();
  });

  it('is entered anew by a model that attacks its own weights', async () => {
    const model = tinyConvNet();
    const labels = tf.tensor1d([0, 1], 'int32');
    const weights = tf.variable(seeded([3, 3], 5));
    // The inner attack freezes the same weights, and lets go of what it made of them.
    const attacking = (x: tf.Tensor4D): tf.Tensor2D => {
      const logits = model.apply(x) as tf.Tensor2D;
      const rows = pgdAttack(
        (w: tf.Tensor2D): tf.Tensor2D => tf.matMul(w, tf.reshape(weights, [3, 3])),
        ...([tf.zeros<tf.Rank.R2>([2, 3]), labels, {epsilon: 0.1, steps: 2, clip: null}] as const),
      );
      return tf.add(tf.matMul(logits, weights as tf.Tensor as tf.Tensor2D), tf.mean(rows));
    };
    const x = tf.tidy(() => tf.sigmoid(image()));
    const before = registries();
    await expectNoLeak(() => {
      const moved = pgdAttack(attacking, x, labels, {epsilon: 0.05, steps: 3});
      const changes = tf.tidy(() => numbers(tf.abs(tf.sub(moved, x))));
      expect(Math.max(...changes)).toBeGreaterThan(0.01);
      moved.dispose();
    });
    expectSameRegistries(before);
    model.dispose();
    weights.dispose();
  });

  it('is entered anew by a network that is attacked inside of its own forward pass', async () => {
    const net = tinyConvNet();
    const logitsOf = (z: tf.Tensor4D) => net.apply(z) as tf.Tensor2D;
    const x = tf.tidy(() => tf.sigmoid(image()) as tf.Tensor4D);
    const labels = tf.tidy(() => tf.argMax<tf.Tensor1D>(logitsOf(x), 1));
    const options = {epsilon: 0.05, steps: 3};
    const bias = () => tf.tidy(() => tf.mean(logitsOf(pgdAttack(logitsOf, x, labels, options)), 0));
    const before = registries();
    const weights = net.getWeights().map(numbers);
    await expectNoLeak(() => {
      const constant = bias();
      // The same function, the inner attack made beforehand.
      const plain = pgdAttack((z) => tf.add(logitsOf(z), constant), x, labels, options);
      const nested = pgdAttack((z) => tf.add(logitsOf(z), bias()), x, labels, options);
      const moved = tf.tidy(() => numbers(tf.max(tf.abs(tf.sub(plain, x)))));
      expect(moved[0]).toBeGreaterThan(0.01);
      expectClose(nested, numbers(plain), 1e-6);
      tf.dispose([constant, plain, nested]);
    });
    expect(net.getWeights().map(numbers)).toEqual(weights);
    expectSameRegistries(before);
    net.dispose();
    tf.dispose([x, labels]);
  });

  it('leaks nothing', async () => {
    const model = tinyConvNet();
    const x = image();
    model.apply(x);
    await expectNoLeak(() => withGradientKernels(() => inputGradient(model, x)).dispose());
    model.dispose();
  });
});
