import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {naturalTraining} from '../../src/methods/naturalTraining';
import {withExtraPass} from '../../src/methods/withExtraPass';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {int, numbers} from '../support/tensors';

describe('withExtraPass', () => {
  it('makes a pass at the clean inputs first, and changes no loss', async () => {
    const batch = {x: seeded<tf.Rank.R2>([2, 3], 2), labels: int([0, 1])};
    const plain = naturalTraining<tf.Tensor2D>();
    const passes: number[][] = [];
    const model = (x: tf.Tensor2D) => {
      passes.push(numbers(x));
      return x;
    };
    const expected = await preparedStep(plain, model, batch);
    const value = expected.loss();
    const {loss, dispose} = await preparedStep(withExtraPass(plain), model, batch);
    passes.length = 0;
    expect(loss()).toBe(value);
    expect(passes).toEqual([numbers(batch.x), numbers(batch.x)]);
    dispose();
  });
});
