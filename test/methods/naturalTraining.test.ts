import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {naturalTraining} from '../../src/methods/naturalTraining';
import {linearModel} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int} from '../support/tensors';

const model = linearModel([[1], [-1]], [0, 0]);

it('is the mean of the loss on the clean inputs', async () => {
  const batch = {x: tf.tensor2d([[0], [1]]), labels: int([0, 1])};
  const natural = await preparedStep(naturalTraining<tf.Tensor2D>(), model, batch);
  expect(natural.objective.adversarial).toBe(batch.x);
  expectClose([natural.loss()], [(Math.log(2) + Math.log(1 + Math.exp(2))) / 2]);
  const squares = naturalTraining<tf.Tensor2D>({loss: (logits) => tf.sum(tf.square(logits), 1)});
  expectClose([(await preparedStep(squares, model, batch)).loss()], [1]);
  expect(() => naturalTraining({los: 1} as object)).toThrow(/naturalTraining: "los" must/);
  tf.dispose({...batch});
});
