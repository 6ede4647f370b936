import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {memoryCheckpoints} from '../../src/core/checkpoint';
import {asTrainableClassifier} from '../../src/core/classifier';
import {isCheckpointMismatchError} from '../../src/core/errors';
import {sgd} from '../../src/optimizers/sgd';
import {
  captureTraining,
  loadTraining,
  restoreTraining,
  saveTraining,
  TRAINING_KIND,
} from '../../src/training/trainingCheckpoint';
import type {TrainingLength} from '../../src/training/savedTraining';
import {bitsOf, denseNet} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

const probe = {backend: 'cpu', input: 1, loss: 1, perturbation: 0};
const tensors = {model: {variables: [], statistics: []}, optimizer: []};
const recordAt = (epoch: number) => ({epoch, loss: 1, learningRate: 0.1, metrics: {}});
const stateAt = (epoch: number) => ({
  ...{epoch, step: 2 * epoch, best: null, memory: null},
  history: Array.from({length: epoch}, (_, i) => recordAt(i + 1)),
  ...tensors,
});
const placeIn = (store = memoryCheckpoints(), identity = {seed: 1}) => ({
  ...{where: 'train', store, key: 'key', kind: TRAINING_KIND, identity},
});

it('saves, loads and restores', async () => {
  const net = denseNet();
  const bits = await bitsOf(net);
  const model = asTrainableClassifier<tf.Tensor2D>(net);
  const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
  const frame = {model, memory: undefined, fresh: [], averages: false};
  const place = placeIn();
  const length = {epochs: 2, rates: [0.1, 0.2], usesEpochs: true};
  await expectNoLeak(async () => {
    expect(await loadTraining(place, length, frame)).toBeUndefined();
    const captured = await captureTraining(model, optimizer);
    const state = {...stateAt(1), ...captured};
    await saveTraining(place, {state, length, probe});
    expect(await loadTraining(place, length, frame)).toEqual({state, length, probe});
    expect(await loadTraining({...place, key: 'other'}, length, frame)).toBeUndefined();
    tf.tidy(() => model.variables[0]?.assign(tf.zeros([3, 5])));
    await restoreTraining(model, optimizer, state);
    expect(await bitsOf(net)).toEqual(bits);
  });
  net.dispose();
});

describe('the length', () => {
  const saved = (change: Partial<TrainingLength> = {}): TrainingLength => ({
    ...{epochs: 4, rates: [0.4, 0.4, 0.2, 0.1], usesEpochs: false},
    ...change,
  });
  // Loads a training that stood after epoch 3 of 4.
  const load = async (length: TrainingLength, now: {epochs: number; rates: number[]}) => {
    const place = placeIn();
    await saveTraining(place, {state: stateAt(3), length, probe});
    return loadTraining(place, now, {
      model: {variables: [], statistics: []},
      memory: undefined,
      fresh: [],
      averages: false,
    });
  };

  it('may grow where the epochs so far have the same rates', async () => {
    expect(await load(saved(), {epochs: 5, rates: [0.4, 0.4, 0.2, 0.2, 0.1]})).toBeDefined();
    expect(await load(saved({rates: []}), {epochs: 9, rates: []})).toBeDefined();
    expect(await load(saved({rates: []}), {epochs: 3, rates: []})).toBeDefined(); // it is done
  });

  it.each([
    [saved(), 5, [0.4, 0.4, 0.4, 0.2, 0.1], 'learning rate of each epoch'],
    [saved(), 4, [0.4, 0.4, 0.2, 0.2], 'learning rate of each epoch'],
    [saved({usesEpochs: true}), 5, [0.4, 0.4, 0.2, 0.1, 0.1], 'epochs'],
    [saved({rates: []}), 2, [], 'epochs'],
  ])('is refused otherwise: %j to %i', async (length, epochs, rates, field) => {
    const error: unknown = await load(length, {epochs, rates}).catch((reason: unknown) => reason);
    expect(isCheckpointMismatchError(error) && error.differences.map((d) => d.field)).toEqual([
      field,
    ]);
  });
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
