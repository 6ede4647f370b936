import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {isAdjustable, learningRateOf} from '../../src/optimizers/learningRate';
import {sgd} from '../../src/optimizers/sgd';

it('knows which optimizers a schedule can steer, and their rates', () => {
  const own = sgd({learningRate: 0.3});
  const plain = tf.train.sgd(0.2);
  const adam = tf.train.adam(0.01);
  expect([own, plain, adam].map(isAdjustable)).toEqual([true, true, false]);
  expect([own, plain, adam].map(learningRateOf)).toEqual([0.3, 0.2, 0.01]);
  expect(learningRateOf({} as tf.Optimizer)).toBeNaN();
  expect(isAdjustable({setLearningRate: 1} as unknown as tf.Optimizer)).toBe(false);
  own.dispose();
  plain.dispose();
  adam.dispose();
});
