import {describe, expect, it} from 'vitest';

import {createRng, type Rng} from '../../src/core/rng';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {balancedSubset} from '../../src/samplers/balancedSubset';
import {teacherData} from '../../src/training/teacherStage';
import {cornerDataset} from '../support/trainings';
import type * as tf from '@tensorflow/tfjs-core';

const dataset = cornerDataset([16, 8, 4]);
const recipe = {method: naturalTraining<tf.Tensor2D>(), batchSize: 8, dropLast: true};
const drawing = {gamma: 'auto', upsample: 'with-replacement', rng: createRng(4)} as const;

describe('teacherData', () => {
  it('draws once: a subset, and the recipe as it is', () => {
    const data = teacherData('here', dataset, {...drawing, resample: 'once'});
    const drawn = balancedSubset(dataset.labels, 3, {rng: createRng(4)});
    expect(data.indices).toEqual(drawn);
    expect(data.dataset.labels).toEqual(drawn.map((i) => dataset.labels[i] as number));
    expect(data.withBatches(recipe)).toBe(recipe);
  });

  it('draws anew in each epoch: other examples, as balanced, of the same number', () => {
    const data = teacherData('here', dataset, {...drawing, resample: 'per-epoch'});
    expect(data.indices).toBeNull();
    expect(data.dataset).toBe(dataset);
    expect(data.drawn.length).toBe(24);
    const {batches} = data.withBatches(recipe);
    const epochs = [1, 2, 1].map((epoch) => {
      const order: Rng = createRng(9).fork('order').fork(epoch);
      const flat = (batches?.(order, epoch) ?? []).flatMap((batch) => Array.from(batch));
      const counts = [0, 1, 2].map((c) => flat.filter((i) => dataset.labels[i] === c).length);
      expect(counts).toEqual([8, 8, 8]);
      return flat;
    });
    expect(epochs[0]).toEqual(epochs[2]);
    expect(new Set(epochs[0])).not.toEqual(new Set(epochs[1]));
  });

  it('refuses a recipe that has batches of its own', () => {
    const data = teacherData('here', dataset, {...drawing, resample: 'per-epoch'});
    expect(() => data.withBatches({...recipe, batches: () => []})).toThrow(
      /here, teacher: "batches" must be left out with resample: 'per-epoch'/,
    );
  });
});
