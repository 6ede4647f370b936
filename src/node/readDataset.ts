import {readdir, readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';

import type * as tf from '@tensorflow/tfjs-core';

import type {DatasetInMemory} from '../core/dataset';
import {DataFormatError, InvalidArgumentError} from '../core/errors';
import {withDefaults} from '../core/options';
import {cifarDataset} from '../data/cifar';
import {gunzip} from '../data/gunzip';
import {idxDataset} from '../data/idx';

/** Options of {@link readDataset}. */
export interface ReadDatasetOptions {
  /** Number of classes of IDX files; by default the largest label plus 1. */
  readonly numClasses?: number | undefined;
  /** What a pixel of IDX files is divided by: the value of full brightness. @defaultValue 255 */
  readonly scale?: number | undefined;
  /** Which labels of CIFAR-100 to take. @defaultValue 'fine' */
  readonly labelSet?: 'fine' | 'coarse' | undefined;
}

/** What {@link readDataset} found. */
export interface DatasetParts {
  /** The training examples, if there are any. */
  readonly train?: DatasetInMemory<tf.Tensor4D>;
  /** The test examples, if there are any. */
  readonly test?: DatasetInMemory<tf.Tensor4D>;
}

const DEFAULTS = {
  numClasses: undefined as number | undefined,
  scale: 255,
  labelSet: 'fine' as 'fine' | 'coarse',
};

type Part = 'train' | 'test';

/**
 * Reads a dataset from a folder in one of the usual forms, each file plain or with `.gz`:
 *
 * - IDX: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`; `t10k-` or `test-` for the test
 *   part (also with a dot before `idx`).
 * - CIFAR's binary form: every other `.bin` file. Those with `test` in their name are the test
 *   part, the others, in the order of their names, the training part.
 *
 * @param location - A folder, or a list of files, of which the names decide as above.
 * @param options - See {@link ReadDatasetOptions}.
 * @returns The parts that are there.
 * @throws {@link InvalidArgumentError} if there is no such file, an image file lacks its labels or
 *   both forms are there.
 * @throws {@link DataFormatError} if a file is garbled.
 * @example
 * ```ts
 * const {train, test} = await readDataset('examples/data/fashion-mnist');
 * train?.numClasses; // => 10
 * test?.labels.length; // => 2000
 * ```
 */
export async function readDataset(
  location: string | readonly string[],
  options: ReadDatasetOptions = {},
): Promise<DatasetParts> {
  const settings = withDefaults('readDataset', DEFAULTS, options);
  const files = await filesOf(location);
  const train = await readPart('train', files, settings);
  const test = await readPart('test', files, settings);
  if (train === undefined && test === undefined) {
    throw wrongFiles(
      'name IDX files (train-images-idx3-ubyte, ...) or CIFAR files (*.bin)',
      files.length === 0
        ? 'no file at all'
        : `only ${files.map((file) => basename(file)).join(', ')}`,
      'Check the path and the names.',
    );
  }
  return {...(train === undefined ? {} : {train}), ...(test === undefined ? {} : {test})};
}

async function filesOf(location: string | readonly string[]): Promise<string[]> {
  if (typeof location !== 'string') return [...location];
  const names = await readdir(location).catch((error: unknown) => {
    throw wrongFiles(
      'be a folder that can be read, or a list of files',
      `${location} (${error instanceof Error ? error.message : String(error)})`,
      'Check the path.',
    );
  });
  return names.sort().map((name) => join(location, name));
}

async function readPart(
  part: Part,
  files: readonly string[],
  settings: typeof DEFAULTS,
): Promise<DatasetInMemory<tf.Tensor4D> | undefined> {
  const images = theOne(files, idxName(part, 'images'));
  const labels = theOne(files, idxName(part, 'labels'));
  const records = files.filter((file) => {
    const name = basename(file);
    return /\.bin(\.gz)?$/i.test(name) && /test/i.test(name) === (part === 'test');
  });
  if (images === undefined && labels === undefined) {
    return records.length === 0 ? undefined : readCifar(records, settings.labelSet);
  }
  if (images === undefined || labels === undefined) {
    throw wrongFiles(
      `name both images and labels of the ${part} part`,
      `only ${basename((images ?? labels) as string)}`,
      'Put the other file beside it.',
    );
  }
  if (records.length > 0) {
    throw wrongFiles(
      `name one ${part} part`,
      `two: ${basename(images)} and ${basename(records[0] as string)}`,
      'Pass the files of one as a list.',
    );
  }
  const {numClasses, scale} = settings;
  return idxDataset(await readWhole(images), await readWhole(labels), {
    numClasses,
    scale,
    imageSource: images,
    labelSource: labels,
  });
}

function idxName(part: Part, content: 'images' | 'labels'): RegExp {
  const prefix = part === 'train' ? 'train' : '(?:t10k|test)';
  return new RegExp(`^${prefix}-${content}[-.]idx\\d[-.]ubyte(\\.gz)?$`, 'i');
}

function theOne(files: readonly string[], name: RegExp): string | undefined {
  const [file, second] = files.filter((candidate) => name.test(basename(candidate)));
  if (file !== undefined && second !== undefined) {
    throw wrongFiles(
      'name each file once',
      `two for one: ${basename(file)} and ${basename(second)}`,
      'Remove one, or pass the files as a list.',
    );
  }
  return file;
}

const CIFAR_10_RECORD = 3073;
const CIFAR_100_RECORD = 3074;

async function readCifar(
  files: readonly string[],
  labelSet: 'fine' | 'coarse',
): Promise<DatasetInMemory<tf.Tensor4D>> {
  const contents = await Promise.all(files.map(readWhole));
  // The first file tells which set it is, its neighbours must agree.
  const classes = (contents[0]?.length ?? 0) % CIFAR_10_RECORD === 0 ? 10 : 100;
  const record = classes === 10 ? CIFAR_10_RECORD : CIFAR_100_RECORD;
  contents.forEach(({length}, i) => {
    if (length > 0 && length % record === 0) return;
    throw new DataFormatError({
      source: files[i] as string,
      offset: length,
      expected: `the end of a record of ${CIFAR_10_RECORD} bytes (or ${CIFAR_100_RECORD}, CIFAR-100)`,
      found: `a file of ${length}`,
    });
  });
  return cifarDataset(Buffer.concat(contents), {classes, labelSet, source: files.join(' + ')});
}

async function readWhole(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw wrongFiles(
      'name files that can be read',
      `${file} (${error instanceof Error ? error.message : String(error)})`,
      'Check the path.',
    );
  });
  return file.toLowerCase().endsWith('.gz') ? gunzip(bytes, file) : bytes;
}

const wrongFiles = (expected: string, found: string, remedy: string): InvalidArgumentError =>
  new InvalidArgumentError({where: 'readDataset', argument: 'location', expected, found, remedy});
