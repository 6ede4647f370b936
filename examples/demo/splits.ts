import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import {
  balancedSplit,
  classCounts,
  complement,
  longTailedSubset,
  shuffledBatches,
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
  /** Which part of the data the validation images were taken from. */
  readonly validationFrom: 'training images' | 'test images';
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
 * data has no test part). Where the training images left over are too few for the validation
 * split, as with data that is long-tailed already, test images that the test set has not are taken.
 */
export async function makeSplits(settings: DemoSettings, rng: Rng): Promise<Splits> {
  const {validationPerClass, testPerClass} = settings;
  const read = await readDataset(settings.data ?? EMBEDDED);
  const given = read.train ?? read.test;
  if (given === undefined) throw new Error('The data has neither a training nor a test part.');
  const numClasses = Math.max(given.numClasses, read.test?.numClasses ?? 0);
  const order = settings.classOrder ?? orderOf(given, numClasses, settings);
  const pool = reorder(given, order, numClasses);
  const tests =
    read.train === undefined || read.test === undefined
      ? undefined
      : reorder(read.test, order, numClasses);

  const kept = trainingIndices(pool, settings, rng.fork('subset'));
  const left = complement(pool.labels.length, kept);
  const hold = (data: Dataset, perClass: number, from?: Int32Array, stream?: Rng) =>
    balancedSplit(data.labels, numClasses, {perClass, from, rng: stream});
  const hasEnough =
    left.length > 0 &&
    classCounts(subset(pool, left).labels, numClasses).every(
      (count) => count >= validationPerClass,
    );
  const validationRng = rng.fork('validation');
  const classNames = namesOf(settings, order);
  const train = subset(pool, kept);
  if (hasEnough || tests === undefined) {
    const {held, rest} = hold(pool, validationPerClass, left, validationRng);
    const test =
      tests === undefined
        ? subset(pool, hold(pool, testPerClass, rest).held)
        : subset(tests, hold(tests, testPerClass).held);
    const validation = subset(pool, held);
    return {train, validation, validationFrom: 'training images', test, classNames};
  }
  const {held, rest} = hold(tests, testPerClass);
  const validation = subset(tests, hold(tests, validationPerClass, rest, validationRng).held);
  return {
    ...{train, validation, validationFrom: 'test images', test: subset(tests, held), classNames},
  };
}

// By their labels; classes of data that is long-tailed already by their sizes, largest first.
function orderOf(data: Dataset, numClasses: number, {imbalanceRatio}: DemoSettings): number[] {
  const order = Array.from({length: numClasses}, (_, c) => c);
  if (imbalanceRatio !== 'as-is') return order;
  const counts = classCounts(data.labels, numClasses);
  return order.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
}

/** The images of the training set: of an exponential profile, or of the one that the data has. */
function trainingIndices(pool: Dataset, settings: DemoSettings, rng: Rng): Int32Array {
  const {imbalanceRatio, maxCount} = settings;
  const {labels, numClasses} = pool;
  if (imbalanceRatio !== 'as-is') {
    const most = maxCount === null ? {} : {maxCount};
    return longTailedSubset(labels, numClasses, {imbalanceRatio, ...most, rng});
  }
  const counts = classCounts(labels, numClasses);
  const share = maxCount === null ? 1 : maxCount / Math.max(...counts);
  if (share > 1) {
    throw new Error(`--max-count is ${maxCount}, and the largest class has ${Math.max(...counts)}`);
  }
  // Each class gives the same share of its images, at least one of them.
  const parts = counts.map((count, c) => {
    const own = indicesOf(labels, c);
    const [drawn = []] = shuffledBatches(count, count, {rng: rng.fork(c)});
    return Array.from(drawn, (i) => own[i] as number).slice(0, Math.max(1, share * count));
  });
  return Int32Array.from(parts.flat());
}

const indicesOf = (labels: Int32Array, label: number): number[] =>
  Array.from(labels.keys()).filter((i) => labels[i] === label);

function namesOf({classNames, data}: DemoSettings, order: readonly number[]): string[] {
  const names = classNames ?? (data === null ? FASHION : []);
  return order.map((label) => names[label] ?? String(label));
}
