import {execFileSync} from 'node:child_process';
import {gzipSync} from 'node:zlib';

import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import type {Dataset} from '../../src/core/dataset';
import {gunzip} from '../../src/data/archives/gunzip';
import {cifarDataset} from '../../src/data/cifar';
import {cifarArchive, type CifarParts} from '../../src/data/cifarArchive';
import {cifarNpz} from '../../src/data/cifarNpz';
import {decodeImage} from '../../src/data/decodeImage';
import {idxDataset, parseIdx} from '../../src/data/idx';
import {imageDataset} from '../../src/data/imageDataset';
import {readDataset} from '../../src/node/readDataset';
import {readImageFolder} from '../../src/node/readImageFolder';
import {readTinyImageNet} from '../../src/node/readTinyImageNet';
import golden from '../golden/image-files.json';
import {withFolder} from '../support/folders';

/**
 * Damaged files through every reader. FUZZ_RUNS says how many in all; without it, a few hundred.
 *
 *   FUZZ_RUNS=100000 npx vitest run --config test/vitest.config.ts --project cpu test/data/fuzz
 */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 600);

const TYPED = ['DataFormatError', 'InvalidArgumentError'];

// Beyond what is in use before: images of 2^24 pixels are the most that a decoder may ask for.
const MEMORY_LIMIT = 600e6;

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

const record = (...labels: number[]) => [
  ...labels,
  ...Array.from({length: 3072}, (_, i) => (i * 31) % 256),
];
const cifar10 = Uint8Array.from([...record(3), ...record(9)]);
const cifar100 = Uint8Array.from([...record(3, 30), ...record(19, 99)]);
const idxImages = Uint8Array.of(
  0,
  0,
  8,
  3,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  2,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
);
const idxLabels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 1, 0);

const batches = Object.fromEntries(
  [1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.bin`, cifar10.slice(0, 3073)]),
);
const tar = await withFolder({...batches, 'test_batch.bin': cifar10}, async (folder) =>
  Uint8Array.from(execFileSync('tar', ['-cf', '-', '-C', folder, '.'])),
);

/** A dataset that was read has to be whole. */
async function use(dataset: Dataset<tf.Tensor4D>): Promise<void> {
  const {x, labels} = await dataset.batch([0, dataset.labels.length - 1]);
  const values = x.dataSync();
  expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  expect([...dataset.labels].every((label) => label >= 0 && label < dataset.numClasses)).toBe(true);
  expect(labels.shape).toEqual([2]);
  tf.dispose([x, labels]);
}

/** An archive that was read has both parts, and all batches of one size. */
async function useBoth({train, test}: CifarParts): Promise<void> {
  expect(train.labels).toHaveLength(5);
  expect(test.labels).toHaveLength(2);
  await use(train);
  await use(test);
}

type Reader = (bytes: Uint8Array) => Promise<void>;

const images = (name: keyof typeof golden.images): [string, Uint8Array, Reader] => [
  `decodeImage, ${name}`,
  bytesOf(golden.images[name].file),
  async (bytes) => {
    const {width, height, data} = await decodeImage(bytes);
    expect(data).toHaveLength(4 * width * height);
  },
];

const png = bytesOf(golden.images.png.file);
const npz = bytesOf(golden.arrays.cifar10);
const packedImages = Uint8Array.from(gzipSync(idxImages));

/** A folder with these files, of which readDataset has to read all parts whole. */
const useFolder = (
  files: Record<string, Uint8Array>,
  parts: Record<string, number>,
): Promise<void> =>
  withFolder(files, async (folder) => {
    const read = await readDataset(folder);
    expect(Object.keys(read)).toEqual(Object.keys(parts));
    for (const dataset of [read.train, read.test]) {
      if (dataset !== undefined) await use(dataset);
    }
    const counts = [read.train, read.test].flatMap((part) => part?.labels.length ?? []);
    expect(counts).toEqual(Object.values(parts));
  });

/** Tiny-ImageNet with one image of each class, in each part. */
const tinyImageNet = {
  'words.txt': Buffer.from('n01\tgoldfish\nn02\tfrog\n'),
  'train/n01/images/a.png': png,
  'train/n02/images/b.png': png,
  'val/images/a.png': png,
  'val/images/b.png': png,
  'val/val_annotations.txt': Buffer.from('a.png\tn01\t0\nb.png\tn02\t0\n'),
};

const useTinyImageNet = (change: Record<string, Uint8Array>): Promise<void> =>
  withFolder({...tinyImageNet, ...change}, async (folder) => {
    const {train, test} = await readTinyImageNet(folder);
    expect([...train.labels]).toEqual([0, 1]);
    expect(test.labels.length).toBeGreaterThan(0);
    await use(train);
    await use(test);
  });

const READERS: readonly (readonly [name: string, intact: Uint8Array, read: Reader])[] = [
  [
    'gunzip',
    Uint8Array.from(gzipSync(cifar10)),
    async (bytes) => {
      await gunzip(bytes, 'a', {maxBytes: 1e7});
    },
  ],
  [
    'parseIdx',
    idxImages,
    async (bytes) => {
      parseIdx(bytes);
    },
  ],
  ['idxDataset, images', idxImages, (bytes) => use(idxDataset(bytes, idxLabels))],
  ['idxDataset, labels', idxLabels, (bytes) => use(idxDataset(idxImages, bytes))],
  ['cifarDataset, 10', cifar10, (bytes) => use(cifarDataset(bytes, {classes: 10}))],
  ['cifarDataset, 100', cifar100, (bytes) => use(cifarDataset(bytes, {classes: 100}))],
  ['cifarArchive, tar', tar, async (bytes) => useBoth(await cifarArchive(bytes))],
  [
    'cifarArchive, damaged before compression',
    tar,
    async (bytes) => {
      const packed = Uint8Array.from(gzipSync(bytes, {level: 1}));
      await useBoth(await cifarArchive(packed, {maxBytes: 1e7}));
    },
  ],
  [
    'cifarArchive, damaged after compression',
    Uint8Array.from(gzipSync(tar)),
    async (bytes) => useBoth(await cifarArchive(bytes, {maxBytes: 1e7})),
  ],
  ['cifarNpz, 10', bytesOf(golden.arrays.cifar10), async (bytes) => use(await cifarNpz(bytes))],
  ['cifarNpz, 100', bytesOf(golden.arrays.cifar100), async (bytes) => use(await cifarNpz(bytes))],
  images('png'),
  images('palettePng'),
  images('transparentPng'),
  images('jpeg420'),
  images('progressiveJpeg'),
  images('greyJpeg'),
  [
    'imageDataset',
    bytesOf(golden.images.png.file),
    async (bytes) => {
      const intact = bytesOf(golden.images.png.file);
      const files = [intact, bytes].map((content, label) => ({
        name: 'a',
        label,
        read: () => content,
      }));
      await use(await imageDataset(files, {classNames: ['a', 'b']}));
    },
  ],
  images('colourKeyPng'),
  images('rgbJpeg'),
  [
    'readImageFolder',
    png,
    (bytes) =>
      withFolder({'a/1.png': png, 'a/2.png': bytes, 'b/1.png': png}, async (folder) => {
        const dataset = await readImageFolder(folder);
        expect([...dataset.labels]).toEqual([0, 0, 1]);
        const {x, labels} = await dataset.batch([1]);
        tf.dispose([x, labels]);
        await use(dataset);
      }),
  ],
  [
    'readTinyImageNet, annotations',
    Uint8Array.from(tinyImageNet['val/val_annotations.txt']),
    (bytes) => useTinyImageNet({'val/val_annotations.txt': bytes}),
  ],
  [
    'readTinyImageNet, words',
    Uint8Array.from(tinyImageNet['words.txt']),
    (bytes) => useTinyImageNet({'words.txt': bytes}),
  ],
  ['readTinyImageNet, image', png, (bytes) => useTinyImageNet({'train/n02/images/b.png': bytes})],
  [
    'readDataset, IDX images, .gz',
    packedImages,
    (bytes) =>
      useFolder(
        {'train-images-idx3-ubyte.gz': bytes, 'train-labels-idx1-ubyte': idxLabels},
        {train: 2},
      ),
  ],
  [
    'readDataset, IDX labels, .gz',
    Uint8Array.from(gzipSync(idxLabels)),
    (bytes) =>
      useFolder(
        {'t10k-images-idx3-ubyte.gz': packedImages, 't10k-labels-idx1-ubyte.gz': bytes},
        {test: 2},
      ),
  ],
  [
    'readDataset, npz',
    npz,
    (bytes) => useFolder({'test.npz': bytes, 'a.npz': npz}, {train: 2, test: 2}),
  ],
  ['readDataset, tar', tar, (bytes) => useFolder({'cifar.tar': bytes}, {train: 5, test: 2})],
  [
    'readDataset, tar.gz',
    Uint8Array.from(gzipSync(tar)),
    (bytes) => useFolder({'cifar.tar.gz': bytes}, {train: 5, test: 2}),
  ],
  [
    'readDataset, a batch of five',
    batches['data_batch_3.bin']!,
    (bytes) => useFolder({...batches, 'data_batch_3.bin': bytes}, {train: 5}),
  ],
  [
    'readDataset, files on disk',
    cifar10,
    (bytes) =>
      withFolder({'test.bin': bytes, 'train.bin': cifar10}, async (folder) => {
        const {train, test} = await readDataset(folder, {storage: 'files'});
        if (train !== undefined) await use(train);
        if (test !== undefined) await use(test);
      }),
  ],
];

/** One kind of damage. */
type Damage = (bytes: Uint8Array) => Uint8Array;

const at = fc.oneof(
  {weight: 2, arbitrary: fc.nat(64)}, // headers
  {weight: 1, arbitrary: fc.nat(1 << 20)},
);
const huge = fc.constantFrom(
  ...[
    [255, 255, 255, 255],
    [127, 255, 255, 255],
    [128, 0, 0, 0],
    [255, 255, 255, 127],
    [0, 0, 0, 128],
  ],
  ...[
    [0, 0, 0, 0],
    [0, 255],
    [255, 0],
    [55, 55, 55, 55, 55, 55, 55],
  ],
);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc
    .nat(1 << 20)
    .map((length) => (bytes: Uint8Array) => bytes.slice(0, length % (bytes.length + 1))),
  fc.tuple(at, fc.integer({min: 1, max: 255})).map(([place, mask]) => (bytes: Uint8Array) => {
    const changed = bytes.slice();
    if (changed.length > 0) changed[place % changed.length]! ^= mask;
    return changed;
  }),
  fc.tuple(at, huge).map(([place, value]) => (bytes: Uint8Array) => {
    const changed = bytes.slice();
    const start = changed.length === 0 ? 0 : place % changed.length;
    changed.set(value.slice(0, changed.length - start), start);
    return changed;
  }),
  fc.tuple(at, fc.uint8Array({maxLength: 40})).map(([place, extra]) => (bytes: Uint8Array) => {
    const start = place % (bytes.length + 1);
    return Uint8Array.from([...bytes.subarray(0, start), ...extra, ...bytes.subarray(start)]);
  }),
  fc.tuple(at, at).map(([from, length]) => (bytes: Uint8Array) => {
    const start = from % (bytes.length + 1);
    return Uint8Array.from([
      ...bytes.subarray(0, start),
      ...bytes.subarray(start + (length % 600)),
    ]);
  }),
);

describe('damaged files', () => {
  const runs = Math.ceil(RUNS / READERS.length);
  const tally: Record<string, Record<string, number>> = {};

  it.each(READERS)(
    '%s: a typed error or a whole result',
    {timeout: 3_600_000},
    async (name, intact, read) => {
      await read(intact);
      const counts: Record<string, number> = {};
      tally[name] = counts;
      const tensors = tf.memory().numTensors;
      const before = process.memoryUsage().rss;
      let peak = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(damage, {minLength: 1, maxLength: 3}), async (damages) => {
          const bytes = damages.reduce((all, change) => change(all), intact);
          let outcome = 'read';
          try {
            await read(bytes);
          } catch (error) {
            outcome = (error as Error).name;
            if (!TYPED.includes(outcome)) throw error;
          }
          counts[outcome] = (counts[outcome] ?? 0) + 1;
          peak = Math.max(peak, process.memoryUsage().rss - before);
          expect(tf.memory().numTensors).toBe(tensors);
        }),
        {numRuns: runs},
      );
      counts['peak MB'] = Math.round(peak / 1e6);
      expect(peak).toBeLessThan(MEMORY_LIMIT);
      if (RUNS > 10_000) console.log(name, counts);
    },
  );

  it('gzip and tar bombs', async () => {
    const before = process.memoryUsage().rss;
    const zeros = gzipSync(new Uint8Array(1e8), {level: 1});
    const bombs = [1, 8].map((parts) =>
      Uint8Array.from(Buffer.concat(Array.from({length: parts}, () => zeros))),
    );
    // A tar of which the header promises one file, with zeros without end behind it.
    const header = Uint8Array.from(tar.subarray(512, 1024));
    const tarBomb = gzipSync(Buffer.concat([header, new Uint8Array(5e7)]), {level: 1});
    for (const bomb of [...bombs, Uint8Array.from(tarBomb)]) {
      await expect(gunzip(bomb, 'a', {maxBytes: 1e7})).rejects.toMatchObject({
        name: 'DataFormatError',
      });
      await expect(cifarArchive(bomb, {maxBytes: 1e7})).rejects.toMatchObject({
        name: 'DataFormatError',
      });
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY_LIMIT);
  });
});
