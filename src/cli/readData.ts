import {readFile, stat} from 'node:fs/promises';

import type * as tf from '@tensorflow/tfjs-core';

import type {Dataset} from '../core/dataset';
import {readDataset} from '../node/readDataset';
import {classCounts as countClasses} from '../samplers/classCounts';
import {CliError} from './cliError';
import {classFolders, readPngFolder} from './imageFolder';

/** Which examples, and what is known of their classes. */
export interface DataOptions {
  /** The part of a dataset that has several. */
  readonly part: 'test' | 'train';
  /** Channels of images from a folder. */
  readonly channels: 1 | 3;
  /** Names of the classes with commas between, or a file with one a line. */
  readonly classNames?: string | undefined;
  /** Training examples of each class; by default those of the training part, if it is there. */
  readonly classCounts?: readonly number[] | undefined;
}

/** What was read. */
export interface ReadData {
  readonly dataset: Dataset<tf.Tensor4D>;
  readonly classNames?: readonly string[] | undefined;
  readonly classCounts?: readonly number[] | undefined;
}

const isFile = async (place: string): Promise<boolean> =>
  stat(place).then(
    (entry) => entry.isFile(),
    () => false,
  );

async function namesOf(given: string): Promise<string[]> {
  const text = (await isFile(given)) ? await readFile(given, 'utf8') : given.replaceAll(',', '\n');
  return text
    .split('\n')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

async function examplesOf(location: string, {part, channels}: DataOptions): Promise<ReadData> {
  const isFolder = await stat(location).then(
    (entry) => entry.isDirectory(),
    () => undefined,
  );
  if (isFolder === undefined) throw new CliError(`There is no file or folder ${location}.`);
  if (isFolder && (await classFolders(location)).length > 0)
    return readPngFolder(location, channels);
  const parts = await readDataset(isFolder ? location : [location]);
  const dataset = parts[part];
  if (dataset === undefined) {
    throw new CliError(
      `${location} has no ${part} part. Try --part ${part === 'test' ? 'train' : 'test'}.`,
    );
  }
  const {train} = parts;
  return {
    dataset,
    ...(train === undefined
      ? {}
      : {classCounts: Array.from(countClasses(train.labels, train.numClasses))}),
  };
}

/**
 * Reads examples: a folder with a folder of images for each class, IDX files, CIFAR files.
 *
 * @param location - Path of a folder or a file.
 */
export async function readData(location: string, options: DataOptions): Promise<ReadData> {
  const read = await examplesOf(location, options);
  const classNames =
    options.classNames === undefined ? read.classNames : await namesOf(options.classNames);
  const classCounts = options.classCounts ?? read.classCounts;
  const {numClasses} = read.dataset;
  for (const [what, list] of [
    ['--class-names', classNames],
    ['--class-counts', classCounts],
  ] as const) {
    if (list === undefined || list.length === numClasses) continue;
    throw new CliError(`${what} has ${list.length} entries, the data have ${numClasses} classes.`);
  }
  return {dataset: read.dataset, classNames, classCounts};
}
