import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ldamLoss} from '../../src/losses/ldamLoss';
import {ldamTraining} from '../../src/methods/ldamTraining';
import {effectiveNumberWeights} from '../../src/samplers/effectiveNumberWeights';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

describe('ldamTraining', () => {
  it('weighs all alike for four fifths of the epochs, then by effective numbers', async () => {
    const w = seeded<tf.Rank.R2>([3, 3], 5, 2);
    const model = (x: Vectors): tf.Tensor2D => tf.matMul(x, w);
    const batch = {x: seeded<tf.Rank.R2>([4, 3], 2), labels: int([0, 1, 2, 0])};
    const classCounts = [90, 30, 10];
    const method = ldamTraining<Vectors>({classCounts, attack: (_, x) => tf.clone(x)});
    const expected = (classWeights?: number[]) =>
      tf.tidy(() =>
        numbers(
          tf.mean(ldamLoss(model(batch.x), batch.labels, classCounts, {scale: 1, classWeights})),
        ),
      );
    for (const [epoch, weights] of [
      [8, undefined],
      [9, effectiveNumberWeights(classCounts)],
    ] as const) {
      const {loss, dispose} = await preparedStep(method, model, batch, {epoch, epochs: 10});
      expectClose([loss()], expected(weights), 1e-6);
      dispose();
    }
  });

  it('refuses options out of range', () => {
    const call = (options: object) => ldamTraining({classCounts: [5, 2], ...options});
    for (const name of ['maxMargin', 'power', 'plainShare', 'beta']) {
      expect(() => call({[name]: -1})).toThrow(new RegExp(`^ldamTraining: "${name}"`));
    }
    expect(() => call({scale: 0})).toThrow(/"scale"/);
    expect(() => call({classCounts: [0, 1]})).toThrow(/"classCounts"/);
    expect(() => call({attackMode: 'eval'})).toThrow(/"attackMode"/);
    const none = {} as Parameters<typeof ldamTraining>[0];
    expect(() => ldamTraining(none)).toThrow(
      /^ldamTraining: "classCounts" must have one count for each class, found 0 counts/,
    );
  });
});
