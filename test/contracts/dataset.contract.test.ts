// What every dataset keeps, wherever its examples come from. A new one joins by a line of the table.
import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {asDataset} from '../../src/core/asDataset';
import {type Dataset, subset} from '../../src/core/dataset';
import {InvalidArgumentError} from '../../src/core/errors';
import {prefetch} from '../../src/core/prefetch';
import * as room from '../../src/data';
import {arrayDataset} from '../../src/data/arrayDataset';
import {cifarDataset} from '../../src/data/cifar';
import {cifarArchive} from '../../src/data/cifarArchive';
import {cifarNpz} from '../../src/data/cifarNpz';
import {idxDataset} from '../../src/data/idx';
import {imageDataset} from '../../src/data/imageDataset';
import * as node from '../../src/node';
import {readDataset} from '../../src/node/readDataset';
import {readImageFolder} from '../../src/node/readImageFolder';
import {readTinyImageNet} from '../../src/node/readTinyImageNet';
import golden from '../golden/image-files.json';
import {withFolder} from '../support/folders';
import {expectListed} from '../support/listed';
import {expectNoLeak, numbers} from '../support/tensors';

interface Source {
  /** The public function that the line is about. */
  readonly of: string;
  readonly make: () => Promise<Dataset> | Dataset;
  /** What the files say: labels, and the shape of an image. */
  readonly labels: readonly number[];
  readonly shape: readonly [height: number, width: number, channels: number];
  /** The bytes of an image as they stand in the file, row-major. */
  readonly bytes: (example: number) => ArrayLike<number>;
}

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

// Five grey images of two pixels.
const GREY = {
  labels: [0, 2, 1, 1, 0],
  shape: [1, 2, 1],
  bytes: (example: number) => [example * 50, 255 - example],
} as const;
const greyBytes = Uint8Array.from(GREY.labels.flatMap((_, i) => GREY.bytes(i)));

// Three images of CIFAR: in the file red, green and blue are planes.
const CIFAR = {
  labels: [3, 9, 3],
  shape: [32, 32, 3],
  bytes: (example: number) =>
    Uint8Array.from({length: 3072}, (_, i) => plane(example, i % 3, Math.floor(i / 3))),
} as const;
const plane = (example: number, channel: number, pixel: number) =>
  (example * 31 + channel * 100 + pixel * 7) % 256;
const cifarRecord = (example: number) => [
  CIFAR.labels[example] ?? 0,
  ...Array.from({length: 3072}, (_, i) => plane(example, Math.floor(i / 1024), i % 1024)),
];
const cifarBytes = Uint8Array.from(CIFAR.labels.flatMap((_, i) => cifarRecord(i)));

/** An IDX file of bytes. */
const idx = (shape: readonly number[], data: ArrayLike<number>) =>
  Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, 0, n]), ...Array.from(data));

/** A tar archive: for each file 512 bytes of header, then its bytes in blocks of 512. */
function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, bytes]) => {
    const header = new Uint8Array(512);
    const write = (text: string, at: number) => {
      header.set(new TextEncoder().encode(text), at);
    };
    write(name, 0);
    write(`${bytes.length.toString(8).padStart(11, '0')} `, 124);
    write('ustar', 257);
    write('0', 156);
    write('        ', 148); // the sum is made as if it were blank
    const sum = header.reduce((total, byte) => total + byte, 0);
    write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const padded = new Uint8Array(512 * Math.ceil(bytes.length / 512));
    padded.set(bytes);
    return [...header, ...padded];
  });
  return Uint8Array.from([...blocks, ...new Uint8Array(1024)]);
}

const PNG = bytesOf(golden.images.png.file);
const picture = {
  shape: [16, 24, 3],
  bytes: () => bytesOf(golden.images.png.rgb),
} as const;

const grey = () => arrayDataset(greyBytes, GREY.labels, {shape: GREY.shape});

/** Reads a folder that is gone afterwards: all must be in memory, or read within the test. */
const inFolder = (
  files: Readonly<Record<string, Uint8Array | string>>,
  read: (folder: string) => Promise<Dataset>,
) =>
  withFolder(files, async (folder) => {
    const dataset = await read(folder);
    const all = Array.from(dataset.labels.keys());
    const {x, labels} = await dataset.batch(all); // fills the cache of what is decoded
    tf.dispose([x, labels]);
    return dataset;
  });

const whole = (dataset: Dataset | undefined): Dataset => {
  if (dataset === undefined) throw new Error('the part is missing');
  return dataset;
};

const SOURCES: Readonly<Record<string, Source>> = {
  'arrayDataset of bytes': {of: 'arrayDataset', make: grey, ...GREY},
  'arrayDataset of floats': {
    ...{of: 'arrayDataset', ...GREY},
    make: () =>
      arrayDataset(
        Float32Array.from(greyBytes, (byte) => byte / 255),
        GREY.labels,
        {
          shape: GREY.shape,
        },
      ),
  },
  cifarDataset: {
    ...{of: 'cifarDataset', ...CIFAR},
    make: () => cifarDataset(cifarBytes, {classes: 10}),
  },
  cifarArchive: {
    ...{of: 'cifarArchive', ...CIFAR},
    make: async () =>
      (
        await cifarArchive(
          tar({
            ...Object.fromEntries(
              [1, 2, 3, 4, 5].map((n) => [`c/data_batch_${n}.bin`, cifarBytes.slice(0, 3073)]),
            ),
            'c/test_batch.bin': cifarBytes,
          }),
        )
      ).test,
  },
  cifarNpz: {
    ...{of: 'cifarNpz', labels: [3, 9], shape: [32, 32, 3]},
    make: () => cifarNpz(bytesOf(golden.arrays.cifar10)),
    // The planes of the fixture are a pattern over the whole array.
    bytes: (example) =>
      Uint8Array.from(
        {length: 3072},
        (_, i) => ((example * 3072 + (i % 3) * 1024 + Math.floor(i / 3)) * 7) % 251,
      ),
  },
  idxDataset: {
    ...{of: 'idxDataset', ...GREY},
    make: () => idxDataset(idx([5, 1, 2], greyBytes), idx([5], GREY.labels)),
  },
  imageDataset: {
    ...{of: 'imageDataset', ...GREY},
    make: () =>
      imageDataset(
        GREY.labels.map((label, i) => ({
          ...{label, name: `${i}.raw`},
          read: () => Uint8Array.from(GREY.bytes(i)),
        })),
        {
          ...{classNames: ['a', 'b', 'c'], channels: 1, cacheBytes: 4},
          decode: (file) => ({
            ...{height: 1, width: 2},
            data: Uint8Array.from([...file].flatMap((byte) => [byte, byte, byte, 255])),
          }),
        },
      ),
  },
  'asDataset of arrays': {
    ...{of: 'asDataset', ...GREY},
    make: () =>
      asDataset<tf.Tensor4D>({
        x: GREY.labels.map((_, i) => [GREY.bytes(i).map((byte) => [byte / 255])]),
        labels: [...GREY.labels],
      } as never),
  },
  subset: {
    ...{of: 'subset', ...GREY},
    make: () => {
      const turned = [4, 3, 2, 1, 0];
      const behind = arrayDataset(
        Uint8Array.from(turned.flatMap((i) => GREY.bytes(i))),
        turned.map((i) => GREY.labels[i] ?? 0),
        {shape: GREY.shape},
      );
      return subset(behind, turned);
    },
  },
  'readDataset, in memory': {
    ...{of: 'readDataset', ...GREY},
    make: () =>
      inFolder(
        {
          'train-images-idx3-ubyte': idx([5, 1, 2], greyBytes),
          'train-labels-idx1-ubyte': idx([5], GREY.labels),
        },
        async (folder) => whole((await readDataset(folder)).train),
      ),
  },
  readImageFolder: {
    ...{of: 'readImageFolder', labels: [0, 1, 1], ...picture},
    make: () => inFolder({'a/1.png': PNG, 'b/1.png': PNG, 'b/2.png': PNG}, readImageFolder),
  },
  readTinyImageNet: {
    ...{of: 'readTinyImageNet', labels: [0, 1], ...picture},
    make: () =>
      inFolder(
        {
          'wnids.txt': 'n01\nn02\n',
          'train/n01/images/n01_0.JPEG': PNG,
          'train/n02/images/n02_0.JPEG': PNG,
          'val/images/val_0.JPEG': PNG,
          'val/val_annotations.txt': 'val_0.JPEG\tn02\t0\t32\t44\t62\n',
        },
        async (folder) => (await readTinyImageNet(folder)).train,
      ),
  },
};

it('the table has every dataset of the rooms', () => {
  const others = [
    ...['decodeImage', 'gunzip', 'parseIdx', 'prefetch', 'mixedLoss'],
    // Augmentations: test/data/augment.
    ...['augmentInTurn', 'autoAugment', 'cropAndFlip', 'cutMix', 'cutout', 'mixUp', 'randAugment'],
  ];
  const nodeOthers = [
    ...['fileCheckpoints', 'fileModel', 'startWasmThreads', 'startWebGpu'],
    ...['evaluateInPool', 'pooledEvaluation'],
  ];
  const listed = Object.values(SOURCES).map(({of}) => of);
  const inRoom = (names: object) => listed.filter((name) => name in names);
  expectListed(room, [...inRoom(room), ...others]);
  expectListed(node, [...inRoom(node), ...nodeOthers]);
  expect(listed.every((name) => name in room || name in node || name === 'subset')).toBe(true);
});

describe.each(Object.entries(SOURCES))('%s', (_name, {make, labels, shape, bytes}) => {
  let data: Dataset;
  let before: number;
  beforeAll(async () => {
    before = tf.memory().numTensors;
    data = await make();
  });
  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before); // a dataset holds no tensors of its own
  });

  /** Values and labels of a batch, on the JavaScript side. */
  const read = async (indices: ArrayLike<number>) => {
    const batch = await data.batch(indices);
    try {
      expect([batch.x.dtype, batch.labels.dtype]).toEqual(['float32', 'int32']);
      expect(batch.x.shape).toEqual([indices.length, ...shape]);
      return {x: numbers(batch.x), labels: numbers(batch.labels)};
    } finally {
      tf.dispose([batch.x, batch.labels]);
    }
  };
  const pixels = (example: number) => Array.from(bytes(example), (byte) => Math.fround(byte / 255));

  it('knows its labels and classes', () => {
    expect(data.labels).toEqual(Int32Array.from(labels));
    expect(data.numClasses).toBeGreaterThan(Math.max(...labels));
    if (data.classNames !== undefined) expect(data.classNames).toHaveLength(data.numClasses);
  });

  it('gives each example alone, from 0 to 1', async () => {
    for (const [i, label] of labels.entries()) {
      expect(await read([i])).toEqual({x: pixels(i), labels: [label]});
    }
  });

  it('gives a batch in the order of its indices, whatever kind of list, and repeats', async () => {
    const indices = [labels.length - 1, 0, labels.length - 1, 1];
    const wanted = {
      x: indices.flatMap(pixels),
      labels: indices.map((i) => labels[i]),
    };
    expect(await read(indices)).toEqual(wanted);
    expect(await read(Int32Array.from(indices))).toEqual(wanted);
    expect(indices).toEqual([labels.length - 1, 0, labels.length - 1, 1]);
  });

  it('gives an empty batch', async () => {
    expect(await read([])).toEqual({x: [], labels: []});
  });

  it('keeps batches apart that are asked for at once', async () => {
    const found = await Promise.all([read([0]), read([1]), read([0, 1])]);
    expect(found.map(({x}) => x)).toEqual([pixels(0), pixels(1), [...pixels(0), ...pixels(1)]]);
  });

  it('refuses indices out of range, and leaves nothing behind', async () => {
    await expectNoLeak(async () => {
      for (const index of [-1, labels.length, 0.5, NaN]) {
        await expect((async () => data.batch([0, index]))()).rejects.toThrow(InvalidArgumentError);
      }
    });
  });

  it('can be prefetched', async () => {
    const seen: number[][] = [];
    for await (const {x, labels: found} of prefetch(data, [[1], [0]])) {
      seen.push(numbers(found));
      tf.dispose([x, found]);
    }
    expect(seen).toEqual([[labels[1]], [labels[0]]]);
  });
});
