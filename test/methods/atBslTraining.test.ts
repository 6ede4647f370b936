import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {atBslTraining} from '../../src/methods/atBslTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {linearModel} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

const model = linearModel([[1], [-1]], [0, 0]);
const context = {epoch: 1, epochs: 1, step: 1};
const classCounts = [50, 1];

it('descends the balanced softmax, and attacks plain cross-entropy', async () => {
  const batch = {x: tf.tensor2d([[0.5], [0.5]]), labels: int([0, 1])};
  for (const tau of [undefined, 1.5]) {
    const method = atBslTraining<tf.Tensor2D>({
      classCounts,
      ...(tau === undefined ? {} : {tau}),
    });
    const prepared = await method.prepare(model, batch, context);
    const plain = await pgdTraining<tf.Tensor2D>().prepare(model, batch, context);
    expect(numbers(prepared.adversarial)).toEqual(numbers(plain.adversarial));
    const [loss, expected] = tf.tidy<[tf.Scalar, tf.Scalar]>(() => [
      method.loss(model, batch, prepared, context),
      tf.mean(
        balancedSoftmax(model(plain.adversarial), batch.labels, classCounts, {tau: tau ?? 1}),
      ),
    ]);
    expectClose(loss, numbers(expected), 1e-7);
    tf.dispose([loss, expected, prepared.adversarial, plain.adversarial]);
  }
  const own = atBslTraining<tf.Tensor2D>({
    classCounts,
    attack: (_model, x) => tf.mul<tf.Tensor2D>(x, 2),
  });
  const {adversarial} = await own.prepare(model, batch, context);
  expect(numbers(adversarial)).toEqual([1, 1]);
  tf.dispose([adversarial, batch.x, batch.labels]);
});

it('refuses empty classes and negative τ', () => {
  expect(() => atBslTraining({classCounts: [3, 0]})).toThrow(
    /atBslTraining: "classCounts" must be an integer >= 1 for every class, found 0 for class 1/,
  );
  expect(() => atBslTraining({classCounts, tau: -1})).toThrow(
    /atBslTraining: "tau" must be .*>= 0/,
  );
  expect(() => atBslTraining({classCounts, tau: 0})).not.toThrow();
});
