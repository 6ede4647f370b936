import {truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {cifarFiles} from '../../src/data/cifar';
import {idxDataset} from '../../src/data/idx';
import {cifarInFiles, idxInFiles} from '../../src/node/recordFiles';
import {withFolder} from '../support/folders';
import {expectNoLeak, numbers} from '../support/tensors';

const record = (label: number, salt: number) => [
  label,
  ...Array.from({length: 3072}, (_, i) => (i * 7 + salt) % 256),
];
const first = Uint8Array.from(Array.from({length: 600}, (_, i) => record(i % 10, i)).flat());
const second = Uint8Array.from(record(9, 77));

describe('cifarInFiles', () => {
  it('is the dataset in memory', async () => {
    await withFolder({a: first, b: second}, async (folder) => {
      const [a, b] = [join(folder, 'a'), join(folder, 'b')];
      await expectNoLeak(async () => {
        const onDisk = await cifarInFiles('f', [a, b], 'cifar10');
        const sources = [
          {source: a, bytes: first},
          {source: b, bytes: second},
        ];
        const inMemory = cifarFiles(sources, 'cifar10');
        expect(onDisk.labels).toEqual(inMemory.labels);
        expect(onDisk.classNames).toEqual(inMemory.classNames);
        const indices = [600, 3, 3, 257, 599];
        const [ours, theirs] = [await onDisk.batch(indices), inMemory.batch(indices)];
        expect(numbers(ours.x)).toEqual(numbers(theirs.x));
        expect(numbers(ours.labels)).toEqual(numbers(theirs.labels));
        tf.dispose([ours.x, ours.labels, theirs.x, theirs.labels]);
      });
    });
  });

  it('names file and byte of what is wrong, at once or when it changed later', async () => {
    const wrong = Uint8Array.from(first);
    wrong[300 * 3073] = 10;
    await withFolder({a: first, wrong, short: first.subarray(1)}, async (folder) => {
      const path = (name: string) => join(folder, name);
      await expect(cifarInFiles('f', [path('wrong')], 'cifar10')).rejects.toThrow(
        `${path('wrong')}: expected a label below 10 at byte ${300 * 3073}, found 10.`,
      );
      await expect(cifarInFiles('f', [path('short')], 'cifar10')).rejects.toThrow(
        /short: expected the end of a record of 3073 bytes/,
      );
      const data = await cifarInFiles('f', [path('a')], 'cifar10');
      await truncate(path('a'), 3073 + 100);
      await expect(data.batch([1])).rejects.toThrow(/a: expected bytes up to 6146 at byte 3173/);
      await writeFile(path('a'), second);
      await expect(data.batch([0])).rejects.toThrow(/the label 0 that was there/);
    });
  });
});

describe('idxInFiles', () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 16);
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 4, 1);
  const labelFile = {source: 'labels', bytes: labels};
  const options = {numClasses: undefined, scale: 16};

  it('is the dataset in memory', async () => {
    await withFolder({images}, async (folder) => {
      const onDisk = await idxInFiles('f', join(folder, 'images'), labelFile, options);
      const inMemory = idxDataset(images, labels, {scale: 16});
      expect([...onDisk.labels, onDisk.numClasses]).toEqual([4, 1, 5]);
      const [ours, theirs] = [await onDisk.batch([1, 0]), inMemory.batch([1, 0])];
      expect(ours.x.shape).toEqual(theirs.x.shape);
      expect(numbers(ours.x)).toEqual(numbers(theirs.x));
      tf.dispose([ours.x, ours.labels, theirs.x, theirs.labels]);
    });
  });

  it('refuses what is garbled', async () => {
    const huge = Uint8Array.from(images).fill(255, 4, 8);
    await withFolder({images, huge, short: images.subarray(0, 19)}, async (folder) => {
      const open = (name: string, change = {}) =>
        idxInFiles('f', join(folder, name), labelFile, {...options, ...change});
      await expect(open('huge')).rejects.toThrow(/huge: expected 8589934590 values .* at byte 20/);
      await expect(open('short')).rejects.toThrow(/the end of the file after 3/);
      await expect(open('images', {numClasses: 4})).rejects.toThrow(/^f: "labels"/);
      await expect(open('images', {scale: 0})).rejects.toThrow(/^f: "scale"/);
      const data = await open('images', {scale: 15});
      await expect(data.batch([1])).rejects.toThrow(/"scale" must be the value of full brightness/);
    });
  });
});
