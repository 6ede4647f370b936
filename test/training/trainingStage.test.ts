import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {naturalTraining} from '../../src/methods/naturalTraining';
import type {Schedule} from '../../src/optimizers/schedules';
import {createStage, runStage, type StageOptions} from '../../src/training/trainingStage';
import {cornerDataset, denseNet} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

type Vectors = tf.Tensor2D;

const defaults = {epochs: 30, batchSize: 32};
const make = (options: StageOptions<Vectors> = {}) =>
  createStage<Vectors>('here', defaults, options);
const drops = (schedule: Schedule | undefined, epochs: number) =>
  Array.from({length: epochs}, (_, i) => i + 1).filter(
    (epoch) =>
      epoch > 1 &&
      schedule?.({epoch, epochs, step: 1, stepsPerEpoch: 1}) !==
        schedule?.({epoch: epoch - 1, epochs, step: 1, stepsPerEpoch: 1}),
  );

describe('createStage', () => {
  it('fills in SGD and milestones at 0.75 and 0.9 of the epochs', () => {
    const {options, optimizer} = make();
    expect(optimizer).toEqual({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4});
    expect(options).toMatchObject({epochs: 30, batchSize: 32, dropLast: true});
    expect(drops(options.schedule, 30)).toEqual([23, 27]);
    expect(drops(make({epochs: 100}).options.schedule, 100)).toEqual([75, 90]);
    expect(make({epochs: 1}).options.epochs).toBe(1); // both milestones fall on epoch 1
    const first = options.schedule?.({epoch: 1, epochs: 30, step: 1, stepsPerEpoch: 1});
    expect(first).toBe(0.1);
  });

  it('takes others', () => {
    expect(drops(make({milestones: [4, 6]}).options.schedule, 8)).toEqual([4, 6]);
    const schedule = () => 0.5;
    expect(make({schedule}).options.schedule).toBe(schedule);
    const rate = make({learningRate: 0.4}).options.schedule;
    expect(rate?.({epoch: 1, epochs: 30, step: 1, stepsPerEpoch: 1})).toBe(0.4);
  });

  it.each<[StageOptions<Vectors>, RegExp]>([
    [{epochs: 0}, /here: "epochs" must be an integer >= 1/],
    [{batchSize: 0}, /here: "batchSize" must be an integer >= 1/],
    [{learningRate: -1}, /here: "learningRate" must be .* >= 0/],
    [{momentum: -1}, /here: "momentum" must be .* >= 0/],
    [{weightDecay: -1}, /here: "weightDecay" must be .* >= 0/],
    [{milestones: [2, 1]}, /"milestones" must be ascending/],
    [{epoch: 1} as object, /here: "epoch" must be one of its options/],
  ])('refuses %j', (options, message) => {
    expect(() => make(options)).toThrow(message);
  });
});

it('runStage trains with an optimizer of its own and frees it', async () => {
  const model = denseNet();
  const stage = make({epochs: 2, batchSize: 4});
  await expectNoLeak(async () => {
    const rng = createRng(1);
    const method = naturalTraining<Vectors>();
    const result = await runStage(stage, model, method, cornerDataset([4, 3, 2]), {rng});
    expect(result.history.length).toBe(2);
  });
  model.dispose();
});
