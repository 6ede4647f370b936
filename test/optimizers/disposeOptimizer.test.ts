import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {disposeOptimizer} from '../../src/optimizers/disposeOptimizer';
import {sgd} from '../../src/optimizers/sgd';

it.each<[string, () => tf.Optimizer]>([
  ['sgd of lt-robust', () => sgd({learningRate: 0.1, momentum: 0.9})],
  ['sgd', () => tf.train.sgd(0.1)],
  ['momentum', () => tf.train.momentum(0.1, 0.9)],
  ['adam', () => tf.train.adam(0.1)],
  ['adamax', () => tf.train.adamax(0.1)],
  ['adagrad', () => tf.train.adagrad(0.1)],
  ['adadelta', () => tf.train.adadelta(0.1)],
  ['rmsprop', () => tf.train.rmsprop(0.1)],
])('leaves nothing of %s', (_, make) => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const before = tf.memory().numTensors;
  const optimizer = make();
  const gradient = tf.tensor1d([0.5, 0.5]);
  optimizer.applyGradients([{name: variable.name, tensor: gradient}]);
  gradient.dispose();
  disposeOptimizer(optimizer);
  expect(tf.memory().numTensors).toBe(before);
  variable.dispose();
});
