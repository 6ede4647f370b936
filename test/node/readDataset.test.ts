import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gunzipSync, gzipSync} from 'node:zlib';

import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {subset} from '../../src/core/dataset';
import {readDataset} from '../../src/node/readDataset';
import {classCounts} from '../../src/samplers/classCounts';
import {longTailedSubset} from '../../src/samplers/longTailedSubset';
import golden from '../golden/image-files.json';
import {npyFile, storedZip} from '../support/archives';
import {numbers} from '../support/tensors';

let root = '';
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lt-robust-'));
});
afterAll(() => rm(root, {recursive: true}));

/** A folder with these files. */
async function folderOf(files: Record<string, Uint8Array>): Promise<string> {
  const folder = join(root, String(count++));
  await mkdir(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

const images = (...pixels: number[]) =>
  Uint8Array.of(0, 0, 8, 3, 0, 0, 0, pixels.length, 0, 0, 0, 1, 0, 0, 0, 1, ...pixels);
const labels = (...values: number[]) =>
  Uint8Array.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values);
const cifar10 = (...values: number[]) =>
  Uint8Array.from(values.flatMap((label) => [label, ...Array<number>(3072).fill(255)]));
/** Training batches of CIFAR-10: their numbers are labels, too. */
const batches = (...numbers: number[]) =>
  Object.fromEntries(numbers.map((n) => [`data_batch_${n}.bin`, cifar10(n, 0)]));
const cifar100 = (coarse: number, fine: number) =>
  Uint8Array.of(coarse, fine, ...new Uint8Array(3072));

describe('readDataset, IDX', () => {
  it('reads both parts, compressed or not', async () => {
    const folder = await folderOf({
      'train-images-idx3-ubyte': images(0, 255, 51),
      'train-labels-idx1-ubyte.gz': gzipSync(labels(0, 1, 2)),
      't10k-images-idx3-ubyte.gz': gzipSync(images(102)),
      't10k-labels-idx1-ubyte': labels(1),
      'README.md': new Uint8Array(),
    });
    const {train, test} = await readDataset(folder, {numClasses: 4});
    expect([...(train?.labels ?? []), train?.numClasses]).toEqual([0, 1, 2, 4]);
    expect([...(test?.labels ?? []), test?.numClasses]).toEqual([1, 4]);
    tf.tidy(() => {
      expect(numbers(train?.batch([0, 1, 2]).x ?? tf.scalar(9))).toEqual([0, 1, Math.fround(0.2)]);
      expect(numbers(test?.batch([0]).x ?? tf.scalar(9))).toEqual([Math.fround(0.4)]);
    });
  });

  it.each([
    ['test-images-idx3-ubyte', 'test-labels-idx1-ubyte'],
    ['t10k-images.idx3-ubyte', 't10k-labels.idx1-ubyte'],
    ['test-images-idx3.ubyte', 'test-labels-idx1.ubyte'],
  ])('knows %s', async (imageName, labelName) => {
    const folder = await folderOf({[imageName]: images(16), [labelName]: labels(3)});
    const parts = await readDataset(folder, {scale: 16});
    expect(Object.keys(parts)).toEqual(['test']);
    expect(parts.test?.numClasses).toBe(4);
    tf.tidy(() => {
      expect(numbers(parts.test?.batch([0]).x ?? tf.scalar(9))).toEqual([1]);
    });
  });

  it('takes a list of files', async () => {
    const folder = await folderOf({
      'train-images-idx3-ubyte': images(1),
      'train-labels-idx1-ubyte': labels(0),
      't10k-images-idx3-ubyte': images(1),
    });
    const files = ['images-idx3', 'labels-idx1'].map((name) => join(folder, `train-${name}-ubyte`));
    expect(Object.keys(await readDataset(files))).toEqual(['train']);
  });

  it('names the file that is garbled', async () => {
    const folder = await folderOf({
      'train-images-idx3-ubyte': images(1).subarray(0, 16),
      'train-labels-idx1-ubyte': labels(0),
      't10k-images-idx3-ubyte.gz': images(1),
      't10k-labels-idx1-ubyte': labels(0),
    });
    const files = (part: string) =>
      ['images-idx3', 'labels-idx1'].map((name) => join(folder, `${part}-${name}-ubyte`));
    await expect(readDataset(files('train'))).rejects.toThrow(
      /train-images-idx3-ubyte: expected 1 values .* at byte 16, found the end of the file after 0/,
    );
    const [image, label] = files('t10k') as [string, string];
    await expect(readDataset([`${image}.gz`, label])).rejects.toThrow(
      /t10k-images-idx3-ubyte\.gz: expected the magic number of a gzip file/,
    );
  });

  it('refuses half a part, and a file twice', async () => {
    const message = async (files: Record<string, Uint8Array>) =>
      readDataset(await folderOf(files)).then(
        () => 'none',
        (error: unknown) => String(error),
      );
    expect(await message({'train-images-idx3-ubyte': images(1)})).toBe(
      'InvalidArgumentError: readDataset: "location" must name both images and labels of the ' +
        'train part, found only train-images-idx3-ubyte. Put the other file beside it.',
    );
    expect(await message({'t10k-labels-idx1-ubyte': labels(1)})).toMatch(
      /labels of the test part, found only t10k-labels-idx1-ubyte\./,
    );
    expect(
      await message({
        't10k-labels-idx1-ubyte': labels(1),
        't10k-labels-idx1-ubyte.gz': gzipSync(labels(1)),
      }),
    ).toMatch(/found two for one: t10k-labels-idx1-ubyte and t10k-labels-idx1-ubyte\.gz\. Remove/);
    expect(
      await message({
        'train-images-idx3-ubyte': images(1),
        'train-labels-idx1-ubyte': labels(1),
        'data.bin': cifar10(1),
      }),
    ).toMatch(/must name one train part, found two: train-images-idx3-ubyte and data\.bin\./);
  });
});

describe('readDataset, CIFAR', () => {
  it('joins the batches of CIFAR-10 in order', async () => {
    const folder = await folderOf({
      ...batches(2, 3, 4, 5),
      'data_batch_1.bin.gz': gzipSync(cifar10(1, 0)),
      'test_batch.bin': cifar10(9),
      'batches.meta.txt': new Uint8Array(),
    });
    const {train, test} = await readDataset(folder);
    expect([...(train?.labels ?? [])]).toEqual([1, 0, 2, 0, 3, 0, 4, 0, 5, 0]);
    expect([...(test?.labels ?? [])]).toEqual([9]);
    expect(test?.numClasses).toBe(10);
  });

  it('joins batches in the order of their names, whatever the order on disk', async () => {
    const order = [3, 1, 5, 2, 4];
    const folder = await folderOf(
      Object.fromEntries(order.map((n) => [`data_batch_${n}.bin`, cifar10(n)])),
    );
    expect([...((await readDataset(folder)).train?.labels ?? [])]).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses a folder that lacks a batch, but takes a list as it is', async () => {
    const folder = await folderOf({...batches(1, 2, 4, 5), 'test_batch.bin': cifar10(9)});
    for (const storage of ['memory', 'files'] as const) {
      await expect(readDataset(folder, {storage})).rejects.toThrow(
        `${folder}: expected the training batches data_batch_1 to data_batch_5, each once at byte ` +
          '0, found data_batch_1.bin, data_batch_2.bin, data_batch_4.bin, data_batch_5.bin, no ' +
          'data_batch_3.',
      );
    }
    const {train} = await readDataset([2, 1].map((n) => join(folder, `data_batch_${n}.bin`)));
    expect([...(train?.labels ?? [])]).toEqual([2, 0, 1, 0]);
    expect(Object.keys(await readDataset([join(folder, 'test_batch.bin')]))).toEqual(['test']);
  });

  it('refuses a batch that was cut between two images', async () => {
    const folder = await folderOf({...batches(1, 2, 3, 4, 5), 'data_batch_4.bin': cifar10(4)});
    for (const storage of ['memory', 'files'] as const) {
      await expect(readDataset(folder, {storage})).rejects.toThrow(
        /data_batch_4\.bin: expected 2 images, as many as .*data_batch_1\.bin has at byte 3073, found/,
      );
    }
  });

  it('refuses a file beside its compressed copy, and one that is listed twice', async () => {
    const train = {'train.bin': cifar100(7, 77), 'train.bin.gz': gzipSync(cifar100(7, 77))};
    const folder = await folderOf(train);
    await expect(readDataset(folder)).rejects.toThrow(
      'readDataset: "location" must name each file once, found two for one: train.bin and ' +
        'train.bin.gz. Remove one, or pass the files as a list.',
    );
    const file = join(folder, 'train.bin');
    await expect(readDataset([file, file])).rejects.toThrow(
      /two for one: train\.bin and train\.bin\./,
    );
    const both = await folderOf({
      ...batches(1, 2, 3, 4, 5),
      'data_batch_1.bin.gz': new Uint8Array(),
    });
    await expect(readDataset(both)).rejects.toThrow(/each once .* data_batch_1\.bin\.gz/);
  });

  it('refuses a training part and a test part of two datasets', async () => {
    const folder = await folderOf({'train.bin': cifar100(7, 77), 'test_batch.bin': cifar10(9)});
    await expect(readDataset(folder)).rejects.toThrow(
      'readDataset: "location" must name files of one dataset, found 100 classes in the training ' +
        'part and 10 in the test part. Pass the files of one as a list.',
    );
  });

  it('knows CIFAR-100 by its records', async () => {
    const folder = await folderOf({'train.bin': cifar100(7, 77), 'test.bin': cifar100(8, 88)});
    const fine = await readDataset(folder);
    expect([...(fine.train?.labels ?? []), ...(fine.test?.labels ?? [])]).toEqual([77, 88]);
    const coarse = await readDataset(folder, {labelSet: 'coarse'});
    expect(coarse.train?.numClasses).toBe(20);
    expect([...(coarse.train?.labels ?? [])]).toEqual([7]);
  });

  it('names the file that is garbled', async () => {
    const message = async (files: Record<string, Uint8Array>) =>
      readDataset(await folderOf(files)).then(
        () => 'none',
        (error: unknown) => String(error),
      );
    expect(await message({'a.bin': cifar10(1), 'b.bin': cifar10(1).subarray(1)})).toMatch(
      /b\.bin: expected the end of a record of 3073 bytes \(or 3074, CIFAR-100\) at byte 3072, found a file of 3072/,
    );
    expect(await message({'a.bin': new Uint8Array()})).toMatch(/a\.bin: .* found a file of 0\./);
    expect(await message({'a.bin': cifar10(10)})).toMatch(/a\.bin: expected a label below 10/);
  });
});

describe('readDataset', () => {
  it('leaves hidden files of a folder out, as macOS makes them', async () => {
    const folder = await folderOf({
      ...{'train.bin': cifar10(7), '._train.bin': new Uint8Array(9)},
      '._cifar.tar.gz': new Uint8Array(9),
      ...{'.t10k-images-idx3-ubyte': images(1), '._a.npz': new Uint8Array(9)},
    });
    const {train, test} = await readDataset(folder);
    expect([[...(train?.labels ?? [])], test]).toEqual([[7], undefined]);
  });

  it('says what it looked for', async () => {
    const folder = await folderOf({'b.txt': new Uint8Array(), 'a.json': new Uint8Array()});
    await expect(readDataset(folder)).rejects.toThrow(
      'readDataset: "location" must name IDX files (train-images-idx3-ubyte, ...) or CIFAR files ' +
        '(*.bin, *.npz, *.tar.gz), found only a.json, b.txt. Check the path and the names.',
    );
    await expect(readDataset([])).rejects.toThrow(/found no file at all/);
    await expect(readDataset(join(folder, 'none'))).rejects.toThrow(
      /"location" must be a folder that can be read, .* found .*none \(ENOENT/,
    );
    await expect(readDataset([join(folder, 'c.bin')])).rejects.toThrow(
      /"location" must name files that can be read, found .*c\.bin \(ENOENT/,
    );
  });
});

describe('readDataset, packed CIFAR', () => {
  const {cifar10: ten, cifar100: hundred} = golden.arrays;
  const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

  it("reads the official site's archive, alone or in its folder", async () => {
    const folder = await folderOf({});
    await mkdir(join(folder, 'c'));
    await writeFile(join(folder, 'c', 'train.bin'), cifar100(3, 33));
    await writeFile(join(folder, 'c', 'test.bin'), cifar100(4, 44));
    const archive = join(folder, 'cifar-100-binary.tar.gz');
    execFileSync('tar', ['-czf', archive, '-C', folder, 'c/train.bin', 'c/test.bin']);
    await rm(join(folder, 'c'), {recursive: true});
    for (const location of [folder, archive, [archive]]) {
      const {train, test} = await readDataset(location, {labelSet: 'coarse'});
      expect([...(train?.labels ?? []), ...(test?.labels ?? [])]).toEqual([3, 4]);
    }
    await expect(readDataset(folder, {storage: 'files'})).rejects.toThrow(
      "readDataset: \"storage\" must be 'memory' for files that are packed, found 'files' and " +
        'cifar-100-binary.tar.gz. Unpack it first, or leave storage out.',
    );
    await writeFile(join(folder, 'data.bin'), cifar10(1));
    await expect(readDataset(folder)).rejects.toThrow(/must name one dataset, found cifar-100-bin/);
  });

  it('joins npz files of one dataset', async () => {
    const files = Object.fromEntries(
      [1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.npz`, bytesOf(ten)]),
    );
    const folder = await folderOf({...files, 'test_batch.npz': bytesOf(ten)});
    const {train, test} = await readDataset(folder);
    expect([...(train?.labels ?? [])]).toEqual([3, 9, 3, 9, 3, 9, 3, 9, 3, 9]);
    expect([...(test?.labels ?? [])]).toEqual([3, 9]);
    const mixed = await folderOf({...files, 'z.npz': bytesOf(hundred)});
    await expect(readDataset(mixed)).rejects.toThrow(
      /must name files of one dataset, found CIFAR-10 and CIFAR-100 \(data_batch_1\.npz and z\.npz\)/,
    );
    await rm(join(folder, 'data_batch_3.npz'));
    await expect(readDataset(folder)).rejects.toThrow(/found .*, no data_batch_3\.$/);
    const one = npyFile('|u1', '(1, 3072)', new Uint8Array(3072));
    const short = storedZip({'data.npy': one, 'labels.npy': npyFile('|u1', '(1,)', [7])});
    const cut = await folderOf({...files, 'data_batch_3.npz': short});
    await expect(readDataset(cut)).rejects.toThrow(
      /data_batch_3\.npz: expected 2 images, as many as .*data_batch_1\.npz has at byte 0, found/,
    );
  });
});

describe('readDataset, files left on disk', () => {
  it('gives what is in memory otherwise', async () => {
    const folder = await folderOf({
      'train-images-idx3-ubyte': images(0, 255, 51),
      'train-labels-idx1-ubyte.gz': gzipSync(labels(0, 1, 2)),
      'test_batch.bin': cifar10(9, 4),
    });
    const {train, test} = await readDataset(folder, {storage: 'files', numClasses: 4});
    expect([...(train?.labels ?? []), ...(test?.labels ?? [])]).toEqual([0, 1, 2, 9, 4]);
    const batch = (await train?.batch([2, 1])) ?? {x: tf.scalar(0), labels: tf.scalar(0)};
    expect(numbers(batch.x)).toEqual([Math.fround(0.2), 1]);
    tf.dispose([batch.x, batch.labels]);
    const zipped = await folderOf({'test_batch.bin.gz': gzipSync(cifar10(9, 4))});
    await expect(readDataset(zipped, {storage: 'files'})).rejects.toThrow(
      /found 'files' and test_b/,
    );
    await expect(readDataset(zipped, {storage: 'disk' as 'files'})).rejects.toThrow(
      /"storage" must be one of 'memory', 'files', found 'disk'/,
    );
  });
});

describe('readDataset, bombs and pipes', () => {
  it('unpacks no more than the format can hold', async () => {
    const bomb = gzipSync(Buffer.concat([images(1), Buffer.alloc(2e8)]), {level: 1});
    const folder = await folderOf({
      'train-images-idx3-ubyte.gz': bomb,
      'train-labels-idx1-ubyte': labels(1),
    });
    const before = process.memoryUsage().arrayBuffers;
    await expect(readDataset(folder)).rejects.toThrow(
      /train-images-idx3-ubyte.gz: expected the end of a gzip stream of at most 18 bytes/,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e8);
  });

  it('refuses a pipe without waiting for it', async () => {
    const folder = await folderOf({});
    execFileSync('mkfifo', [join(folder, 'data.bin')]);
    await expect(readDataset(folder)).rejects.toThrow(/data\.bin, a pipe \(FIFO\)/);
  });
});

describe('readDataset, what it is given', () => {
  const messageOf = (location: unknown, options: object = {}) =>
    readDataset(location as string, options).then(
      () => 'none',
      (error: unknown) => String(error),
    );

  it('refuses what is no place, and options that are none', async () => {
    for (const location of ['', 3, null, [3], ['a', undefined]]) {
      expect(await messageOf(location)).toMatch(
        /^InvalidArgumentError: readDataset: "location" must be the path of a folder, or a list of paths of files, found .* Pass '\.\/data', say\.$/,
      );
    }
    const folder = await folderOf({'data.bin': cifar10(1)});
    expect(await messageOf(folder, {numClasses: 0})).toMatch(/^\w+: readDataset: "numClasses"/);
    expect(await messageOf(folder, {scale: 0})).toMatch(/readDataset: "scale" must be .* > 0/);
    expect(await messageOf(folder, {labelSet: 'all'})).toMatch(/readDataset: "labelSet" must be/);
    expect(await messageOf(folder, {labels: 'all'})).toMatch(/readDataset: "labels" must be one/);
    expect(await messageOf(folder, {numClasses: 1, scale: 1})).toBe('none');
  });

  it.each([
    ['Train-Images-idx3-ubyte', 'TRAIN-LABELS-IDX1-UBYTE', 'train'],
    ['T10K-images.idx3-ubyte', 't10k-labels-idx1.ubyte', 'test'],
    ['Test-images-idx4-ubyte', 'test-labels-idx1-ubyte', 'test'],
  ])('takes capitals for the same: %s', async (imageName, labelName, part) => {
    const folder = await folderOf({[imageName]: images(1, 2), [labelName]: labels(0, 1)});
    expect(Object.keys(await readDataset(folder))).toEqual([part]);
  });

  it.each([
    'xtrain-images-idx3-ubyte',
    'train-images-idx3-ubyte.txt',
    'train-images-idx-ubyte',
    'a.bin.txt',
    'b.npz.old',
    'c.tar.bz2',
    'binary',
  ])('takes %s for no part of a dataset', async (name) => {
    const folder = await folderOf({[name]: images(1)});
    expect(await messageOf(folder)).toContain(`found only ${name}. Check the path and the names.`);
  });

  it('takes a name with "test" in it, and no folder of that name, for the test part', async () => {
    const folder = await folderOf({'MyTest.BIN': cifar10(3), 'x.bin': cifar10(4)});
    const {train, test} = await readDataset(folder);
    expect([[...(train?.labels ?? [])], [...(test?.labels ?? [])]]).toEqual([[4], [3]]);
    await mkdir(join(folder, 'tests'));
    await writeFile(join(folder, 'tests', 'x.bin'), cifar10(5));
    expect(Object.keys(await readDataset([join(folder, 'tests', 'x.bin')]))).toEqual(['train']);
  });

  it('refuses two datasets at once, by the names of both', async () => {
    const archive = new Uint8Array(1024);
    const two = await folderOf({'a.tar': archive, 'b.tgz': archive});
    expect(await messageOf(two)).toBe(
      'InvalidArgumentError: readDataset: "location" must name one dataset, found a.tar and b.tgz. ' +
        'Pass the files of one as a list.',
    );
    for (const name of ['data.bin', 'test.bin']) {
      const mixed = await folderOf({'a.tar': archive, [name]: cifar10(1)});
      expect(await messageOf(mixed)).toContain(
        'must name one dataset, found a.tar and other files.',
      );
    }
    const forms = await folderOf({'a.bin': cifar10(1), 'b.npz': archive});
    expect(await messageOf(forms)).toContain(
      'must name one train part, found two: a.bin and b.npz. Pass the files of one as a list.',
    );
    const labelled = await folderOf({'t10k-labels-idx1-ubyte': labels(1), 'test.bin': cifar10(1)});
    expect(await messageOf(labelled)).toContain('must name one test part, found two: t10k-labels');
  });

  it('reads from disk nothing that is packed', async () => {
    const refusal = (name: string) =>
      `InvalidArgumentError: readDataset: "storage" must be 'memory' for files that are packed, found 'files' and ${name}. Unpack it first, or leave storage out.`;
    const npz = await folderOf({'a.npz': new Uint8Array(9)});
    expect(await messageOf(npz, {storage: 'files'})).toBe(refusal('a.npz'));
    const idx = await folderOf({
      'train-images-idx3-ubyte.gz': gzipSync(images(1)),
      'train-labels-idx1-ubyte.gz': gzipSync(labels(1)),
    });
    expect(await messageOf(idx, {storage: 'files'})).toBe(refusal('train-images-idx3-ubyte.gz'));
    const bin = await folderOf({'a.bin': cifar10(1), 'b.bin.gz': gzipSync(cifar10(1))});
    expect(await messageOf(bin, {storage: 'files'})).toBe(refusal('b.bin.gz'));
  });
});

const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
describe.skipIf(!existsSync(shared))('../shared/data', () => {
  it('reads its CIFAR-10-LT and its optdigits', async () => {
    const cifar = await readDataset(join(shared, 'cifar10-lt'));
    expect(cifar.train?.labels).toHaveLength(13996);
    expect(classCounts(cifar.test?.labels ?? [], 10)).toEqual(Array(10).fill(200));
    const digits = await readDataset(join(shared, 'optdigits-8x8'), {scale: 16});
    expect(digits.train?.labels).toHaveLength(3823);
    expect(digits.test?.labels).toHaveLength(1797);
  });

  // python: numpy.random.seed(0); for c in range(10): i = numpy.where(labels == c)[0];
  // numpy.random.shuffle(i); kept = i[:int(200 * 0.1 ** (c / 9))] (NumPy 2.4.6)
  it("keeps of CIFAR-10 what the papers' code keeps", async () => {
    const {test} = await readDataset(join(shared, 'cifar10-lt'));
    if (test === undefined) throw new Error('no test part');
    const kept = longTailedSubset(test.labels, 10, {imbalanceRatio: 10, selection: 'numpy-legacy'});
    const part = subset(test, kept);
    expect(classCounts(part.labels, 10)).toEqual([200, 154, 119, 92, 71, 55, 43, 33, 25, 20]);
    expect([...kept.slice(0, 6)]).toEqual([18, 170, 107, 98, 177, 182]);
    expect([...kept.slice(-20, -14)]).toEqual([1876, 1813, 1838, 1920, 1968, 1914]);
    expect(kept.reduce((a, b) => a + b, 0)).toBe(499_919);
    expect(part.classNames?.[9]).toBe('truck');
    // The bytes of all the images kept, added up.
    let sum = 0;
    for (let start = 0; start < kept.length; start += 100) {
      const count = Math.min(100, kept.length - start);
      const {x, labels} = part.batch(Array.from({length: count}, (_, i) => start + i));
      for (const value of x.dataSync()) sum += Math.round(value * 255);
      tf.dispose([x, labels]);
    }
    expect(sum).toBe(312_594_042);
  });

  it('leaves CIFAR-10-LT on disk and gives the same images', async () => {
    const packed = await readFile(join(shared, 'cifar10-lt', 'cifar10_test_2000.bin.gz'));
    const folder = await folderOf({'test_batch.bin': gunzipSync(packed)});
    const {test: onDisk} = await readDataset(folder, {storage: 'files'});
    const {test: inMemory} = await readDataset(folder);
    const indices = [1999, 0, 777];
    const [ours, theirs] = [await onDisk?.batch(indices), inMemory?.batch(indices)];
    expect(numbers(ours?.x ?? tf.scalar(0))).toEqual(numbers(theirs?.x ?? tf.scalar(1)));
    tf.dispose([{...ours}, {...theirs}]);
  });
});
