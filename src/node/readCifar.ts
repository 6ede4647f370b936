import {basename} from 'node:path';

import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {Dataset, DatasetInMemory} from '../core/dataset';
import {DataFormatError} from '../core/errors';
import {gunzip} from '../data/archives/gunzip';
import {CIFAR_MAX_BYTES, cifarFiles, cifarRecord} from '../data/cifar';
import {checkBatchSizes} from '../data/cifarBatches';
import {cifarLabelSet, type CifarLabelSet} from '../data/cifarClasses';
import {npzRecords} from '../data/cifarNpz';
import {cifarInFiles} from './recordFiles';
import {packed, wrongFiles} from './refusedFiles';
import {readRegularFile, withRegularFile} from './regularFile';

const WHERE = 'readDataset';

/** The options that matter here. */
interface CifarSettings {
  readonly labelSet: 'fine' | 'coarse';
  readonly storage: 'memory' | 'files';
}

/** The dataset of `.bin` files, plain or with `.gz`, joined in the order of the list. */
export async function readCifar(
  files: readonly string[],
  {labelSet, storage}: CifarSettings,
): Promise<Dataset<tf.Tensor4D>> {
  checkOnce(files);
  if (storage === 'files') {
    const compressed = files.find(isGzip);
    if (compressed !== undefined) throw packed(compressed);
    const sizes = await Promise.all(files.map((file) => sizeOf(file)));
    return cifarInFiles(WHERE, files, labelSetOf(files, sizes, labelSet));
  }
  const contents = await Promise.all(files.map(readCifarFile));
  const sizes = contents.map(({length}) => length);
  const named = contents.map((bytes, i) => ({source: at(files, i), bytes}));
  return cifarFiles(named, labelSetOf(files, sizes, labelSet));
}

// The first file tells which set it is, its neighbours must agree.
function labelSetOf(
  files: readonly string[],
  sizes: readonly number[],
  labelSet: 'fine' | 'coarse',
): CifarLabelSet {
  const [ten, hundred] = [cifarRecord('cifar10').bytes, cifarRecord('fine').bytes];
  const isTen = (sizes[0] ?? 0) % ten === 0;
  const record = isTen ? ten : hundred;
  sizes.forEach((size, i) => {
    if (size > 0 && size % record === 0) return;
    throw new DataFormatError({
      source: at(files, i),
      offset: size,
      expected: `the end of a record of ${ten} bytes (or ${hundred}, CIFAR-100)`,
      found: `a file of ${size}`,
    });
  });
  checkBatchSizes(
    files.map((source, i) => ({source, count: at(sizes, i) / record, bytes: at(sizes, i)})),
  );
  return cifarLabelSet(WHERE, isTen ? 10 : 100, labelSet);
}

/** The dataset of `.npz` files, joined in the order of the list. */
export async function readArrays(
  files: readonly string[],
  {labelSet, storage}: CifarSettings,
): Promise<DatasetInMemory<tf.Tensor4D>> {
  checkOnce(files);
  const [first] = files as [string];
  if (storage === 'files') throw packed(first);
  const parts = [];
  for (const file of files) {
    const bytes = await readRegularFile(WHERE, file, CIFAR_MAX_BYTES);
    parts.push(await npzRecords(bytes, labelSet, file));
  }
  const [{labelSet: ofFirst}] = parts as [(typeof parts)[number]];
  const other = parts.find((part) => part.labelSet !== ofFirst);
  if (other === undefined) {
    const {bytes: record} = cifarRecord(ofFirst);
    checkBatchSizes(
      parts.map(({source, bytes}) => ({source, count: bytes.length / record, bytes: 0})),
    );
    return cifarFiles(parts, ofFirst);
  }
  throw wrongFiles(
    'name files of one dataset',
    `CIFAR-10 and CIFAR-100 (${basename(first)} and ${basename(other.source)})`,
    'Pass the files of one as a list.',
  );
}

// A file and its compressed copy are the same images.
function checkOnce(files: readonly string[]): void {
  const names = files.map((file) => file.replace(/\.gz$/i, ''));
  const second = files.find((_, i) => names.indexOf(at(names, i)) < i);
  if (second === undefined) return;
  const first = at(files, names.indexOf(second.replace(/\.gz$/i, '')));
  throw wrongFiles(
    'name each file once',
    `two for one: ${basename(first)} and ${basename(second)}`,
    'Remove one, or pass the files as a list.',
  );
}

/** Whether a name is that of a gzip file. */
export const isGzip = (file: string): boolean => file.toLowerCase().endsWith('.gz');

async function readCifarFile(file: string): Promise<Uint8Array> {
  const bytes = await readRegularFile(WHERE, file, CIFAR_MAX_BYTES);
  return isGzip(file) ? gunzip(bytes, file, {maxBytes: CIFAR_MAX_BYTES}) : bytes;
}

const sizeOf = (file: string): Promise<number> =>
  withRegularFile(WHERE, file, ({size}) => Promise.resolve(size));
