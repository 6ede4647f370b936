import {readdir} from 'node:fs/promises';
import {basename, join} from 'node:path';

import {checkNumber} from '../core/checks/checkNumber';
import {checkNumClasses} from '../core/checks/checkLabelArray';
import {checkGiven} from '../core/checks/checkGiven';
import type * as tf from '@tensorflow/tfjs-core';

import {checkOneOf} from '../core/checks/checkOneOf';
import type {Dataset, DatasetInMemory} from '../core/dataset';
import {type Defaults, withDefaults} from '../core/options';
import {gunzipWithin} from '../data/archives/gunzip';
import {CIFAR_MAX_BYTES} from '../data/cifar';
import {checkBatchNames} from '../data/cifarBatches';
import {cifarArchive} from '../data/cifarArchive';
import {cifarLabelSet} from '../data/cifarClasses';
import {idxDataset, idxLayout} from '../data/idx';
import {isHidden} from './imageFiles';
import {isGzip, readArrays, readCifar} from './readCifar';
import {idxInFiles} from './recordFiles';
import {packed, wrongFiles} from './refusedFiles';
import {messageOf, readRegularFile} from './regularFile';

/** Options of {@link readDataset}. */
export interface ReadDatasetOptions {
  /** Number of classes of IDX files; by default the largest label plus 1. */
  readonly numClasses?: number | undefined;
  /** What a pixel of IDX files is divided by: the value of full brightness. @defaultValue 255 */
  readonly scale?: number | undefined;
  /** Which labels of CIFAR-100 to take. @defaultValue 'fine' */
  readonly labelSet?: 'fine' | 'coarse' | undefined;
  /**
   * `'memory'` reads everything at once; batches are there without waiting. `'files'` leaves the
   * images on disk and reads those that a batch asks for, of IDX files and CIFAR's `.bin` files
   * that are not compressed. @defaultValue 'memory'
   */
  readonly storage?: 'memory' | 'files' | undefined;
}

/** What {@link readDataset} found. */
export interface DatasetParts<D extends Dataset<tf.Tensor4D> = DatasetInMemory<tf.Tensor4D>> {
  /** The training examples, if there are any. */
  readonly train?: D;
  /** The test examples, if there are any. */
  readonly test?: D;
}

const DEFAULTS: Defaults<ReadDatasetOptions, 'numClasses'> = {
  numClasses: undefined,
  scale: 255,
  labelSet: 'fine',
  storage: 'memory',
};

type Part = 'train' | 'test';

/**
 * Reads a dataset from a folder in one of the usual forms:
 *
 * - IDX: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`; `t10k-` or `test-` for the test
 *   part (also with a dot before `idx`), each plain or with `.gz`.
 * - CIFAR's binary form: every other `.bin` file, plain or with `.gz`. Those with `test` in their
 *   name are the test part, the others, in the order of their names, the training part. A folder
 *   that has one of `data_batch_1` to `data_batch_5` has to have them all. A list of files may leave
 *   some out.
 * - CIFAR's archive as the official site has it, `cifar-10-binary.tar.gz` or
 *   `cifar-100-binary.tar.gz`, see `cifarArchive` of `lt-robust/data`.
 * - CIFAR's Python version saved as `.npz` files, see `cifarNpz`; parts by name as for `.bin`.
 *
 * What a compressed file may unpack to is bounded: IDX by its own header, CIFAR by twice what the
 * 60,000 images take. Pipes and devices are refused, hidden files of a folder are left out.
 *
 * @param location - A folder, an archive, or a list of files, of which the names decide as above.
 * @param options - See {@link ReadDatasetOptions}.
 * @returns The parts that are there.
 * @throws {@link InvalidArgumentError} if there is no such file, an image file lacks its labels,
 *   a file is there twice, two forms or two datasets are there, or an option is out of range.
 * @throws {@link DataFormatError} if a file is garbled, if a folder lacks a training batch of
 *   CIFAR-10, or if the batches are not of one size.
 * @example
 * ```ts
 * import {readDataset} from 'lt-robust/node';
 *
 * const {train, test} = await readDataset('examples/data/fashion-mnist');
 * train?.numClasses; // => 10
 * test?.labels.length; // => 2000
 * ```
 */
export async function readDataset(
  location: string | readonly string[],
  options?: ReadDatasetOptions & {readonly storage?: 'memory' | undefined},
): Promise<DatasetParts>;
export async function readDataset(
  location: string | readonly string[],
  options: ReadDatasetOptions,
): Promise<DatasetParts<Dataset<tf.Tensor4D>>>;
export async function readDataset(
  location: string | readonly string[],
  options: ReadDatasetOptions = {},
): Promise<DatasetParts<Dataset<tf.Tensor4D>>> {
  const settings = withDefaults(WHERE, DEFAULTS, options);
  const isPlace =
    (typeof location === 'string' && location !== '') ||
    (Array.isArray(location) &&
      Array.from(location as readonly unknown[]).every((path) => typeof path === 'string'));
  const expected = 'be the path of a folder, or a list of paths of files';
  checkGiven(WHERE, 'location', location, isPlace, expected, "Pass './data', say.");
  if (settings.numClasses !== undefined) checkNumClasses(WHERE, settings.numClasses);
  checkNumber(WHERE, 'scale', settings.scale, {above: 0});
  checkOneOf(WHERE, 'storage', settings.storage, ['memory', 'files']);
  cifarLabelSet(WHERE, 100, settings.labelSet);
  const files = await filesOf(location);
  const archives = files.filter((file) => ARCHIVE.test(basename(file)));
  if (typeof location === 'string')
    checkBatchNames(
      location,
      files.map((file) => basename(file)),
    );
  const train = await readPart('train', files, settings);
  const test = await readPart('test', files, settings);
  const [archive, secondArchive] = archives;
  if (archive !== undefined) {
    const second =
      secondArchive ?? (train === undefined && test === undefined ? undefined : 'other files');
    if (second !== undefined) {
      throw wrongFiles(
        'name one dataset',
        `${basename(archive)} and ${basename(second)}`,
        'Pass the files of one as a list.',
      );
    }
    if (settings.storage === 'files') throw packed(archive);
    const bytes = await readRegularFile(WHERE, archive, CIFAR_MAX_BYTES);
    return cifarArchive(bytes, {labelSet: settings.labelSet, source: archive});
  }
  if (train === undefined && test === undefined) {
    throw wrongFiles(
      'name IDX files (train-images-idx3-ubyte, ...) or CIFAR files (*.bin, *.npz, *.tar.gz)',
      files.length === 0
        ? 'no file at all'
        : `only ${files.map((file) => basename(file)).join(', ')}`,
      'Check the path and the names.',
    );
  }
  checkOneSet(train, test);
  return {...(train === undefined ? {} : {train}), ...(test === undefined ? {} : {test})};
}

// Only CIFAR comes with the names of its classes. IDX files have as many classes as their labels.
function checkOneSet(train?: Dataset<tf.Tensor4D>, test?: Dataset<tf.Tensor4D>): void {
  if (train?.classNames === undefined || test?.classNames === undefined) return;
  if (train.numClasses === test.numClasses) return;
  throw wrongFiles(
    'name files of one dataset',
    `${train.numClasses} classes in the training part and ${test.numClasses} in the test part`,
    'Pass the files of one as a list.',
  );
}

const WHERE = 'readDataset';
const ARCHIVE = /\.(tar|tar\.gz|tgz)$/i;

async function filesOf(location: string | readonly string[]): Promise<string[]> {
  if (typeof location !== 'string') return [...location];
  if (ARCHIVE.test(location)) return [location];
  const names = await readdir(location).catch((error: unknown) => {
    throw wrongFiles(
      'be a folder that can be read, an archive, or a list of files',
      `${location} (${messageOf(error)})`,
      'Check the path.',
    );
  });
  return names
    .filter((name) => !isHidden(name))
    .sort()
    .map((name) => join(location, name));
}

async function readPart(
  part: Part,
  files: readonly string[],
  settings: typeof DEFAULTS,
): Promise<Dataset<tf.Tensor4D> | undefined> {
  const images = theOne(files, idxName(part, 'images'));
  const labels = theOne(files, idxName(part, 'labels'));
  const isOfPart = (file: string) => /test/i.test(basename(file)) === (part === 'test');
  const records = files.filter((file) => /\.bin(\.gz)?$/i.test(file) && isOfPart(file));
  const arrays = files.filter((file) => /\.npz$/i.test(file) && isOfPart(file));
  const forms = [images ?? labels, records[0], arrays[0]].filter((file) => file !== undefined);
  if (forms.length > 1) {
    throw wrongFiles(
      `name one ${part} part`,
      `two: ${forms.map((file) => basename(file)).join(' and ')}`,
      'Pass the files of one as a list.',
    );
  }
  if (records.length > 0) return readCifar(records, settings);
  if (arrays.length > 0) return readArrays(arrays, settings);
  if (images === undefined && labels === undefined) return undefined;
  if (images === undefined || labels === undefined) {
    throw wrongFiles(
      `name both images and labels of the ${part} part`,
      `only ${basename((images ?? labels) as string)}`,
      'Put the other file beside it.',
    );
  }
  return readIdx(images, labels, settings);
}

async function readIdx(
  images: string,
  labels: string,
  {numClasses, scale, storage}: typeof DEFAULTS,
): Promise<Dataset<tf.Tensor4D>> {
  const labelBytes = await readIdxFile(labels);
  if (storage === 'files') {
    if (isGzip(images)) throw packed(images);
    return idxInFiles(WHERE, images, {source: labels, bytes: labelBytes}, {numClasses, scale});
  }
  const imageBytes = await readIdxFile(images);
  const sources = {imageSource: images, labelSource: labels};
  return idxDataset(imageBytes, labelBytes, {numClasses, scale, ...sources});
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

async function readIdxFile(file: string): Promise<Uint8Array> {
  const bytes = await readRegularFile(WHERE, file);
  if (!isGzip(file)) return bytes;
  // One byte more than the header promises is enough to see that it is wrong.
  return gunzipWithin(bytes, file, (head) => {
    const {start, size} = idxLayout(head, file);
    return Math.min(start + size + 1, MAX_IDX_BYTES);
  });
}

const MAX_IDX_BYTES = 2 ** 32;
