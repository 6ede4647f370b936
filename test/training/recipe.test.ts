import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {naturalTraining} from '../../src/methods/naturalTraining';
import {multiStep} from '../../src/optimizers/schedules';
import {completeRecipe, makeOptimizer, paperSgd, type Recipe} from '../../src/training/recipe';
import {expectNoLeak} from '../support/tensors';

const method = naturalTraining();

describe('completeRecipe', () => {
  it('fills in the defaults', () => {
    expect(completeRecipe('here', {method})).toEqual({
      ...{method, epochs: 100, batchSize: 128, dropLast: false, optimizer: paperSgd},
      ...{schedule: undefined, batches: undefined, augment: undefined},
      ...{bnVariance: 'biased', regularizers: true},
    });
  });

  it.each([
    [{}, /here: "method" must be a training method, an object with `objective`, found undefined/],
    [{method: {prepare: 1}}, /here: "method" must be a training method/],
    [{method, epochs: 0}, /here: "epochs" must be an integer >= 1, found 0/],
    [{method, epochs: 1.5}, /here: "epochs" must be an integer/],
    [{method, batchSize: 0}, /here: "batchSize" must be an integer >= 1, found 0/],
    [{method, batchsize: 3}, /here: "batchsize" must be .* Did you mean "batchSize"\?/],
    [{method, optimizer: {}}, /"optimizer" must be a function that makes an optimizer/],
  ])('refuses %j', (recipe, message) => {
    expect(() => completeRecipe('here', recipe as unknown as Recipe)).toThrow(message);
  });
});

describe('makeOptimizer', () => {
  const schedule = multiStep({milestones: []});
  const make = (recipe: Partial<Recipe>) =>
    makeOptimizer('here', completeRecipe('here', {method, ...recipe}));

  it('makes what the recipe says', () => {
    const optimizer = make({schedule});
    expect(optimizer.getConfig()).toMatchObject({
      ...{learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4},
    });
    const adam = make({optimizer: () => tf.train.adam(0.1)});
    expect(adam.getClassName()).toBe('Adam');
    adam.dispose();
    optimizer.dispose();
  });

  it('refuses one that the schedule cannot steer, or that cannot be saved, and frees it', async () => {
    await expectNoLeak(() => {
      expect(() => make({schedule, optimizer: () => tf.train.adam(0.1)})).toThrow(
        'here: "optimizer" must have setLearningRate, for there is a schedule, found none.',
      );
      expect(() => make({optimizer: () => tf.train.adamax(0.1)})).toThrow(
        /here: "optimizer" must have getWeights, found Adamax/,
      );
    });
  });
});
