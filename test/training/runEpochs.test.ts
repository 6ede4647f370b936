import type * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {asTrainableClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {sgd} from '../../src/optimizers/sgd';
import {completeRecipe} from '../../src/training/recipe';
import {runEpochs} from '../../src/training/runEpochs';
import {runSettings} from '../../src/training/runOptions';
import type {TrainingState} from '../../src/training/savedTraining';
import {bitsOf, cornerDataset, denseNet} from '../support/trainings';

type Vectors = tf.Tensor2D;

// What train makes of a call, with a place that records what is saved.
async function run(epochs: number, state?: TrainingState) {
  const net = denseNet();
  const saved: {state: TrainingState; usesEpochs: boolean}[] = [];
  const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
  const context = {
    model: asTrainableClassifier<Vectors>(net),
    dataset: cornerDataset([5, 3, 2]),
    recipe: completeRecipe('here', {method: naturalTraining<Vectors>(), epochs, batchSize: 4}),
    settings: runSettings<Vectors>({rng: createRng(6)}),
    ...{optimizer, takesSingles: false},
  };
  const result = await runEpochs(context, {
    ...{state, notes: ['a note'], close: () => Promise.resolve()},
    save: (each, usesEpochs) => {
      saved.push({state: each, usesEpochs});
      return Promise.resolve();
    },
  });
  const bits = await bitsOf(net);
  net.dispose();
  optimizer.dispose();
  return {result, saved, bits};
}

it('saves the state after every epoch, the last of which is what it returns', async () => {
  const {result, saved, bits} = await run(3);
  expect(saved.map(({state}) => state.epoch)).toEqual([1, 2, 3]);
  expect(saved.map(({usesEpochs}) => usesEpochs)).toEqual([false, false, false]);
  expect(saved[2]?.state).toMatchObject({average: null, robust: null, memory: null, step: 9});
  expect(saved[2]?.state.model).toEqual(result.last.state);
  expect(saved[2]?.state.history).toEqual(result.history);
  expect(
    [...result.last.state.variables, ...result.last.state.statistics].map((t) => [...t.values]),
  ).toEqual(bits);
  expect(result.notes).toEqual(['a note']);
});

it('runs no epoch of a training that is finished', async () => {
  const {saved, result} = await run(2);
  const again = await run(2, saved[1]?.state);
  expect(again.saved).toEqual([]);
  expect(again.result.history).toEqual(result.history);
  expect(again.result.last).toEqual(result.last);
});
