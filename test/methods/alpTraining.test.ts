import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {Attack} from '../../src/core/attack';
import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {alpTraining} from '../../src/methods/alpTraining';
import {linearModel, seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

const softplus = (s: number) => Math.log(1 + Math.exp(s));

describe('alpTraining', () => {
  it('is the mean of both losses and λ times the mean squared distance of the logits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({min: -2, max: 2, noNaN: true}),
        fc.double({min: -1, max: 1, noNaN: true}),
        fc.double({min: 0, max: 4, noNaN: true}),
        async (x, shift, lambda) => {
          // Logits (x, -x): the loss of class 0 is softplus(-2x), a pair is 2 shift apart in each.
          const model = linearModel([[1], [-1]], [0, 0]);
          const attack: Attack<Vectors> = (_, input) => tf.add<Vectors>(input, shift);
          const batch = {x: tf.tensor2d([[x]]), labels: int([0])};
          const method = alpTraining<Vectors>({lambda, attack});
          const {loss, dispose} = await preparedStep(method, model, batch);
          const right = (softplus(-2 * x) + softplus(-2 * (x + shift))) / 2;
          expectClose([loss()], [right + lambda * shift ** 2], 1e-5);
          dispose();
          tf.dispose({...batch});
        },
      ),
      {numRuns: 25},
    );
  });

  it('takes another loss, of both inputs', async () => {
    const w = seeded<tf.Rank.R2>([3, 4], 4, 2);
    const model = (input: Vectors): tf.Tensor2D => tf.matMul(input, w);
    const batch = {x: seeded<tf.Rank.R2>([4, 3], 2), labels: int([0, 1, 2, 3])};
    const counts = [40, 20, 10, 5];
    const attack: Attack<Vectors> = (_, x) => tf.neg(x);
    const method = alpTraining<Vectors>({
      ...{lambda: 0, attack},
      loss: (z, y) => balancedSoftmax(z, y, counts),
    });
    const {loss, dispose} = await preparedStep(method, model, batch);
    const expected = tf.tidy(() => {
      const both = [batch.x, tf.neg<Vectors>(batch.x)].map((input) =>
        tf.mean(balancedSoftmax(model(input), batch.labels, counts)),
      );
      return numbers(tf.mean(tf.stack(both)));
    });
    expectClose([loss()], expected, 1e-6);
    dispose();
    tf.dispose([batch.x, batch.labels, w]);
  });

  it('refuses options out of range', () => {
    expect(() => alpTraining({lambda: -1})).toThrow(/^alpTraining: "lambda"/);
    expect(() => alpTraining({attackMode: 'eval' as 'training'})).toThrow(/"attackMode"/);
  });
});
