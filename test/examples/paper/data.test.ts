import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {preset} from 'lt-robust/presets';
import {afterAll, describe, expect, it} from 'vitest';

import {classCounts} from '../../../src/samplers/classCounts';
import {readRowData} from '../../../examples/paper/data';
import {temporaryFolder} from '../../support/temporaryFolder';

const folder = temporaryFolder();
afterAll(() => {
  folder.remove();
});

const {dataset} = preset('cifar10-lt50/resnet18/at-bsl');
const settings = {data: null, maxCount: 100, testPerClass: 5, validationPerClass: 3};

/** CIFAR-10 records with so many images of each class. */
const records = (counts: readonly number[]): Uint8Array => {
  const labels = counts.flatMap((count, c) => Array<number>(count).fill(c));
  const bytes = new Uint8Array(labels.length * 3073);
  labels.forEach((label, i) => {
    bytes.fill(i % 251, i * 3073, (i + 1) * 3073);
    bytes[i * 3073] = label;
  });
  return bytes;
};

describe('readRowData', () => {
  it('cuts the embedded images to a long tail, and the test part to two balanced sets', async () => {
    const data = await readRowData(dataset, settings);
    expect(data.classCounts).toEqual([100, 64, 41, 27, 17, 11, 7, 4, 3, 2]);
    expect(data.tail).toEqual([9]);
    expect(classCounts(data.test.labels, 10)).toEqual(Array(10).fill(5));
    expect(classCounts(data.validation.labels, 10)).toEqual(Array(10).fill(3));
  });

  it('keeps one of each class, however small the subset', async () => {
    const {classCounts: counts} = await readRowData(dataset, {...settings, maxCount: 10});
    expect(counts).toEqual([10, 6, 4, 2, 1, 1, 1, 1, 1, 1]);
  });

  it('chooses on the test set where no images are held out', async () => {
    const {validation, test} = await readRowData(dataset, {...settings, validationPerClass: 0});
    expect(validation).toBe(test);
  });

  it('takes data that is long-tailed already as it is, or the same share of each class', async () => {
    const counts = [100, 64, 41, 27, 17, 11, 7, 4, 3, 2];
    await writeFile(join(folder.path, 'train.bin'), records(counts));
    await writeFile(join(folder.path, 'test.bin'), records(Array<number>(10).fill(10)));
    const at = (maxCount: number | null, ratio = 50) =>
      readRowData({...dataset, imbalanceRatio: ratio}, {...settings, data: folder.path, maxCount});
    expect((await at(null)).classCounts).toEqual(counts);
    expect((await at(50)).classCounts).toEqual([50, 32, 20, 13, 8, 5, 3, 2, 1, 1]);
    await expect(at(null, 10)).rejects.toThrow('imbalance ratio of 10');
  });
});
