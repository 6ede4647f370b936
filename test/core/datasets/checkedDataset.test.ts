import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {checkedDataset} from '../../../src/core/datasets/checkedDataset';
import {expectNoLeak, int, numbers} from '../../support/tensors';

// What it refuses: asDataset.test.ts.
describe('checkedDataset', () => {
  it('hands batches on unchanged, at once where they are', async () => {
    await expectNoLeak(async () => {
      const batch = {x: tf.tensor2d([[1], [2]]), labels: int([0, 1])};
      const dataset = {numClasses: 2, labels: Int32Array.of(0, 1), batch: () => batch};
      const checked = await checkedDataset('f', dataset, undefined);
      expect(checked.batch([0, 1])).toBe(batch);
      const later = await checkedDataset('f', {...dataset, batch: async () => batch}, 3);
      expect(later.numClasses).toBe(3);
      expect(await later.batch([1, 0])).toBe(batch);
      expect(numbers(batch.x)).toEqual([1, 2]);
      tf.dispose([batch.x, batch.labels]);
    });
  });

  it('says who asked', async () => {
    const dataset = {numClasses: 2, labels: Int32Array.of(0, 5), batch: () => null as never};
    await expect(checkedDataset('train', dataset, undefined)).rejects.toThrow(/^train: "labels"/);
  });
});
