import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import {
  balancedSplit,
  complement,
  longTailedSubset,
  subset,
  type Dataset,
  type Rng,
} from 'lt-robust';
import {readDataset} from 'lt-robust/node';

import type {DemoSettings} from './settings';

const EMBEDDED = fileURLToPath(new URL('../data/fashion-mnist/', import.meta.url));

const FASHION = [
  ...['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat'],
  ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
];

/** The three parts of the data that a run works on. No image is in two of them. */
export interface Splits {
  /** Long-tailed: class 0 is the largest. */
  readonly train: Dataset;
  /** Balanced; chooses the best checkpoint. */
  readonly validation: Dataset;
  /** Balanced; touched once, at the end. */
  readonly test: Dataset;
  readonly classNames: readonly string[];
}

/**
 * `data` with its classes renumbered: class 0 of the result is class `order[0]` of the data. A part
 * of the data may lack the last of its `numClasses` classes.
 */
function reorder(data: Dataset, order: readonly number[], numClasses: number): Dataset {
  const isPermutation = new Set(order).size === numClasses && order.length === numClasses;
  if (!isPermutation || order.some((label) => label < 0 || label >= numClasses)) {
    throw new Error(`--class-order must name each of the ${numClasses} classes once`);
  }
  const renamed = data.labels.map((label) => order.indexOf(label));
  return {
    numClasses,
    labels: renamed,
    async batch(indices) {
      const {x, labels} = await data.batch(indices);
      labels.dispose();
      const values = Int32Array.from(indices, (i) => renamed[i] as number);
      return {x, labels: tf.tensor1d(values, 'int32')};
    },
  };
}

/**
 * Draws the long-tailed training set and the balanced validation split from the training images,
 * and the balanced test set from the test images (from the training images left over, where the
 * data has no test part).
 */
export async function makeSplits(settings: DemoSettings, rng: Rng): Promise<Splits> {
  const {imbalanceRatio, maxCount, validationPerClass, testPerClass} = settings;
  const read = await readDataset(settings.data ?? EMBEDDED);
  const given = read.train ?? read.test;
  if (given === undefined) throw new Error('The data has neither a training nor a test part.');
  const numClasses = Math.max(given.numClasses, read.test?.numClasses ?? 0);
  const order = settings.classOrder ?? Array.from({length: numClasses}, (_, c) => c);
  const pool = reorder(given, order, numClasses);
  const {labels} = pool;

  const kept = longTailedSubset(labels, numClasses, {
    ...{imbalanceRatio, maxCount, rng: rng.fork('subset')},
  });
  const {held, rest} = balancedSplit(labels, numClasses, {
    perClass: validationPerClass,
    from: complement(labels.length, kept),
    rng: rng.fork('validation'),
  });
  const heldOut = (data: Dataset, from?: Int32Array) =>
    subset(data, balancedSplit(data.labels, numClasses, {perClass: testPerClass, from}).held);
  const test =
    read.train !== undefined && read.test !== undefined
      ? heldOut(reorder(read.test, order, numClasses))
      : heldOut(pool, rest);
  const names = settings.data === null ? FASHION : order.map(String);
  return {
    train: subset(pool, kept),
    validation: subset(pool, held),
    test,
    classNames: settings.data === null ? order.map((label) => names[label] as string) : names,
  };
}
