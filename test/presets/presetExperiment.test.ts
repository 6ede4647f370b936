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
});
