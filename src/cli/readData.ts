import {readdir, readFile, stat} from 'node:fs/promises';

import type * as tf from '@tensorflow/tfjs-core';

import type {Dataset} from '../core/dataset';
import {readDataset} from '../node/readDataset';
import {readImageFolder} from '../node/readImageFolder';
import {classCounts as countClasses} from '../samplers/classCounts';
import {CliError} from './cliError';

/** Which examples, and what is known of their classes. */
export interface DataOptions {
  /** The part of a dataset that has several. */
  readonly part: 'test' | 'train';
  /** Channels of images from a folder: 1 for grey, 3 for colour. */
  readonly channels?: number | undefined;
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

/** Whether there is a folder (true), a file (false) or nothing there. */
const isFolder = async (place: string): Promise<boolean | undefined> =>
  stat(place).then(
    (entry) => entry.isDirectory(),
    () => undefined,
  );

async function namesOf(given: string): Promise<string[]> {
  const isFile = (await isFolder(given)) === false;
  const text = isFile ? await readFile(given, 'utf8') : given.replaceAll(',', '\n');
  return text
    .split('\n')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

async function examplesOf(location: string, {part, channels = 3}: DataOptions): Promise<ReadData> {
  const kind = await isFolder(location);
  if (kind === undefined) throw new CliError(`There is no file or folder ${location}.`);
  const entries = kind ? await readdir(location, {withFileTypes: true}) : [];
  if (entries.some((entry) => entry.isDirectory())) {
    if (channels !== 1 && channels !== 3) {
      throw new CliError(
        `Images can be read with 1 or 3 channels, not ${channels}: see --channels.`,
      );
    }
    const dataset = await readImageFolder(location, {channels});
    return {dataset, classNames: dataset.classNames};
  }
  const {train, test} = await readDataset(kind ? location : [location]);
  const dataset = part === 'test' ? test : train;
  if (dataset === undefined) {
    const other = part === 'test' ? 'train' : 'test';
    throw new CliError(`${location} has no ${part} part. Try --part ${other}.`);
  }
  return {
    ...{dataset, classNames: dataset.classNames},
    classCounts: train && countClasses(train.labels, train.numClasses),
  };
}

/**
 * Reads examples: a folder with a folder of images for each class, IDX files, or CIFAR in any of its
 * forms.
 *
 * @param location - Path of a folder or a file.
 */
export async function readData(location: string, options: DataOptions): Promise<ReadData> {
  const read = await examplesOf(location, options);
  const {dataset} = read;
  const classNames =
    options.classNames === undefined ? read.classNames : await namesOf(options.classNames);
  const classCounts = options.classCounts ?? read.classCounts;
  for (const [what, list] of [
    ['--class-names', classNames],
    ['--class-counts', classCounts],
  ] as const) {
    if (list === undefined || list.length === dataset.numClasses) continue;
    throw new CliError(
      `${what} has ${list.length} entries, the data have ${dataset.numClasses} classes.`,
    );
  }
  return {dataset, classNames, classCounts};
}
