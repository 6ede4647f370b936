import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import os from 'node:os';
import {join} from 'node:path';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {DEFAULT_SETTINGS, type DemoSettings} from '../../../examples/demo/settings';
import {makeSplits, type Splits} from '../../../examples/demo/splits';
import type {Dataset} from '../../../src/core/dataset';
import {createRng} from '../../../src/core/rng';
import {classCounts} from '../../../src/samplers/classCounts';

// CIFAR-10's binary form, long-tailed and sorted by class as the data of such papers often is. The
// number of an image stands in its first two pixels. Class 3 is the largest, class 0 the smallest.
const TRAIN = [12, 50, 40, 60, 25, 20, 16, 14, 13, 30];
const BY_SIZE = [3, 1, 2, 9, 4, 5, 6, 7, 8, 0];
const TEST = TRAIN.map(() => 20);

function records(counts: readonly number[], first: number): Uint8Array {
  const labels = counts.flatMap((count, label) => Array<number>(count).fill(label));
  const bytes = new Uint8Array(labels.length * 3073);
  labels.forEach((label, i) => {
    bytes.set([label, (first + i) >> 8, (first + i) & 255], i * 3073);
  });
  return bytes;
}

async function numbersOf(data: Dataset): Promise<number[]> {
  const {x, labels} = await data.batch(Array.from(data.labels.keys()));
  const pixels = await x.data();
  x.dispose();
  labels.dispose();
  // Channels come last: the first two values of the red channel are 3 apart.
  return Array.from(
    data.labels,
    (_, i) =>
      Math.round(255 * (pixels[i * 3072] ?? 0)) * 256 +
      Math.round(255 * (pixels[i * 3072 + 3] ?? 0)),
  );
}

describe('makeSplits of data that is long-tailed already', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(os.tmpdir(), 'lt-robust-splits-'));
    await writeFile(join(folder, 'lt_train.bin'), records(TRAIN, 0));
    await writeFile(join(folder, 'test.bin'), records(TEST, 1000));
  });
  afterAll(() => rm(folder, {recursive: true, force: true}));

  const split = (changes: Partial<DemoSettings>): Promise<Splits> =>
    makeSplits(
      {
        ...{...DEFAULT_SETTINGS, data: folder, classOrder: null, imbalanceRatio: 'as-is'},
        ...{maxCount: null, validationPerClass: 5, testPerClass: 15, ...changes},
      },
      createRng(7),
    );
  const countsOf = ({labels}: Dataset) => classCounts(labels, 10);
  const sorted = BY_SIZE.map((label) => TRAIN[label]);

  it('keeps every training image, largest class first, and validates on test images', async () => {
    const {train, validation, test, validationFrom, classNames} = await split({});
    expect(countsOf(train)).toEqual(sorted);
    expect(classNames).toEqual(BY_SIZE.map(String));
    expect(validationFrom).toBe('test images');
    expect(countsOf(validation)).toEqual(Array(10).fill(5));
    expect(countsOf(test)).toEqual(Array(10).fill(15));
    const parts = await Promise.all([train, validation, test].map(numbersOf));
    expect(new Set(parts.flat()).size).toBe(parts.flat().length);
    expect(parts[0]?.every((number) => number < 1000)).toBe(true);
    // Each image has its own label: the first of the train file are of class 0, the last class here.
    const [numbers = []] = parts;
    expect([...train.labels].map((label, i) => label === 9 && numbers[i])).toContain(11);
  });

  it('takes the same share of each class, and then validates on training images', async () => {
    const {train, validation, validationFrom} = await split({maxCount: 30});
    expect(countsOf(train)).toEqual(sorted.map((count) => Math.floor((count ?? 0) / 2)));
    expect(validationFrom).toBe('training images');
    const parts = await Promise.all([train, validation].map(numbersOf));
    expect(new Set(parts.flat()).size).toBe(parts.flat().length);
  });

  it('says what is wrong with a size that the data has not', async () => {
    await expect(split({maxCount: 61})).rejects.toThrow(/--max-count is 61.*has 60/);
  });

  it('names classes as told, by their labels', async () => {
    const names = 'abcdefghij'.split('');
    const {classNames} = await split({classNames: names});
    expect(classNames.join('')).toBe('dbcjefghia');
  });
});
