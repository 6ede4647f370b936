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

  it('divides by 255 unless told, and takes any byte then', async () => {
    const load = async () => Uint8Array.of(255, 51);
    for (const scale of [undefined, 255, 510]) {
      const given = scale === undefined ? {} : {scale};
      const {x, labels} = await decodedDataset({...source, ...given, load}).batch([1]);
      expect(numbers(x)).toEqual([255, 51].map((byte) => Math.fround(byte / (scale ?? 255))));
      tf.dispose([x, labels]);
    }
    const tooDark = decodedDataset({...source, scale: 254, load});
    await expect(tooDark.batch([1])).rejects.toThrow(
      /found 254, and a pixel of 255 in example 1\./,
    );
  });

  it.each([
    [0, 9],
    [1, 9],
    [2, 7],
    [3, 7],
    [4, 5],
    [1000, 3],
  ])('keeps as many images of two bytes as fit into %d bytes: %d loads', async (room, loads) => {
    let count = 0;
    const load = (index: number) => {
      count++;
      return source.load(index);
    };
    const data = decodedDataset({...source, load, cacheBytes: room});
    for (let i = 0; i < 3; i++) {
      const {x, labels} = await data.batch([0, 1, 2]);
      expect(numbers(x)).toEqual([0, 8, 10, 8, 20, 8].map((byte) => Math.fround(byte / 255)));
      tf.dispose([x, labels]);
    }
    expect(count).toBe(loads);
  });

  it('has the names of the classes only if they are given', async () => {
    expect(decodedDataset({...source, classNames: ['a', 'b']}).classNames).toEqual(['a', 'b']);
    expect('classNames' in decodedDataset(source)).toBe(false);
  });
});
