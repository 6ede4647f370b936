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

describe('cifarInFiles, more', () => {
  it('takes CIFAR-100 by either of its labels, and keeps its place in several files', async () => {
    const hundred = (coarse: number, fine: number, value: number) => [
      ...[coarse, fine],
      ...Array<number>(3072).fill(value),
    ];
    const a = Uint8Array.from([...hundred(3, 33, 51), ...hundred(4, 44, 102)]);
    const b = Uint8Array.from(hundred(19, 99, 255));
    await withFolder({a, b}, async (folder) => {
      const paths = [join(folder, 'a'), join(folder, 'b')];
      for (const [labelSet, labels, classes] of [
        ['fine', [33, 44, 99], 100],
        ['coarse', [3, 4, 19], 20],
      ] as const) {
        const data = await cifarInFiles('f', paths, labelSet);
        expect([[...data.labels], data.numClasses, data.classNames?.length]).toEqual([
          ...[labels, classes, classes],
        ]);
        const {x, labels: drawn} = await data.batch([2, 0, 1]);
        expect(x.shape).toEqual([3, 32, 32, 3]);
        const values = numbers(x);
        expect([values[0], values[3072], values[2 * 3072]]).toEqual([
          ...[1, Math.fround(0.2), Math.fround(0.4)],
        ]);
        expect(numbers(drawn)).toEqual([labels[2], labels[0], labels[1]]);
        tf.dispose([x, drawn]);
      }
    });
  });

  it('checks both labels of CIFAR-100, whichever is asked for', async () => {
    const garbled = (at: number) => {
      const bytes = new Uint8Array(3 * 3074);
      bytes[at] = 200;
      return bytes;
    };
    await withFolder({coarse: garbled(2 * 3074), fine: garbled(3075)}, async (folder) => {
      for (const labelSet of ['fine', 'coarse'] as const) {
        const read = (name: string) => cifarInFiles('f', [join(folder, name)], labelSet);
        await expect(read('coarse')).rejects.toThrow(
          `${join(folder, 'coarse')}: expected a coarse label below 20 at byte 6148, found 200.`,
        );
        await expect(read('fine')).rejects.toThrow(
          `${join(folder, 'fine')}: expected a fine label below 100 at byte 3075, found 200.`,
        );
      }
    });
  });

  it('says where a label is another than when the file was opened', async () => {
    const record = Uint8Array.from([...[1, ...Array<number>(3072).fill(0)], ...second]);
    await withFolder({a: record}, async (folder) => {
      const path = join(folder, 'a');
      const data = await cifarInFiles('f', [path], 'cifar10');
      await writeFile(
        path,
        Uint8Array.from([...second, ...second.map((v, i) => (i === 0 ? 2 : v))]),
      );
      await expect(data.batch([1])).rejects.toThrow(
        `${path}: expected the label 9 that was there when the file was opened at byte 3073, found another.`,
      );
      await writeFile(path, Uint8Array.from([...second, 10, ...second.subarray(1)]));
      await expect(data.batch([1])).rejects.toThrow(
        `${path}: expected a label below 10 at byte 3073, found 10.`,
      );
      await expect(cifarInFiles('f', [join(folder, 'none')], 'cifar10')).rejects.toThrow(
        /^f: "location" must name files/,
      );
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
      await expect(open('images', {numClasses: 4})).rejects.toThrow(
        'labels: expected a label below 4, the number of classes at byte 8, found 4.',
      );
      await expect(open('images', {numClasses: 0})).rejects.toThrow(/^f: "numClasses"/);
      await expect(open('images', {scale: 0})).rejects.toThrow(/^f: "scale"/);
      const data = await open('images', {scale: 15});
      await expect(data.batch([1])).rejects.toThrow(/"scale" must be the value of full brightness/);
    });
  });

  it('reads coloured images of other sizes, each from its place', async () => {
    const shape = [3, 2, 1, 3];
    const header = [0, 0, 8, 4, ...shape.flatMap((length) => [0, 0, 0, length])];
    const coloured = Uint8Array.from([...header, ...Array.from({length: 18}, (_, i) => i)]);
    const three = {source: 'labels', bytes: Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 0, 5, 2)};
    await withFolder({coloured}, async (folder) => {
      const path = join(folder, 'coloured');
      const data = await idxInFiles('f', path, three, {numClasses: 7, scale: 255});
      expect([[...data.labels], data.numClasses]).toEqual([[0, 5, 2], 7]);
      const {x, labels: drawn} = await data.batch([2, 1]);
      expect(x.shape).toEqual([2, 2, 1, 3]);
      const bytes = numbers(x).map((value) => Math.round(value * 255));
      expect(bytes).toEqual([12, 13, 14, 15, 16, 17, 6, 7, 8, 9, 10, 11]);
      expect(numbers(drawn)).toEqual([2, 5]);
      tf.dispose([x, drawn]);
    });
  });

  it('refuses labels of another number, of classes that are too few, and images of no pixels', async () => {
    const empty = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2);
    await withFolder({images, empty}, async (folder) => {
      const open = (name: string, bytes: Uint8Array, change = {}) =>
        idxInFiles('f', join(folder, name), {source: 'labels', bytes}, {...options, ...change});
      await expect(open('images', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 4))).rejects.toThrow(
        /^labels: expected/,
      );
      await expect(open('images', labels.subarray(0, 9))).rejects.toThrow(/^labels: expected/);
      await expect(open('empty', labels)).rejects.toThrow(
        /^f: "values of an image" must be a finite number >= 1, found 0\. Look at the header of .*empty\.$/,
      );
      await expect(open('images', labels, {scale: -1})).rejects.toThrow(/^f: "scale"/);
      const exact = await open('images', labels, {numClasses: 5});
      expect(exact.numClasses).toBe(5);
    });
  });
});
