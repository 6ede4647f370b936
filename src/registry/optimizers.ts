import * as tf from '@tensorflow/tfjs-core';

import {withIdentity} from '../core/identity';
import {sgd} from '../optimizers/sgd';
import {boolean, entriesOf, number, type Table} from './entry';

type Make = () => tf.Optimizer;

const entry = entriesOf<object, Make>();

/** The optimizers; a schedule needs `sgd`. */
export const OPTIMIZERS = {
  sgd: entry(
    "stochastic gradient descent; the papers' 0.1, momentum 0.9, weight decay 5e-4",
    {
      ...{learningRate: number, momentum: number, weightDecay: number},
      ...{nesterov: boolean, dampening: number},
    },
    ({learningRate = 0.1, momentum = 0.9, weightDecay = 5e-4, ...rest}) => {
      const settings = {learningRate, momentum, weightDecay, ...rest};
      return withIdentity(() => sgd(settings), {name: 'sgd', ...settings});
    },
  ),
  adam: entry(
    "tfjs's Adam, at a constant rate",
    {learningRate: number, beta1: number, beta2: number, epsilon: number},
    ({learningRate = 0.001, beta1, beta2, epsilon}) =>
      () =>
        tf.train.adam(learningRate, beta1, beta2, epsilon),
  ),
} satisfies Table<object, Make>;
