import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {crossEntropy} from '../../src/losses/crossEntropy';
import {harlLoss} from '../../src/losses/harlLoss';
import {harlTraining} from '../../src/methods/harlTraining';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

describe('harlTraining', () => {
  it('descends clean cross-entropy first, then HARL on adversarial inputs', async () => {
    const w = seeded<tf.Rank.R2>([3, 4], 5, 2);
    const model = (x: Vectors): tf.Tensor2D => tf.matMul(x, w);
    const batch = {x: seeded<tf.Rank.R2>([4, 3], 2), labels: int([0, 1, 2, 0])};
    const method = harlTraining<Vectors>({
      ...{cleanEpochs: 3, meanWeight: 0.5},
      attack: (_, x) => tf.add<Vectors>(x, 0.1),
    });
    const lossIn = async (epoch: number) => {
      const {loss, dispose} = await preparedStep(method, model, batch, {epoch, epochs: 9});
      const value = loss();
      dispose();
      return value;
    };
    const [clean, robust] = tf.tidy(() => [
      numbers(tf.mean(crossEntropy(model(batch.x), batch.labels))),
      numbers(tf.mean(harlLoss(model(tf.add(batch.x, 0.1)), batch.labels, {meanWeight: 0.5}))),
    ]) as [number[], number[]];
    expectClose([await lossIn(3)], clean, 1e-6);
    expectClose([await lossIn(4)], robust, 1e-6);
  });

  it('refuses options out of range', () => {
    expect(() => harlTraining({cleanEpochs: -1})).toThrow(/^harlTraining: "cleanEpochs"/);
    expect(() => harlTraining({shareWeight: -1})).toThrow(/^harlTraining: "shareWeight"/);
    expect(() => harlTraining({passes: 'all' as 'shared'})).toThrow(/"passes"/);
    expect(() => harlTraining({attackMode: 'eval' as 'training'})).toThrow(/"attackMode"/);
  });
});
