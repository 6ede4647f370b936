/* eslint-disable @typescript-eslint/no-deprecated -- the former form is what is tested */
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {cosine} from '../../src/optimizers/schedules';
import {sgd} from '../../src/optimizers/sgd';
import {trainCall, type FormerTrainOptions} from '../../src/training/formerTrain';
import {train} from '../../src/training/train';
import {trainStep} from '../../src/training/trainStep';
import {bitsOf, cornerDataset, denseNet, quickAttack} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

const dataset = cornerDataset([6, 4, 3]);
const method = pgdTraining({attack: quickAttack});
const settings = {epochs: 3, batchSize: 5, dropLast: true, schedule: cosine()};
const momentum = () => sgd({learningRate: 0.1, momentum: 0.9});

type Training = (model: ReturnType<typeof denseNet>) => Promise<{history: unknown}>;

async function outcome(training: Training) {
  const model = denseNet();
  try {
    const {history} = await training(model);
    return {history, bits: await bitsOf(model)};
  } finally {
    model.dispose();
  }
}

describe('train in the form of 0.1.0', () => {
  const evaluate = (_: unknown, {epoch}: {epoch: number}) => ({epoch});

  it('gives the numbers of the new form, and leaves the optimizer to the caller', async () => {
    const optimizer = momentum();
    const run = {rng: createRng(3), evaluate, selectBy: 'epoch'};
    const former = await outcome((model) =>
      train(model, method, dataset, {...settings, ...run, optimizer}),
    );
    const current = await outcome((model) =>
      train(model, dataset, {...settings, method, optimizer: momentum}, run),
    );
    expect(former).toEqual(current);
    expect(optimizer.iterations).toBe(6);
    // Its state is alive: another step can follow.
    await expect(optimizer.getWeights()).resolves.not.toHaveLength(0);
    optimizer.dispose();
  });

  it('has the default optimizer of the new form, and disposes that', async () => {
    const options = {epochs: 1, batchSize: 5, rng: createRng(3)};
    const train1 = () => outcome((model) => train(model, method, dataset, options));
    const {rng, ...recipe} = options;
    expect(await train1()).toEqual(
      await outcome((model) => train(model, dataset, {...recipe, method}, {rng})),
    );
    await expectNoLeak(train1);
  });

  it('leaves the optimizer also where it is refused', async () => {
    const adam = tf.train.adam(0.1);
    const model = denseNet();
    const options = {...settings, rng: createRng(3), optimizer: adam};
    await expect(train(model, method, dataset, options)).rejects.toThrow(/setLearningRate/);
    const plain = {epochs: 1, batchSize: 5, rng: createRng(3), optimizer: adam};
    await expect(train(model, method, dataset, plain)).resolves.toHaveProperty('history');
    adam.dispose();
    model.dispose();
  });

  it.each([
    [{gradients: () => ({})}, /train: "gradients" must be left out.*Use withUpdateRule\(method/],
    [
      {optimizer: momentum},
      /train: "optimizer" must be an optimizer.*train\(model, dataset, \{method/,
    ],
    [{epoch: 3}, /train: "epoch" must be one of its options/],
    [{epochs: 0}, /train: "epochs" must be an integer >= 1/],
  ])('refuses %j', async (options, message) => {
    const model = denseNet();
    const given = {rng: createRng(1), ...options} as FormerTrainOptions<tf.Tensor2D>;
    await expect(train(model, method, dataset, given)).rejects.toThrow(message);
    model.dispose();
  });

  it('asks for the rng where there are no options at all', async () => {
    const model = denseNet();
    const missing = undefined as unknown as FormerTrainOptions<tf.Tensor2D>;
    await expect(train(model, method, dataset, missing)).rejects.toThrow(/train: "rng"/);
    model.dispose();
  });
});

it('knows the form by the method in the first place', () => {
  const run = {rng: createRng(1)};
  const recipe = {method: naturalTraining<tf.Tensor2D>()};
  expect(trainCall([dataset, recipe, run])).toEqual({
    ...{source: dataset, recipe, run, keepsOptimizer: false},
  });
  expect(trainCall([recipe.method, dataset, run])).toMatchObject({
    ...{source: dataset, recipe, run, keepsOptimizer: false},
  });
});

it('trainStep says what took the place of gradients', async () => {
  const model = denseNet();
  const optimizer = momentum();
  const batch = dataset.batch([0, 1]);
  const options = {gradients: () => ({})} as object;
  await expect(trainStep(model, method, batch, optimizer, options)).rejects.toThrow(
    /trainStep: "gradients" must be left out.*withUpdateRule/,
  );
  tf.dispose([batch.x, batch.labels]);
  model.dispose();
  optimizer.dispose();
});
