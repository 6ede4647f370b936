import '@tensorflow/tfjs-backend-cpu';

import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it, vi} from 'vitest';

import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {seeded, tinyConvNet} from '../support/models';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';
import {expectSameRegistries, registries} from './support';

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
  it('returns what the body returns, with weight gradients by default', () => {
    expect(withGradientKernels(() => 5)).toBe(5);
    expect(numbers(withGradientKernels(filterGradient))).toEqual([4]);
    expect(numbers(withGradientKernels(filterGradient, {inputOnly: false}))).toEqual([4]);
  });

  it('leaves the registries as they were, also on throw, and does not warn', () => {
    const before = registries();
    const warn = vi.spyOn(console, 'warn');
    for (const inputOnly of [false, true]) {
      let inside: Map<string, unknown> | undefined;
      withGradientKernels(() => (inside = registries()), {inputOnly});
      expect(inside?.get(`${tf.getBackend()} Conv2DBackpropFilter`)).not.toBe(
        before.get(`${tf.getBackend()} Conv2DBackpropFilter`),
      );
      expectSameRegistries(before);
      const fail = () => {
        throw new Error('from the model');
      };
      expect(() => withGradientKernels(fail, {inputOnly})).toThrow('from the model');
      expectSameRegistries(before);
    }
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('does not compute weight gradients for inputs only, and refuses when they are needed', () => {
    const model = tinyConvNet();
    const x = image();
    const full = withGradientKernels(() => inputGradient(model, x));
    const only = withGradientKernels(() => inputGradient(model, x), {inputOnly: true});
    expect(numbers(only)).toEqual(numbers(full));
    expect(() => withGradientKernels(filterGradient, {inputOnly: true})).toThrow(/shape/);
    const depthwise = () =>
      tf.grad((w: tf.Tensor) =>
        tf.sum(tf.depthwiseConv2d(tf.ones<tf.Rank.R4>([1, 2, 2, 1]), w as tf.Tensor4D, 1, 'valid')),
      )(tf.ones([1, 1, 1, 1]));
    expect(() => withGradientKernels(depthwise, {inputOnly: true})).toThrow(/shape/);
    expect(numbers(withGradientKernels(depthwise))).toEqual([4]);
    model.dispose();
  });

  it('can be nested in every combination', () => {
    const before = registries();
    const needsWeights = (inputOnly: boolean) => {
      if (inputOnly) expect(filterGradient).toThrow(/shape/);
      else expect(numbers(filterGradient())).toEqual([4]);
    };
    for (const outer of [false, true]) {
      for (const inner of [false, true]) {
        withGradientKernels(
          () => {
            const inOuter = registries();
            withGradientKernels(() => needsWeights(inner), {inputOnly: inner});
            needsWeights(outer);
            expect(() =>
              withGradientKernels(
                () => {
                  throw new Error('inner');
                },
                {inputOnly: inner},
              ),
            ).toThrow('inner');
            needsWeights(outer);
            if (inner === outer) expectSameRegistries(inOuter);
          },
          {inputOnly: outer},
        );
        expectSameRegistries(before);
      }
    }
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
      numbers(withGradientKernels(() => inputGradient(model, x), {inputOnly: true})),
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

  it('leaks nothing', async () => {
    const model = tinyConvNet();
    const x = image();
    model.apply(x);
    for (const inputOnly of [false, true]) {
      await expectNoLeak(() =>
        withGradientKernels(() => inputGradient(model, x), {inputOnly}).dispose(),
      );
    }
    model.dispose();
  });

  it('refuses an unknown option', () => {
    const options = {inputsOnly: true} as {inputOnly?: boolean};
    expect(() => withGradientKernels(() => 0, options)).toThrow(
      /withGradientKernels: "inputsOnly" must be one of its options \(inputOnly\)/,
    );
  });
});
