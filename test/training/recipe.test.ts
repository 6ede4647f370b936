import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {naturalTraining} from '../../src/methods/naturalTraining';
import {multiStep} from '../../src/optimizers/schedules';
import {checkOptimizer, completeRecipe, paperSgd, type Recipe} from '../../src/training/recipe';

const method = naturalTraining();

describe('completeRecipe', () => {
  it('fills in the defaults', () => {
    expect(completeRecipe('here', {method})).toEqual({
      ...{method, epochs: 100, batchSize: 128, dropLast: false, optimizer: paperSgd},
      ...{schedule: undefined, batches: undefined, augment: undefined},
      ...{bnVariance: 'biased', regularizers: true, averaging: 'none', head: undefined},
      overfittingStop: undefined,
    });
  });

  it.each([
    [{}, /here: "method" must be a training method, an object with `objective`, found undefined/],
    [{method: {prepare: 1}}, /here: "method" must be a training method/],
    [{method, epochs: 0}, /here: "epochs" must be an integer >= 1, found 0/],
    [{method, epochs: 1.5}, /here: "epochs" must be an integer/],
    [{method, batchSize: 0}, /here: "batchSize" must be an integer >= 1, found 0/],
    [{method, batchsize: 3}, /here: "batchsize" must be .* Did you mean "batchSize"\?/],
    [{method, optimizer: {}}, /"optimizer" must be a function, .* Write optimizer: \(\) => sgd/],
  ])('refuses %j', (recipe, message) => {
    expect(() => completeRecipe('here', recipe as unknown as Recipe)).toThrow(message);
  });
});

describe('checkOptimizer', () => {
  const schedule = multiStep({milestones: []});

  it('takes sgd with a schedule', () => {
    const optimizer = paperSgd();
    expect(() => checkOptimizer('here', optimizer, schedule)).not.toThrow();
    optimizer.dispose();
  });

  it('refuses one that the schedule cannot steer, or that cannot be saved', () => {
    const [adam, adamax] = [tf.train.adam(0.1), tf.train.adamax(0.1)];
    expect(() => checkOptimizer('here', adam, undefined)).not.toThrow();
    expect(() => checkOptimizer('here', adam, schedule)).toThrow(
      'here: "optimizer" must have setLearningRate, for there is a schedule, found none.',
    );
    expect(() => checkOptimizer('here', adamax, undefined)).toThrow(
      /here: "optimizer" must have getWeights, found Adamax/,
    );
    adam.dispose();
    adamax.dispose();
  });
});
