import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {preset} from '../../src/presets/presets';
import {presetRecipe} from '../../src/presets/presetRecipe';

const labels = [500, 50, 5].flatMap((count, c) => Array<number>(count).fill(c));
const dataset = {labels: Int32Array.from(labels), numClasses: 3};
const {main} = preset('cifar10-lt50/resnet18/at-bsl');

describe('presetRecipe', () => {
  it('has the settings of the stage', () => {
    const recipe = presetRecipe(main, {dataset});
    expect(recipe).toMatchObject({epochs: 100, batchSize: 128, dropLast: true});
    expect(recipe.bnVariance).toBe('unbiased');
    const at = (epoch: number) =>
      recipe.schedule?.({epoch, epochs: 100, step: 1, stepsPerEpoch: 9});
    expect([1, 74, 75, 90, 100].map(at)).toEqual([
      ...[0.1, 0.1, expect.closeTo(0.01), expect.closeTo(1e-3), expect.closeTo(1e-4)],
    ]);
    const optimizer = recipe.optimizer?.();
    expect(optimizer?.getConfig()).toMatchObject({momentum: 0.9, weightDecay: 5e-4});
    optimizer?.dispose();
  });

  it.each(['none', 'crop-flip', 'randaugment', 'autoaugment'] as const)(
    'augments by %s',
    async (augmentation) => {
      const {augment} = presetRecipe({...main, augmentation}, {dataset});
      if (augmentation === 'none') {
        expect(augment).toBeUndefined();
        return;
      }
      const x = tf.randomUniform<tf.Rank.R4>([8, 12, 12, 3], 0, 1, 'float32', 2);
      const changed = await augment?.(x, createRng(1));
      expect(changed?.shape).toEqual(x.shape);
      expect(Array.from(changed?.dataSync() ?? [])).not.toEqual(Array.from(x.dataSync()));
      tf.dispose([x, changed ?? []]);
    },
  );
  it('refuses what is no stage, and parts without data', () => {
    expect(() => presetRecipe({} as typeof main, {dataset})).toThrow(
      /^presetRecipe: "stage" must be a stage of a preset/,
    );
    expect(() => presetRecipe(main, {} as {dataset: typeof dataset})).toThrow(
      /^presetRecipe: "parts" must be \{dataset, teacher\}, .* Pass \{dataset\}\.$/,
    );
  });
});
