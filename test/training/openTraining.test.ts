import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {memoryCheckpoints, type CheckpointStore} from '../../src/core/checkpoint';
import {isCheckpointMismatchError} from '../../src/core/errors';
import {createRng} from '../../src/core/rng';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {atBslTraining} from '../../src/methods/atBslTraining';
import {distillation} from '../../src/methods/distillation';
import {gradientMatching} from '../../src/methods/gradientMatching';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {cosine, multiStep} from '../../src/optimizers/schedules';
import {sgd} from '../../src/optimizers/sgd';
import type {Recipe} from '../../src/training/recipe';
import {train} from '../../src/training/train';
import {onWasm} from '../kernels/support';
import {bitsOf, cornerDataset, denseNet} from '../support/trainings';
import {expectNoLeak} from '../support/tensors';

type Vectors = tf.Tensor2D;

const counts = [6, 4, 2];
const dataset = cornerDataset(counts);
// A closure's epsilon cannot be seen from outside.
const attackOf =
  (epsilon: number): Attack<Vectors> =>
  (model, x, labels, context) =>
    pgdAttack(model, x, labels, {...context, epsilon, steps: 2, checkValues: false});
const jitterOf = (size: number) => (x: Vectors, rng: {uniform(): number}) =>
  tf.add<Vectors>(x, size * (rng.uniform() - 0.5));
const teacher = denseNet({seed: 9});
const other = denseNet({seed: 8});

interface Case {
  readonly recipe?: Partial<Recipe<Vectors>>;
  readonly data?: typeof dataset;
  readonly seed?: number;
  readonly modelSeed?: number;
  readonly checkpoints?: CheckpointStore | undefined;
  readonly stopAfter?: number;
}

const base: Recipe<Vectors> = {
  method: pgdTraining({attack: attackOf(0.05)}),
  ...{epochs: 3, batchSize: 4, augment: jitterOf(0.1)},
  optimizer: () => sgd({learningRate: 0.1, momentum: 0.9}),
  schedule: multiStep({milestones: [2]}),
};

async function run({recipe, data = dataset, seed = 5, modelSeed = 1, ...rest}: Case = {}) {
  const model = denseNet({seed: modelSeed});
  const {checkpoints, stopAfter} = rest;
  try {
    const result = await train(
      model,
      data,
      {...base, ...recipe},
      {
        ...{rng: createRng(seed), checkpoints},
        onEpoch: ({epoch}) => {
          if (epoch === stopAfter) throw new Error('power cut');
        },
      },
    );
    return {result, bits: await bitsOf(model)};
  } finally {
    model.dispose();
  }
}

// A store with a training that was cut after epoch 2 of 3.
async function cut(first: Case = {}): Promise<CheckpointStore> {
  const checkpoints = memoryCheckpoints();
  await expect(run({...first, checkpoints, stopAfter: 2})).rejects.toThrow('power cut');
  return checkpoints;
}

onWasm('a checkpoint of other kernels', () => {
  it('goes on, and the result says so', async () => {
    const checkpoints = await cut();
    const undo = await registerGradientKernels({simd: 'plain'});
    const {result} = await run({checkpoints}).finally(undo);
    expect(result.computedOn).toEqual(['wasm, composed kernels', 'wasm, plain SIMD kernels']);
    expect(result.notes).toEqual([
      'Epoch 2 was computed on wasm, composed kernels, what follows on wasm, plain SIMD kernels: the ' +
        'last digits of an uninterrupted training would be others.',
    ]);
  });
});

describe('a checkpoint of the same training', () => {
  it.each<[string, Partial<Recipe<Vectors>>]>([
    ['PGD-AT', {}],
    ['matching', {method: gradientMatching(base.method, {teacher, alpha: 2})}],
    ['plain SGD of tfjs, no schedule', {optimizer: () => tf.train.sgd(0.1), schedule: undefined}],
  ])('%s goes on bit for bit', async (_, recipe) => {
    const whole = await run({recipe});
    const checkpoints = await cut({recipe});
    await expectNoLeak(() => expect(run({recipe, checkpoints})).resolves.toEqual(whole));
    expect(whole.result.notes).toEqual([]);
  });

  it('goes on with the very model that the aborted training left, but not with a changed one', async () => {
    const whole = await run();
    const checkpoints = memoryCheckpoints();
    const model = denseNet();
    const attempt = (onEpoch?: () => void) =>
      train(model, dataset, base, {rng: createRng(5), checkpoints, onEpoch});
    const stop = () => {
      throw new Error('power cut');
    };
    await expect(attempt(stop)).rejects.toThrow('power cut');
    await expect(attempt(stop)).rejects.toThrow('power cut');
    expect(await attempt()).toEqual(whole.result);
    expect(await bitsOf(model)).toEqual(whole.bits);
    const weights = model.getWeights().map((weight) => tf.add(weight, 1));
    model.setWeights(weights);
    await expect(attempt()).rejects.toThrow(/initial weights was/);
    tf.dispose(weights);
    model.dispose();
  });
});

describe('a checkpoint of another training is refused', () => {
  const adversarial = (epsilon: number) => pgdTraining({attack: attackOf(epsilon)});
  const otherData = cornerDataset(counts, 6);

  it.each<[string, Case, RegExp]>([
    ['method', {recipe: {method: naturalTraining()}}, /method\.name was "pgdTraining" and is "nat/],
    [
      'epsilon in a closure',
      {recipe: {method: adversarial(0.1)}},
      /on a few examples was .* and is/,
    ],
    [
      'loss',
      {recipe: {method: pgdTraining({attack: attackOf(0.05), loss: (z) => tf.sum(z, 1)})}},
      /method\.loss was/,
    ],
    [
      'learning rate',
      {recipe: {schedule: multiStep({learningRate: 0.2, milestones: [2]})}},
      /rate of/,
    ],
    [
      'momentum',
      {recipe: {optimizer: () => sgd({learningRate: 0.1, momentum: 0.8})}},
      /optimizer\.momentum was 0\.9 and is 0\.8/,
    ],
    [
      'optimizer',
      {recipe: {optimizer: () => tf.train.sgd(0.1), schedule: undefined}},
      /optimizer\.name was "LtRobustSgd" and is "SGD"/,
    ],
    ['schedule', {recipe: {schedule: cosine()}}, /learning rate of each epoch was \[0\.1,0\.01/],
    ['data of the same size', {data: otherData}, /data\.sample was/],
    [
      'labels',
      {data: {...dataset, labels: dataset.labels.map((label, i) => (i === 0 ? 1 : label))}},
      /data\.labels was/,
    ],
    ['augmentation', {recipe: {augment: (x) => tf.mul<Vectors>(x, 0.9)}}, /augment was "function/],
    ['no augmentation', {recipe: {augment: undefined}}, /augment was "function.* and is "none"/],
    ['augmentation in a closure', {recipe: {augment: jitterOf(0.2)}}, /on a few examples was/],
    ['initial weights', {modelSeed: 2}, /initial weights was/],
    ['seed', {seed: 6}, /seed was/],
    ['batch size', {recipe: {batchSize: 6}}, /batchSize was 4 and is 6/],
    ['dropLast', {recipe: {dropLast: true}}, /dropLast was false and is true/],
    ['batches', {recipe: {batches: () => [[0, 1, 7, 11]]}}, /batches was "shuffled"/],
  ])('%s', async (_, second, message) => {
    const checkpoints = await cut();
    const before = await checkpoints.load('train');
    await expectNoLeak(async () => {
      const error: unknown = await run({...second, checkpoints}).catch((reason: unknown) => reason);
      expect(isCheckpointMismatchError(error)).toBe(true);
      expect(String(error)).toMatch(message);
    });
    expect(await checkpoints.load('train')).toEqual(before);
  });

  it('teacher, and the options of wrappers', async () => {
    const matching = gradientMatching(base.method, {teacher, alpha: 2, schedule: 'constant'});
    const checkpoints = await cut({recipe: {method: matching}});
    const rivals: [Recipe<Vectors>['method'], RegExp][] = [
      [
        gradientMatching(base.method, {teacher: other, alpha: 2, schedule: 'constant'}),
        /teacher was/,
      ],
      [
        gradientMatching(base.method, {teacher, alpha: 3, schedule: 'constant'}),
        /alpha was 2 and is 3/,
      ],
      [distillation(base.method, {teacher}), /method\.name was "gradientMatching" and is "dist/],
      [
        gradientMatching(atBslTraining({classCounts: counts, attack: attackOf(0.05)}), {
          ...{teacher, alpha: 2, schedule: 'constant'},
        }),
        /method\.base\.name was "pgdTraining" and is "atBslTraining"/,
      ],
    ];
    for (const [method, message] of rivals) {
      await expect(run({recipe: {method}, checkpoints})).rejects.toThrow(message);
    }
  });

  it('and the model is then as it was', async () => {
    const checkpoints = await cut();
    const model = denseNet();
    const before = await bitsOf(model);
    const recipe = {...base, method: adversarial(0.1)};
    await expect(train(model, dataset, recipe, {rng: createRng(5), checkpoints})).rejects.toThrow(
      /is of another run/,
    );
    expect(await bitsOf(model)).toEqual(before);
    model.dispose();
  });
});

describe('a training is prolonged', () => {
  it('where its epochs so far do not depend on its length, and says so', async () => {
    const checkpoints = memoryCheckpoints();
    const short = await run({checkpoints});
    const longer = {recipe: {epochs: 5}};
    const prolonged = await run({...longer, checkpoints});
    const whole = await run(longer);
    expect(prolonged.bits).toEqual(whole.bits);
    expect(prolonged.result).toEqual({...whole.result, notes: prolonged.result.notes});
    expect(prolonged.result.notes).toEqual([
      'A training of 3 epochs was prolonged to 5 after epoch 3; its epochs so far do not depend on ' +
        'the length.',
    ]);
    expect(prolonged.result.history.slice(0, 3)).toEqual(short.result.history);
  });

  it.each<[string, Partial<Recipe<Vectors>>, RegExp]>([
    ['a cosine over the run', {schedule: cosine()}, /learning rate of each epoch was/],
    [
      'a weight that grows to the end',
      {method: gradientMatching(base.method, {teacher, alpha: 2})},
      /epochs was 3 and is 5/,
    ],
  ])('not with %s', async (_, recipe, message) => {
    const checkpoints = memoryCheckpoints();
    await run({recipe, checkpoints});
    await expect(run({recipe: {...recipe, epochs: 5}, checkpoints})).rejects.toThrow(message);
  });

  it('with a weight that is constant', async () => {
    const method = gradientMatching(base.method, {teacher, alpha: 2, schedule: 'constant'});
    const checkpoints = memoryCheckpoints();
    await run({recipe: {method}, checkpoints});
    const prolonged = await run({recipe: {method, epochs: 4}, checkpoints});
    expect(prolonged.bits).toEqual((await run({recipe: {method, epochs: 4}})).bits);
  });
});

it('with dropout, whose chance has no seed, still goes on', async () => {
  const {layers, sequential} = await import('@tensorflow/tfjs-layers');
  const model = sequential({
    layers: [
      layers.dense({inputShape: [3], units: 8, kernelInitializer: 'ones'}),
      layers.dropout({rate: 0.5}),
      layers.dense({units: 3, kernelInitializer: 'ones'}),
    ],
  });
  const checkpoints = memoryCheckpoints();
  const recipe = {...base, method: naturalTraining<Vectors>(), augment: undefined};
  const attempt = (onEpoch?: () => void) =>
    train(model, dataset, recipe, {rng: createRng(5), checkpoints, onEpoch});
  await expect(
    attempt(() => {
      throw new Error('power cut');
    }),
  ).rejects.toThrow('power cut');
  expect((await attempt()).history.length).toBe(3);
  model.dispose();
});
