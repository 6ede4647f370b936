import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import type {Attack} from '../../src/core/attack';
import {asTrainableClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {trainingAttack} from '../../src/methods/attackBatch';
import {linearModel} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {cornerDataset, denseNet} from '../support/trainings';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const model = linearModel([[1], [-1]], [0, 0]);
const softplus = (s: number) => Math.log(1 + Math.exp(s));

it('attacks and descends the loss on what comes back', async () => {
  const batch = {x: tf.tensor2d([[0.5], [0.5]]), labels: int([0, 1])};
  const {objective, loss, dispose} = await preparedStep(pgdTraining<tf.Tensor2D>(), model, batch);
  const epsilon = 8 / 255;
  expectClose(objective.adversarial, [0.5 - epsilon, 0.5 + epsilon]);
  const losses = [softplus(-2 * (0.5 - epsilon)), softplus(2 * (0.5 + epsilon))];
  expectClose([loss()], [((losses[0] as number) + (losses[1] as number)) / 2]);
  dispose();
  tf.dispose({...batch});
});

it('starts at random where the step has randomness', async () => {
  const batch = {x: tf.tensor2d([[0.5], [0.5]]), labels: int([0, 1])};
  const method = pgdTraining<tf.Tensor2D>();
  const {objective, dispose} = await preparedStep(method, model, batch, {rng: createRng(1)});
  const expected = trainingAttack<tf.Tensor2D>()(model, batch.x, batch.labels, {
    rng: createRng(1).fork('attack'),
  }) as tf.Tensor2D;
  expect(numbers(objective.adversarial)).toEqual(numbers(expected));
  dispose();
  tf.dispose([expected, batch.x, batch.labels]);
});

it('takes an attack and a loss of your own', async () => {
  const batch = {x: tf.tensor2d([[1], [2]]), labels: int([0, 1])};
  const method = pgdTraining<tf.Tensor2D>({
    attack: (_model, x) => tf.mul<tf.Tensor2D>(x, 3),
    loss: (logits) => tf.max(logits, 1),
  });
  await expectNoLeak(async () => {
    const {loss, dispose} = await preparedStep(method, model, batch);
    expectClose([loss()], [4.5]);
    dispose();
  });
  tf.dispose([batch.x, batch.labels]);
  expect(() => pgdTraining({steps: 1} as object)).toThrow(/pgdTraining: "steps" must be one of/);
  expect(() => pgdTraining({attackMode: 'eval' as 'inference'})).toThrow(
    /pgdTraining: "attackMode" must be one of 'inference', 'batch-statistics', 'training'/,
  );
});

it.each([
  ['inference', false, false],
  ['batch-statistics', true, false],
  ['training', true, true],
] as const)('attacks in %s mode', async (attackMode, seesBatch, moves) => {
  const net = denseNet();
  const parts = asTrainableClassifier<tf.Tensor2D>(net);
  const batch = cornerDataset([4, 2, 2]).batch([0, 1, 4, 6]);
  const inferred = tf.tidy(() => numbers(parts.inference(batch.x)));
  const before = parts.statistics.map(numbers);
  let seen: number[] = [];
  const attack: Attack<tf.Tensor2D> = (classify, x) => {
    seen = tf.tidy(() => numbers(classify(x)));
    return tf.clone(x);
  };
  await expectNoLeak(async () => {
    (await preparedStep(pgdTraining({attack, attackMode}), parts, batch)).dispose();
  });
  expect(seen.every((value, i) => value === inferred[i])).toBe(!seesBatch);
  if (moves) expect(parts.statistics.map(numbers)).not.toEqual(before);
  else expect(parts.statistics.map(numbers)).toEqual(before);
  tf.dispose({...batch});
  net.dispose();
});
