import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from './checkNumber';
import {describeValue} from './describeValue';
import {InvalidArgumentError} from './errors';
import type {ThreatModel} from './threatModel';

// Rounding may push a pixel past its range: torchattacks' strict check broke on -3e-8.
const PIXEL_TOLERANCE = 1e-5;

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
          ? 'Convert pixels with tf.div(x, 255).'
          : 'Add a batch axis with tf.expandDims(x, 0) if it is one example.',
    });
  }
  checkLabels(where, labels, x.shape[0]);
}

/**
 * Throws if a value of `x` is not finite or lies outside `clip`. Costs one small read from the
 * device.
 */
export function checkPixels(where: string, x: tf.Tensor, clip: ThreatModel['clip']): void {
  if (x.size === 0) return;
  const [min, max, zero] = tf.tidy(() =>
    // x * 0 is NaN exactly where x is not finite; a maximum may skip NaN on some backends.
    tf.stack([tf.min(x), tf.max(x), tf.sum(tf.mul(x, 0))]).dataSync<'float32'>(),
  ) as unknown as [number, number, number];
  const isFinite = zero === 0;
  const inside =
    clip === null || (min >= clip[0] - PIXEL_TOLERANCE && max <= clip[1] + PIXEL_TOLERANCE);
  if (isFinite && inside) return;
  const remedy = !isFinite
    ? 'Look for a division by zero in the preprocessing.'
    : clip !== null && clip[1] === 1 && max > 2
      ? 'Divide pixels by 255, or declare their range: clip: [0, 255].'
      : 'Declare the range of x with the option clip.';
  throw new InvalidArgumentError({
    where,
    argument: 'x',
    expected: clip === null ? 'be finite' : `be finite and inside clip [${clip.join(', ')}]`,
    found: isFinite ? `values from ${min} to ${max}` : 'NaN or infinite values',
    remedy,
  });
}

/** Throws if a value is NaN or infinite. Costs one small read from the device. */
export function checkFinite(
  where: string,
  argument: string,
  tensor: tf.Tensor,
  expected = 'be finite',
): void {
  if (tensor.size === 0) return; // wasm sums no values to garbage
  // x * 0 is NaN exactly where x is not finite; a maximum may skip NaN on some backends.
  const [zero] = tf.tidy(() => tf.sum(tf.mul(tensor, 0)).dataSync<'float32'>());
  if (zero === 0) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected,
    found: 'NaN or infinite values',
    remedy: 'Look for overflow, a division by zero or the square root of zero.',
  });
}

/** Throws if a label lies outside `[0, numClasses)`. Costs one small read from the device. */
export function checkLabelValues(
  where: string,
  labels: tf.Tensor1D,
  numClasses: number,
  argument = 'labels',
): void {
  const wrong = labels.dataSync<'int32'>().find((label) => label < 0 || label >= numClasses);
  if (wrong !== undefined) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `lie in [0, ${numClasses}): the model has ${numClasses} classes`,
      found: String(wrong),
      remedy: 'Number the classes from 0.',
    });
  }
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
  if (!isMatrix || logits.shape[0] !== batchSize || (logits.shape[1] as number) < 2) {
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

/**
 * Throws if a model's output is not usable as logits: wrong shape, not finite, or probabilities
 * (rows in [0, 1] that sum to 1). Costs one small read from the device.
 *
 * @see Croce & Hein 2020, whose official code makes the same check.
 */
export function checkModelOutput(where: string, logits: tf.Tensor, batchSize: number): void {
  checkModelShape(where, logits, batchSize);
  const values = logits.dataSync<'float32'>();
  if (!values.every(Number.isFinite)) {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'give finite logits',
      found: 'NaN or infinite values',
      remedy: 'Check the weights and the scale of x.',
    });
  }
  if (areProbabilities(values, logits.shape[1] as number)) {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'give logits',
      found: 'probabilities: every row lies in [0, 1] and sums to 1',
      remedy:
        'Their gradients vanish and fake robustness. Return the scores before the softmax; ' +
        'where you only have probabilities, wrap the model in fromProbabilities(model).',
    });
  }
}

function areProbabilities(values: ArrayLike<number>, numClasses: number): boolean {
  if (values.length === 0) return false;
  for (let start = 0; start < values.length; start += numClasses) {
    let sum = 0;
    for (let c = start; c < start + numClasses; c++) {
      const value = values[c] as number;
      if (value < -1e-5 || value > 1 + 1e-5) return false;
      sum += value;
    }
    if (Math.abs(sum - 1) > 1e-5) return false;
  }
  return true;
}

/** Throws unless `value` is an integer of at least 1. */
export function checkCount(where: string, argument: string, value: number): void {
  checkNumber(where, argument, value, {min: 1, integer: true});
}
