import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {decodedDataset} from '../../src/data/decodedDataset';
import {expectNoLeak, numbers} from '../support/tensors';

const source = {
  shape: [1, 2, 1] as const,
  labels: Int32Array.of(0, 1, 0),
  numClasses: 2,
  load: async (index: number) => Uint8Array.of(10 * index, 8),
  cacheBytes: 0,
};

describe('decodedDataset', () => {
  it('divides by the value of full brightness, and checks it', async () => {
    await expectNoLeak(async () => {
      const {x, labels} = await decodedDataset({...source, scale: 20}).batch([2, 1]);
      expect(numbers(x)).toEqual([1, 0.4, 0.5, 0.4].map(Math.fround));
      expect(numbers(labels)).toEqual([0, 1]);
      tf.dispose([x, labels]);
      await expect(decodedDataset({...source, scale: 19}).batch([2])).rejects.toThrow(
        'Dataset.batch: "scale" must be the value of full brightness, found 19, and a pixel of 20 ' +
          'in example 2. Pass the largest value that a pixel can have: 255 for 8-bit images.',
      );
    });
  });

  it('hands out the error of a file', async () => {
    const load = async () => Promise.reject(new Error('gone'));
    await expect(decodedDataset({...source, load}).batch([0])).rejects.toThrow('gone');
  });
});
