import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {TrainableClassifier} from '../../src/core/classifier';
import {asTrainableClassifier} from '../../src/core/classifier';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {sgd} from '../../src/optimizers/sgd';
import {
  captureModelState,
  captureOptimizerState,
  isFiniteState,
  restoreModelState,
  restoreOptimizerState,
} from '../../src/training/trainerState';
import {trainStep} from '../../src/training/trainStep';
import {bitsOf, cornerDataset, denseNet} from '../support/trainings';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

describe('captureModelState', () => {
  it('is plain data in the order of the model, and moves to another instance', async () => {
    const model = denseNet({seed: 1});
    const other = denseNet({seed: 2});
    await expectNoLeak(async () => {
      const state = await captureModelState<Vectors>(model);
      expect(state.variables.map(({shape}) => shape)).toEqual([[3, 5], [5], [5], [5], [5, 3], [3]]);
      expect(state.statistics.map(({shape}) => shape)).toEqual([[5], [5]]);
      expect(structuredClone(state)).toEqual(state);
      expect(await bitsOf(other)).not.toEqual(await bitsOf(model));
      restoreModelState<Vectors>(other, state);
      expect(await bitsOf(other)).toEqual(await bitsOf(model));
    });
    model.dispose();
    other.dispose();
  });

  it('is a copy: neither later training nor changes to the state reach across', async () => {
    const model = denseNet();
    const state = await captureModelState<Vectors>(model);
    const before = await bitsOf(model);
    restoreModelState<Vectors>(model, state);
    (state.variables[0]?.values as Float32Array)[0] = 99;
    expect(await bitsOf(model)).toEqual(before);
    model.dispose();
  });

  it('keeps int32 variables int32', async () => {
    const count = tf.variable(tf.tensor1d([1, 2], 'int32'));
    const model = {
      ...{inference: tf.clone, training: tf.clone, variables: [], statistics: [count]},
    } as unknown as TrainableClassifier<Vectors>;
    const state = await captureModelState(model);
    tf.tidy(() => count.assign(tf.tensor1d([5, 6], 'int32')));
    restoreModelState(model, state);
    expect(count.dtype).toBe('int32');
    expect(numbers(count)).toEqual([1, 2]);
    count.dispose();
  });

  it('refuses a state of another architecture', async () => {
    const model = denseNet();
    const plain = denseNet({batchNorm: false});
    const before = await bitsOf(plain);
    const state = await captureModelState<Vectors>(model);
    expect(() => restoreModelState<Vectors>(plain, state)).toThrow(
      /restoreModelState: "state" must have the shapes of the model's variables, \[3, 5\] \[5\] \[5, 3\] \[3\], found \[3, 5\] \[5\] \[5\] /,
    );
    expect(await bitsOf(plain)).toEqual(before);
    model.dispose();
    plain.dispose();
  });
});

it('isFiniteState looks at weights and statistics', () => {
  const tensor = (value: number) => ({shape: [2], values: new Float32Array([1, value])});
  const of = (weight: number, statistic: number) => ({
    variables: [tensor(weight)],
    statistics: [tensor(statistic)],
  });
  expect(isFiniteState(of(1, 1))).toBe(true);
  expect(isFiniteState(of(NaN, 1))).toBe(false);
  expect(isFiniteState(of(1, Infinity))).toBe(false);
});

describe('captureOptimizerState', () => {
  const make = {
    sgd: () => sgd({learningRate: 0.1, momentum: 0.9}),
    momentum: () => tf.train.momentum(0.1, 0.9),
    adam: () => tf.train.adam(0.1),
    plain: () => tf.train.sgd(0.1),
  };

  it.each(Object.entries(make))(
    'of %s goes on in another optimizer and model',
    async (name, create) => {
      const batch = cornerDataset([3, 3, 3]).batch([0, 3, 6, 8]);
      const step = async (model: ReturnType<typeof denseNet>, optimizer: tf.Optimizer) => {
        (await trainStep(model, naturalTraining<Vectors>(), batch, optimizer)).dispose();
      };
      const model = denseNet();
      const optimizer = create();
      await step(model, optimizer);
      await step(model, optimizer);
      const {variables} = asTrainableClassifier<Vectors>(model);
      const before = tf.memory().numTensors;
      const saved = structuredClone(await captureOptimizerState(optimizer, variables));
      expect(tf.memory().numTensors).toBe(before);
      expect(saved[0]).toEqual({name: 'iter', shape: [], values: new Int32Array([2])});
      const names = saved.slice(1).map((slot) => slot.name);
      expect(names.every((slot) => /^#\d\/\w+$/.test(slot))).toBe(true);
      const state = await captureModelState<Vectors>(model);

      const other = denseNet({seed: 2});
      const target = create();
      await step(other, target); // whatever it remembered is replaced
      restoreModelState<Vectors>(other, state);
      const otherVariables = asTrainableClassifier<Vectors>(other).variables;
      await expectNoLeak(() => restoreOptimizerState(target, otherVariables, saved));
      await step(model, optimizer);
      await step(other, target);
      // Adam's setWeights recomputes powers that its steps multiply up: equal to rounding only.
      const tolerance = name === 'adam' ? 1e-5 : 0;
      expectClose((await bitsOf(other)).flat(), (await bitsOf(model)).flat(), tolerance);
      for (const disposable of [model, other, optimizer, target]) disposable.dispose();
      tf.dispose({...batch});
    },
  );
});

it('captureOptimizerState knows variables apart whose names begin with each other', async () => {
  const variables = ['a', 'a/kernel'].map((name) =>
    tf.variable(tf.scalar(1), true, `names/${name}`),
  );
  const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
  const grads = tf.tidy(() =>
    variables.map(({name}, i) => ({name, tensor: tf.keep(tf.scalar(i + 1))})),
  );
  optimizer.applyGradients(grads);
  const saved = await captureOptimizerState(optimizer, variables);
  expect(saved.slice(1).map(({name, values}) => [name, values[0]])).toEqual([
    ['#0/momentum', 1],
    ['#1/momentum', 2],
  ]);
  tf.dispose([variables, grads.map(({tensor}) => tensor)]);
  optimizer.dispose();
});

it('refuses an optimizer that does not tell what it remembers', async () => {
  const optimizer = tf.train.adamax(0.1);
  await expect(captureOptimizerState(optimizer, [])).rejects.toThrow(
    /^train: "optimizer" must tell what it remembers, by getWeights\(\), found Adamax, which does not/,
  );
  optimizer.dispose();
});
