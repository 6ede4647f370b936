import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {naturalTraining} from '../../src/methods/naturalTraining';
import {linearModel} from '../support/models';
import {expectClose, int} from '../support/tensors';

const context = {epoch: 1, epochs: 1, step: 1};
const model = linearModel([[1], [-1]], [0, 0]);

it('is the mean of the loss on the clean inputs', () => {
  const batch = {x: tf.tensor2d([[0], [1]]), labels: int([0, 1])};
  const natural = naturalTraining<tf.Tensor2D>();
  expect(natural.prepare(model, batch, context)).toEqual({});
  const loss = tf.tidy(() => natural.loss(model, batch, {}, context));
  expectClose(loss, [(Math.log(2) + Math.log(1 + Math.exp(2))) / 2]);
  const own = naturalTraining<tf.Tensor2D>({loss: (logits) => tf.sum(tf.square(logits), 1)});
  expectClose(
    tf.tidy(() => own.loss(model, batch, {}, context)),
    [1],
  );
  expect(() => naturalTraining({los: 1} as object)).toThrow(/naturalTraining: "los" must/);
});
