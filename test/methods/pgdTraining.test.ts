import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {trainingAttack} from '../../src/methods/attackBatch';
import {linearModel} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const model = linearModel([[1], [-1]], [0, 0]);
const context = {epoch: 1, epochs: 1, step: 1};
const softplus = (s: number) => Math.log(1 + Math.exp(s));

it('prepares the attack and descends the loss on its inputs', async () => {
  const batch = {x: tf.tensor2d([[0.5], [0.5]]), labels: int([0, 1])};
  const method = pgdTraining<tf.Tensor2D>();
  const prepared = await method.prepare(model, batch, context);
  const epsilon = 8 / 255;
  expectClose(prepared.adversarial, [0.5 - epsilon, 0.5 + epsilon]);
  const loss = tf.tidy(() => method.loss(model, batch, prepared, context));
  const losses = [softplus(-2 * (0.5 - epsilon)), softplus(2 * (0.5 + epsilon))];
  expectClose(loss, [((losses[0] as number) + (losses[1] as number)) / 2]);
  tf.dispose([loss, prepared.adversarial, batch.x, batch.labels]);
});

it('starts at random where the step has randomness', async () => {
  const batch = {x: tf.tensor2d([[0.5], [0.5]]), labels: int([0, 1])};
  const method = pgdTraining<tf.Tensor2D>();
  const {adversarial} = await method.prepare(model, batch, {...context, rng: createRng(1)});
  const expected = trainingAttack<tf.Tensor2D>()(model, batch.x, batch.labels, {
    rng: createRng(1).fork('attack'),
  }) as tf.Tensor2D;
  expect(numbers(adversarial)).toEqual(numbers(expected));
  tf.dispose([adversarial, expected, batch.x, batch.labels]);
});

it('takes an attack and a loss of your own', async () => {
  const batch = {x: tf.tensor2d([[1], [2]]), labels: int([0, 1])};
  const method = pgdTraining<tf.Tensor2D>({
    attack: (_model, x) => tf.mul<tf.Tensor2D>(x, 3),
    loss: (logits) => tf.max(logits, 1),
  });
  await expectNoLeak(async () => {
    const prepared = await method.prepare(model, batch, context);
    const loss = tf.tidy(() => method.loss(model, batch, prepared, context));
    expectClose(loss, [4.5]);
    tf.dispose([loss, prepared.adversarial]);
  });
  tf.dispose([batch.x, batch.labels]);
  expect(() => pgdTraining({steps: 1} as object)).toThrow(/pgdTraining: "steps" must be one of/);
});
