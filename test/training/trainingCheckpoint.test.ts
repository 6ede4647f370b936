import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {memoryCheckpoints} from '../../src/core/checkpoint';
import {asTrainableClassifier} from '../../src/core/classifier';
import {sgd} from '../../src/optimizers/sgd';
import {
  captureTraining,
  loadTraining,
  restoreTraining,
  saveTraining,
} from '../../src/training/trainingCheckpoint';
import {bitsOf, denseNet} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

const identity = {epochs: 2, batchSize: 3, examples: 4, dropLast: false, rng: [1, 2]};

it('saves, loads and restores', async () => {
  const net = denseNet();
  const bits = await bitsOf(net);
  const model = asTrainableClassifier<tf.Tensor2D>(net);
  const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
  const store = memoryCheckpoints();
  await expectNoLeak(async () => {
    expect(await loadTraining(store, 'key', identity)).toBeUndefined();
    const captured = await captureTraining(model, optimizer);
    const state = {epoch: 1, step: 2, history: [], best: null, memory: null, ...captured};
    await saveTraining(store, 'key', identity, state);
    expect(await loadTraining(store, 'key', {...identity})).toEqual(state);
    expect(await loadTraining(store, 'other', identity)).toBeUndefined();
    tf.tidy(() => model.variables[0]?.assign(tf.zeros([3, 5])));
    await restoreTraining(model, optimizer, state);
    expect(await bitsOf(net)).toEqual(bits);
  });
  net.dispose();
});

it('refuses what is of another training, or no training', async () => {
  const store = memoryCheckpoints();
  const tensors = {model: {variables: [], statistics: []}, optimizer: []};
  const state = {epoch: 1, step: 2, history: [], best: null, memory: null, ...tensors};
  await saveTraining(store, 'key', identity, state);
  for (const change of [
    {epochs: 3},
    {batchSize: 4},
    {examples: 5},
    {dropLast: true},
    {rng: [1, 3]},
  ]) {
    await expect(loadTraining(store, 'key', {...identity, ...change})).rejects.toThrow(
      /train: "checkpoints" must hold nothing under "key", or a training with .*, found \{"epochs":2/,
    );
  }
  await store.save('key', {format: 'something'});
  await expect(loadTraining(store, 'key', identity)).rejects.toThrow(/found something else/);
});

it('leaves the model as it is where the optimizer refuses', async () => {
  const net = denseNet();
  const model = asTrainableClassifier<tf.Tensor2D>(net);
  const adam = tf.train.adam(0.1);
  const grads = tf.variableGrads(() => tf.sum(model.inference(tf.ones([1, 3]))) as tf.Scalar);
  adam.applyGradients(Object.entries(grads.grads).map(([name, tensor]) => ({name, tensor})));
  const state = await captureTraining(model, adam);
  tf.tidy(() => model.variables[0]?.assign(tf.zeros([3, 5])));
  const bits = await bitsOf(net);
  const other = sgd({learningRate: 0.1, momentum: 0.9});
  await expect(restoreTraining(model, other, state)).rejects.toThrow(/"weights" must be named/);
  expect(await bitsOf(net)).toEqual(bits);
  tf.dispose([grads.value, grads.grads]);
  adam.dispose();
  net.dispose();
});
