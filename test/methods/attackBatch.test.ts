import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack, AttackContext} from '../../src/core/attack';
import type {Batch} from '../../src/core/dataset';
import type {Loss} from '../../src/core/loss';
import {createRng, type Rng} from '../../src/core/rng';
import type {TrainingStep} from '../../src/core/trainingMethod';
import {attackBatch, trainingAttack} from '../../src/methods/attackBatch';
import {linearModel} from '../support/models';
import {asBothModes} from '../support/preparedSteps';
import {int, numbers} from '../support/tensors';

const model = linearModel(
  [
    [1, -2],
    [-1, 1],
  ],
  [0, 0],
);
// What attackBatch needs of a step; it owns nothing here, so that the test disposes.
const stepOf = (batch: Batch<tf.Tensor2D>, rng?: Rng): TrainingStep<tf.Tensor2D> => ({
  ...{epoch: 2, epochs: 3, step: 5, memory: null, model: asBothModes(model), batch, rng},
  own: (tensors) => tensors,
});

describe('trainingAttack', () => {
  it('is PGD with 8/255, ten steps of 2/255, from x without randomness', () => {
    const x = tf.tensor2d([[0.5, 0.5]]);
    const labels = int([0]);
    const adversarial = trainingAttack<tf.Tensor2D>()(model, x, labels) as tf.Tensor2D;
    const options = {epsilon: 8 / 255, stepSize: 2 / 255, steps: 10};
    const expected = pgdAttack(model, x, labels, options);
    expect(numbers(adversarial)).toEqual(numbers(expected));
    const random = trainingAttack<tf.Tensor2D>()(model, x, labels, {rng: createRng(3)});
    const start = pgdAttack(model, x, labels, {...options, rng: createRng(3)});
    expect(numbers(random as tf.Tensor2D)).toEqual(numbers(start));
    tf.dispose([x, labels, adversarial, expected, random as tf.Tensor2D, start]);
  });

  it('checks the values of its first batch, and of no other', () => {
    const wrong = tf.tensor2d([[7, 7]]);
    const right = tf.tensor2d([[0.5, 0.5]]);
    const labels = int([0]);
    const attack = trainingAttack<tf.Tensor2D>();
    expect(() => attack(model, wrong, labels)).toThrow(/"x" must be finite and inside clip/);
    expect(() => attack(model, wrong, labels)).toThrow(/"x"/);
    tf.dispose(attack(model, right, labels) as tf.Tensor2D);
    const adversarial = attack(model, wrong, labels) as tf.Tensor2D;
    expect(adversarial.shape).toEqual([1, 2]);
    tf.dispose([wrong, right, labels, adversarial]);
  });
});

describe('attackBatch', () => {
  it("hands on where training stands, the loss, and a stream of the step's randomness", async () => {
    const seen: (AttackContext | undefined)[] = [];
    const spy: Attack<tf.Tensor2D> = (_model, x, _labels, given) => {
      seen.push(given);
      return tf.clone(x);
    };
    const batch = {x: tf.tensor2d([[0, 1]]), labels: int([0])};
    const loss: Loss = (z) => tf.sum(z, 1);
    (await attackBatch(stepOf(batch), spy)).dispose();
    (await attackBatch(stepOf(batch, createRng(4)), spy, {loss})).dispose();
    expect(seen[0]).toEqual({position: {epoch: 2, epochs: 3, step: 5}});
    expect(Object.keys(seen[0] ?? {})).toEqual(['position']); // nothing that is undefined
    expect(seen[1]?.loss).toBe(loss);
    expect(seen[1]?.rng?.uniform()).toBe(createRng(4).fork('attack').uniform());
    tf.dispose({...batch});
  });

  it("never returns the batch's own tensor", async () => {
    const batch = {x: tf.tensor2d([[0, 1]]), labels: int([0])};
    const same = await attackBatch(stepOf(batch), (_model, x) => x);
    expect(same).not.toBe(batch.x);
    same.dispose();
    expect(numbers(batch.x)).toEqual([0, 1]);
    tf.dispose({...batch});
  });
});
