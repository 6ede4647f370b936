import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {martLoss} from '../../src/losses/martLoss';
import {martTraining} from '../../src/methods/martTraining';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

describe('martTraining', () => {
  it('descends the loss of MART on what the attack made, which has no loss of its own', async () => {
    const w = seeded<tf.Rank.R2>([3, 4], 5, 2);
    const model = (x: Vectors): tf.Tensor2D => tf.matMul(x, w);
    const batch = {x: seeded<tf.Rank.R2>([4, 3], 2), labels: int([0, 1, 2, 3])};
    const losses: unknown[] = [];
    const method = martTraining<Vectors>({
      lambda: 3,
      attack: (_, x, _labels, context) => {
        losses.push(context?.loss);
        return tf.add<Vectors>(x, 0.1);
      },
    });
    const {loss, dispose} = await preparedStep(method, model, batch);
    const expected = tf.tidy(() =>
      numbers(
        tf.mean(martLoss(model(batch.x), model(tf.add(batch.x, 0.1)), batch.labels, {lambda: 3})),
      ),
    );
    expectClose([loss()], expected, 1e-6);
    expect(losses).toEqual([undefined]);
    dispose();
  });

  it('refuses options out of range', () => {
    expect(() => martTraining({lambda: -1})).toThrow(/^martTraining: "lambda"/);
    expect(() => martTraining({attackMode: 'eval' as 'training'})).toThrow(/"attackMode"/);
  });
});
