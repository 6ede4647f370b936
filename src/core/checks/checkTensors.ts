import * as tf from '@tensorflow/tfjs-core';

import {at} from '../at';
import {checkNumber} from './checkNumber';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/** Throws unless `labels` is an int32 tensor `[batchSize]`. */
export function checkLabels(
  where: string,
  labels: tf.Tensor1D,
  batchSize: number,
  argument = 'labels',
): void {
  const valid =
    labels instanceof tf.Tensor &&
    labels.rank === 1 &&
    labels.dtype === 'int32' &&
    labels.shape[0] === batchSize;
  if (valid) return;
  const isOneHot = labels instanceof tf.Tensor && (labels as tf.Tensor).rank === 2;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `be an int32 tensor [${batchSize}]`,
    found: describeValue(labels),
    remedy: isOneHot
      ? 'For one-hot labels pass tf.argMax(labels, 1).'
      : "Make it with tf.tensor1d(labels, 'int32').",
  });
}

/** Throws unless `logits` is `[batch, classes]`, 2 classes or more, with one label for each row. */
export function checkLogits(
  where: string,
  logits: tf.Tensor2D,
  labels?: tf.Tensor1D,
  argument = 'logits',
): void {
  if (!(logits instanceof tf.Tensor) || logits.rank !== 2) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: 'be a tensor [batch, classes]',
      found: describeValue(logits),
      remedy: 'Pass one row of raw scores per example.',
    });
  }
  if (logits.shape[1] < 2) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: 'have at least 2 classes',
      found: describeValue(logits),
      remedy: 'For a single score s pass two logits, [0, s].',
    });
  }
  if (labels !== undefined) checkLabels(where, labels, logits.shape[0]);
}

/** Throws unless two logits tensors have the same shape. */
export function checkSameShape(
  where: string,
  argument: string,
  tensor: tf.Tensor,
  reference: tf.Tensor,
): void {
  const valid = tensor instanceof tf.Tensor && tf.util.arraysEqual(tensor.shape, reference.shape);
  if (!valid) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `have the shape [${reference.shape.join(', ')}]`,
      found: describeValue(tensor),
      remedy: 'Pass values for the same examples and classes.',
    });
  }
}

/** Throws unless `classCounts` has one count of at least 1 for each class. */
export function checkClassCounts(
  where: string,
  classCounts: ArrayLike<number>,
  numClasses = classCounts.length,
): void {
  if (classCounts.length !== numClasses) {
    throw new InvalidArgumentError({
      where,
      argument: 'classCounts',
      expected: `have one count for each of the ${numClasses} classes`,
      found: `${classCounts.length} counts`,
      remedy: 'Count the training labels with classCounts(labels, numClasses).',
    });
  }
  for (let c = 0; c < numClasses; c++) {
    const count = classCounts[c];
    if (!(Number.isInteger(count) && (count as number) >= 1)) {
      throw new InvalidArgumentError({
        where,
        argument: 'classCounts',
        expected: 'be an integer >= 1 for every class',
        found: `${count} for class ${c}`,
        remedy: 'Remove the class, or sample at least one example of it.',
      });
    }
  }
}

/**
 * Throws unless `x` is a float32 tensor `[batch, ...]`, or an int32 one of token numbers, and `labels`
 * has a label for each.
 */
export function checkExamples(where: string, x: tf.Tensor, labels: tf.Tensor1D): void {
  const areTokens = x instanceof tf.Tensor && x.rank >= 2 && x.dtype === 'int32';
  if (areTokens) checkLabels(where, labels, x.shape[0] ?? 0);
  else checkBatch(where, x, labels);
}

/** Throws unless `x` is a float32 tensor `[batch, ...]` and `labels` has a label for each. */
export function checkBatch(where: string, x: tf.Tensor, labels: tf.Tensor1D): void {
  if (!(x instanceof tf.Tensor) || x.rank < 2 || x.dtype !== 'float32') {
    throw new InvalidArgumentError({
      where,
      argument: 'x',
      expected: 'be a float32 tensor [batch, ...]',
      found: describeValue(x),
      remedy:
        x instanceof tf.Tensor && x.dtype === 'int32'
          ? 'Convert pixels with tf.div(x, 255). Token numbers have neither a gradient nor ' +
            'neighbours: work on what the embedding makes of them, see embeddingSpace.'
          : 'Add a batch axis with tf.expandDims(x, 0) if it is one example.',
    });
  }
  checkLabels(where, labels, x.shape[0]);
}

/**
 * Throws unless a model gave a matrix of at least two scores per example. Reads nothing back.
 *
 * @param where - Public function, for the error message.
 * @param logits - What the model gave.
 * @param batchSize - Examples that it was given.
 */
export function checkModelShape(where: string, logits: tf.Tensor, batchSize: number): void {
  const isMatrix = logits instanceof tf.Tensor && logits.rank === 2;
  if (!isMatrix || logits.shape[0] !== batchSize || at(logits.shape, 1) < 2) {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: `give logits [${batchSize}, classes] with at least 2 classes`,
      found: describeValue(logits),
      remedy:
        (logits as unknown) instanceof Promise
          ? 'Return the tensor itself: a model is synchronous.'
          : 'For a single score s return two logits, [0, s].',
    });
  }
}

/** Throws unless `value` is an integer of at least 1. */
export function checkCount(where: string, argument: string, value: number): void {
  checkNumber(where, argument, value, {min: 1, integer: true});
}
