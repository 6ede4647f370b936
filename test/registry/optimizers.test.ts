import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {sgd} from '../../src/optimizers/sgd';
import {OPTIMIZERS} from '../../src/registry/optimizers';
import {recipe} from '../support/registered';

const all = {learningRate: 0.2, momentum: 0.8, weightDecay: 1e-4, nesterov: true, dampening: 0};

describe('the optimizers of the registry', () => {
  it.each([
    [undefined, () => sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4})],
    ['sgd', () => sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4})],
    [{name: 'sgd', ...all}, () => sgd(all)],
    ['adam', () => tf.train.adam(0.001)],
    [
      {name: 'adam', learningRate: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 1e-6},
      () => tf.train.adam(0.01, 0.8, 0.9, 1e-6),
    ],
  ] as const)('%j', (optimizer, make) => {
    const [made, meant] = [recipe({optimizer}).optimizer?.(), make()];
    expect(made?.getClassName()).toBe(meant.getClassName());
    expect(made?.getConfig()).toEqual(meant.getConfig());
    made?.dispose();
    meant.dispose();
  });
});

it('each entry says what it is', () => {
  for (const {what} of Object.values(OPTIMIZERS)) expect(what).toMatch(/^\S.{8}/);
});
