import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {multiStep} from '../../src/optimizers/schedules';
import {sgd} from '../../src/optimizers/sgd';
import {isBetter, trainSettings, type TrainOptions} from '../../src/training/trainOptions';

const rng = createRng(1);

describe('trainSettings', () => {
  it('fills in the defaults', () => {
    expect(trainSettings({rng})).toEqual({
      ...{rng, epochs: 100, batchSize: 128, dropLast: false},
      ...{checkpointKey: 'train', phase: 'train'},
      ...Object.fromEntries(
        ['batches', 'optimizer', 'schedule', 'gradients', 'augment', 'evaluate', 'selectBy']
          .concat(['onEpoch', 'checkpoints', 'signal', 'onProgress'])
          .map((name) => [name, undefined]),
      ),
    });
  });

  it('accepts a schedule with an optimizer that has setLearningRate', () => {
    const schedule = multiStep({milestones: []});
    expect(trainSettings({rng, schedule}).schedule).toBe(schedule);
    const optimizer = sgd({learningRate: 1});
    expect(trainSettings({rng, schedule, optimizer}).optimizer).toBe(optimizer);
    const adam = tf.train.adam(0.1);
    expect(trainSettings({rng, optimizer: adam}).optimizer).toBe(adam);
    expect(() => trainSettings({rng, schedule, optimizer: adam})).toThrow(
      'train: "optimizer" must have setLearningRate, for there is a schedule, found none.',
    );
    adam.dispose();
  });

  it.each([
    [{}, /train: "rng" must be given, for training draws the order of the examples, found undef/],
    [{rng, epochs: 0}, /train: "epochs" must be an integer >= 1, found 0/],
    [{rng, epochs: 1.5}, /train: "epochs" must be an integer/],
    [{rng, batchSize: 0}, /train: "batchSize" must be an integer >= 1, found 0/],
    [{rng, selectBy: 'a'}, /train: "selectBy" must come with evaluate, found no evaluate/],
    [{rng, batchsize: 3}, /train: "batchsize" must be .* Did you mean "batchSize"\?/],
  ])('refuses %j', (options, message) => {
    expect(() => trainSettings(options as TrainOptions)).toThrow(message);
  });
});

describe('isBetter', () => {
  it('is strict, and false without a choice or a measurement', () => {
    expect(isBetter('a', {a: 0.5}, undefined)).toBe(true);
    expect(isBetter('a', {a: -3}, undefined)).toBe(true);
    expect(isBetter('a', {a: 0.5}, {a: 0.4})).toBe(true);
    expect(isBetter('a', {a: 0.5}, {a: 0.5})).toBe(false);
    expect(isBetter('a', {a: NaN}, undefined)).toBe(false);
    expect(isBetter('a', {}, undefined)).toBe(false);
    expect(isBetter(undefined, {a: 1}, undefined)).toBe(false);
    expect(() => isBetter('b', {a: 1, c: 2}, undefined)).toThrow(
      'train: "selectBy" must name a metric that evaluate returns (a, c), found "b".',
    );
  });
});
