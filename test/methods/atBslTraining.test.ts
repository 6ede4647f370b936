import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {atBslTraining} from '../../src/methods/atBslTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {linearModel} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int, numbers} from '../support/tensors';

const model = linearModel([[1], [-1]], [0, 0]);
const classCounts = [50, 1];

it('descends the balanced softmax, and attacks plain cross-entropy', async () => {
  const batch = {x: tf.tensor2d([[0.5], [0.5]]), labels: int([0, 1])};
  for (const tau of [undefined, 1.5]) {
    const method = atBslTraining<tf.Tensor2D>({
      classCounts,
      ...(tau === undefined ? {} : {tau}),
    });
    const prepared = await preparedStep(method, model, batch);
    const plain = await preparedStep(pgdTraining<tf.Tensor2D>(), model, batch);
    const {adversarial} = plain.objective;
    expect(numbers(prepared.objective.adversarial)).toEqual(numbers(adversarial));
    const expected = tf.tidy(() =>
      numbers(
        tf.mean(balancedSoftmax(model(adversarial), batch.labels, classCounts, {tau: tau ?? 1})),
      ),
    );
    expectClose([prepared.loss()], expected, 1e-7);
    prepared.dispose();
    plain.dispose();
  }
  const own = atBslTraining<tf.Tensor2D>({
    classCounts,
    attack: (_model, x) => tf.mul<tf.Tensor2D>(x, 2),
  });
  const {objective, dispose} = await preparedStep(own, model, batch);
  expect(numbers(objective.adversarial)).toEqual([1, 1]);
  dispose();
  tf.dispose([batch.x, batch.labels]);
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
