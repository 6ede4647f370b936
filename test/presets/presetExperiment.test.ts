import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {asTrainableClassifier} from '../../src/core/classifier';
import {disposeAfter} from '../../src/core/memory';
import {createRng} from '../../src/core/rng';
import {presetExperiment} from '../../src/presets/presetExperiment';
import {presetRecipe} from '../../src/presets/presetRecipe';
import {checkExperiment} from '../../src/registry/checkExperiment';
import {preset, presets} from '../../src/presets/presets';
import {presetNetwork} from '../../src/presets/presetNetwork';
import {scaleStage} from '../../src/presets/scalePreset';
import type {Preset, PresetStage} from '../../src/presets/preset';
import {studentOf} from '../support/preparedSteps';

const tiny = (stage: PresetStage): PresetStage =>
  scaleStage(stage, {network: {name: 'resnet18', width: 1}, attackSteps: 2});

// One preset for each kind of training that there is.
const kinds = new Map<string, Preset>(
  presets()
    .filter(({dataset}) => dataset.numClasses === 10)
    .map((one) => [
      `${one.main.method.name} ${one.main.wrappers.map(({name}) => name).join('+')}`,
      one,
    ]),
);

/** The adversarial batch and the loss of one step. */
function step(stage: PresetStage) {
  return disposeAfter(async (own) => {
    const model = presetNetwork(stage, {inputShape: [8, 8, 3], numClasses: 10, seed: 3});
    const teacher = presetNetwork(stage, {inputShape: [8, 8, 3], numClasses: 10, seed: 4});
    const x = own(tf.randomUniform<tf.Rank.R4>([4, 8, 8, 3], 0, 1, 'float32', 5));
    const labels = own(tf.tensor1d([0, 1, 2, 9], 'int32'));
    const counts = Array.from({length: 10}, (_, c) => 100 - 9 * c);
    const all = Int32Array.from(counts.flatMap((count, c) => Array<number>(count).fill(c)));
    const classify = (z: tf.Tensor4D) => teacher.apply(z, {training: false}) as tf.Tensor2D;
    const dataset = {labels: all, numClasses: 10};
    const {method} = presetRecipe(stage, {dataset, teacher: classify});
    const trainable = asTrainableClassifier<tf.Tensor4D>(model, 'test');
    const objective = await method.objective({
      ...{model: trainable, batch: {x, labels, exampleIds: Int32Array.of(0, 1, 2, 3)}},
      ...{epoch: 1, epochs: 2, step: 1, rng: createRng(1)},
      ...{memory: method.memory?.initial ?? null, own},
    });
    const loss = own(objective.loss(studentOf(trainable.training)));
    const moved = own(tf.max(tf.abs(tf.sub(objective.adversarial, x))));
    const values = {loss: (await loss.data())[0], moved: (await moved.data())[0]};
    model.dispose();
    teacher.dispose();
    return values;
  });
}

const dataset = {labels: Int32Array.of(0, 0, 1, 2), numClasses: 3};

describe('the methods of presets', () => {
  it('are of every kind', () => {
    expect([...kinds.keys()].sort()).toEqual([
      ...['at-bsl ', 'at-bsl gradient-matching', 'mart ', 'natural ', 'pgd-at ', 'reat '],
      ...['robal ', 'trades ', 'trades awp'],
    ]);
  });

  it.each([...kinds])('%s: attacks within its radius and has a finite loss', async (_, one) => {
    const stage = tiny(one.main);
    const {loss, moved} = await step(stage);
    expect(loss).toBeGreaterThan(0);
    expect(loss).toBeLessThan(1e3);
    const radius = stage.attack?.epsilon ?? 0;
    expect(moved).toBeLessThanOrEqual(radius + 1e-6);
    // It reaches the edge of the ball, or does not move at all without an attack.
    expect(moved).toBeGreaterThanOrEqual(0.99 * radius);
  });

  it('ask for the teacher where there is none', () => {
    const one = kinds.get('at-bsl gradient-matching') as Preset;
    expect(() => presetRecipe(one.main, {dataset})).toThrow('teacher');
  });

  it('distil', () => {
    const one = kinds.get('at-bsl ') as Preset;
    const stage = {...one.main, wrappers: [{name: 'distillation', weight: 1}] as const};
    const teacher = (x: tf.Tensor4D) => tf.zeros<tf.Rank.R2>([x.shape[0], 3]);
    expect(() => presetRecipe(stage, {dataset})).toThrow('teacher');
    expect(presetRecipe(stage, {dataset, teacher}).method.objective).toBeTypeOf('function');
  });
});

describe('presetExperiment', () => {
  it('is what the registry takes, for every preset but the teacher alone', () => {
    const refused = presets().filter((one) => {
      try {
        const experiment: unknown = JSON.parse(JSON.stringify(presetExperiment(one)));
        expect(checkExperiment(experiment).name).toBe(one.id);
        return false;
      } catch (error) {
        expect(String(error)).toContain('balanced subset');
        return true;
      }
    });
    expect(refused.map(({id}) => id)).toEqual(['cifar100-lt10/resnet18/balanced-teacher']);
  });

  it('says what the teacher is trained on', () => {
    const dataOf = (id: string) => presetExperiment(preset(id)).teachers?.['teacher']?.data;
    expect(dataOf('cifar100-lt10/resnet18/paper')).toEqual({name: 'balanced', gamma: 'auto'});
    expect(dataOf('cifar100-lt10/resnet18/paper/gamma=0.25ir')).toEqual({
      ...{name: 'balanced', gamma: 2.5},
    });
    expect(dataOf('cifar100-lt10/resnet18/paper/teacher=reat')).toBe('all');
  });
  const SGD = {name: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4};
  const PGD = {name: 'pgd', epsilon: 8 / 255, stepSize: 2 / 255, steps: 10};

  it('has everything that a training is made of', () => {
    expect(presetExperiment(preset('cifar10-lt50/resnet18/awp'))).toEqual({
      name: 'cifar10-lt50/resnet18/awp',
      method: {name: 'trades', beta: 6, passes: 'published'},
      wrappers: [{name: 'awp', gamma: 0.005, fromEpoch: 10}],
      attack: {...PGD, start: 'gaussian'},
      optimizer: SGD,
      schedule: {name: 'multi-step', milestones: [75, 90]},
      augmentation: ['crop-and-flip'],
      head: undefined,
      ...{epochs: 100, batchSize: 128, dropLast: false, bnVariance: 'unbiased'},
    });
    expect(presetExperiment(preset('cifar100-lt10/resnet18/robal'))).toMatchObject({
      method: {name: 'robal', passes: 'published'},
      head: {name: 'adjusted', scale: 10, tau: 1.7},
    });
    for (const method of ['mart', 'at-bsl', 'pgd-at', 'reat']) {
      const one = presetExperiment(preset(`cifar10-lt50/resnet18/${method}`));
      expect(one.method).not.toHaveProperty('passes');
    }
    expect(presetExperiment(preset('cifar10-lt10/resnet18/natural')).attack).toBeUndefined();
  });

  it('names the teacher that its wrappers ask for', () => {
    const {wrappers, teachers} = presetExperiment(preset('cifar10-lt50/resnet18/paper'));
    expect(wrappers).toEqual([{name: 'gradient-matching', teacher: 'teacher', alpha: 60}]);
    expect(teachers).toEqual({
      teacher: {
        ...{method: {name: 'pgd-at'}, wrappers: [], attack: {...PGD, start: 'uniform'}},
        ...{optimizer: SGD, schedule: {name: 'multi-step', milestones: [23, 27]}},
        ...{augmentation: ['crop-and-flip'], head: undefined, epochs: 30, batchSize: 32},
        ...{dropLast: true, bnVariance: 'unbiased', data: {name: 'balanced', gamma: 'auto'}},
      },
    });
    expect(presetExperiment(preset('cifar10-lt50/resnet18/mart'))).not.toHaveProperty('teachers');
  });

  it.each([
    ['none', []],
    ['crop-flip', ['crop-and-flip']],
    ['randaugment', ['rand-augment', 'crop-and-flip']],
    ['autoaugment', ['auto-augment', 'crop-and-flip']],
  ] as const)('changes images by %s', (augmentation, names) => {
    const one = preset('cifar10-lt50/resnet18/mart');
    const changed = {...one, main: {...one.main, augmentation}};
    expect(presetExperiment(changed).augmentation).toEqual(names);
  });

  it('says what to do about the teacher alone', () => {
    const alone = preset('cifar100-lt10/resnet18/balanced-teacher');
    expect(() => presetExperiment(alone)).toThrow(
      'presetExperiment: "preset" must train its network on the whole set, found ' +
        'cifar100-lt10/resnet18/balanced-teacher, which is trained on a balanced subset. ' +
        'Use trainPreset, or train stageExperiment on what balancedSubset draws.',
    );
    expect(() => presetExperiment('paper' as never)).toThrow(/^presetExperiment: "preset" must be/);
  });
});
