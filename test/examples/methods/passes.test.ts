import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {GRID} from '../../../examples/methods/grid';
import {stepPasses} from '../../../examples/methods/passes';
import {QUICK} from '../../../examples/methods/settings';
import {asTrainableClassifier, type TrainableClassifier} from '../../../src/core/classifier';
import {createRng} from '../../../src/core/rng';
import {sgd} from '../../../src/optimizers/sgd';
import {checkExperiment} from '../../../src/registry/checkExperiment';
import {recipeOf} from '../../../src/registry/recipeOf';
import {trainStep} from '../../../src/training/trainStep';
import {seeded, tinyConvNet} from '../../support/models';
import {int} from '../../support/tensors';

const EPOCHS = 10;
const labels = Int32Array.of(0, 0, 0, 1, 1, 2);

// What a step of this epoch makes of a network and of its teacher: every call is a pass.
async function counted(entry: (typeof GRID)[number], epoch: number) {
  const [candidate = {}] = entry.candidates;
  const experiment = checkExperiment(
    entry.experiment(candidate, {settings: QUICK, epochs: EPOCHS}),
  );
  const [model, taught] = [tinyConvNet(), tinyConvNet({seed: 2})];
  const calls = {inference: 0, training: 0, teacher: 0};
  const parts = asTrainableClassifier(model);
  const watched: TrainableClassifier = {
    ...parts,
    inference: (x) => {
      calls.inference++;
      return parts.inference(x);
    },
    training: (x) => {
      calls.training++;
      return parts.training(x);
    },
  };
  const answer = asTrainableClassifier(taught).inference;
  const teacher = (x: tf.Tensor4D) => {
    calls.teacher++;
    return answer(x);
  };
  const {method} = recipeOf(experiment, {dataset: {labels, numClasses: 3}, teachers: {teacher}});
  const x = tf.tidy(() => tf.clipByValue(tf.add(seeded<tf.Rank.R4>([3, 8, 8, 1], 3), 0.5), 0, 1));
  const batch = {x: x as tf.Tensor4D, labels: int([0, 1, 2])};
  const optimizer = sgd({learningRate: 0.01});
  const step = async () => {
    const memory = {current: method.memory?.initial ?? null};
    const options = {memory, epoch, epochs: EPOCHS, rng: createRng(1)};
    (await trainStep(watched, method, batch, optimizer, options)).dispose();
  };
  await step(); // the first one looks at the model's output
  Object.assign(calls, {inference: 0, training: 0, teacher: 0});
  await step();
  tf.dispose([batch.x, batch.labels]);
  for (const each of [model, taught]) each.dispose();
  return {calls, passes: stepPasses(experiment, epoch), experiment};
}

describe.each(GRID.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
  it.each([1, EPOCHS])('has the passes that are counted, epoch %i', async (epoch) => {
    const {calls, passes, experiment} = await counted(entry, epoch);
    expect(passes.forward).toBe(calls.inference + calls.training);
    // Every forward pass has its backward pass, but for the clean answer that TRADES attacks.
    expect(passes.backward).toBe(passes.forward - (experiment.method.name === 'trades' ? 1 : 0));
    // AdaAD's attack goes backwards through the teacher, too.
    const through = name === 'adaad' ? QUICK.attackSteps : 0;
    expect(passes.teacher).toBe(calls.teacher + through);
  });
});
