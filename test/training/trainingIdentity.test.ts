import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {asTrainableClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {sgd} from '../../src/optimizers/sgd';
import {completeRecipe} from '../../src/training/recipe';
import {initialWeights, recordLeft, trainingIdentity} from '../../src/training/trainingIdentity';
import {cornerDataset, denseNet} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

type Vectors = tf.Tensor2D;

it('describes what decides the numbers, as plain data', async () => {
  const recipe = completeRecipe('here', {method: naturalTraining<Vectors>(), batchSize: 4});
  const optimizer = sgd({learningRate: 0.5, momentum: 0.9});
  const dataset = cornerDataset([3, 2]);
  await expectNoLeak(async () => {
    const identity = await trainingIdentity(
      ...([recipe, dataset, optimizer, 'hash', createRng(7), undefined] as const),
    );
    expect(identity).toMatchObject({
      method: {name: 'naturalTraining'},
      optimizer: {name: 'LtRobustSgd', learningRate: 0.5, momentum: 0.9, nesterov: false},
      ...{batchSize: 4, dropLast: false, batches: 'shuffled', augment: 'none'},
      data: {examples: 5, numClasses: 2},
      'initial weights': 'hash',
      ...{seed: createRng(7).state().slice(0, 2), selectBy: 'none'},
    });
    expect(structuredClone(identity)).toEqual(identity);
  });
});

it('knows a model again that a training left, and not one that was touched since', async () => {
  const net = denseNet();
  const model = asTrainableClassifier<Vectors>(net);
  const start = await initialWeights(model);
  expect(await initialWeights(asTrainableClassifier<Vectors>(denseNet()))).toBe(start);
  const [first] = model.variables as [tf.Variable];
  const change = () => {
    tf.tidy(() => {
      first.assign(tf.add(first, 1));
    });
  };
  change();
  expect(await initialWeights(model)).not.toBe(start);
  await recordLeft(model, start);
  expect(await initialWeights(model)).toBe(start);
  expect(await initialWeights(asTrainableClassifier<Vectors>(net))).toBe(start);
  change();
  expect(await initialWeights(model)).not.toBe(start);
  net.dispose();
});
