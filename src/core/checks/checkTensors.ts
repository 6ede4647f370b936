import * as tf from '@tensorflow/tfjs-core';

import {at} from '../at';
import {checkNumber} from './checkNumber';
import {checkList, isList} from './checkNumbers';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/** Whether a value is a tensor that has not been disposed. */
export const isTensor = (value: unknown): value is tf.Tensor =>
  value instanceof tf.Tensor && !value.isDisposed;

const isGone = (value: unknown): boolean => value instanceof tf.Tensor && value.isDisposed;

const KEEP =
  'It was disposed earlier. Keep it until the call is done: what is made in a tf.tidy is gone once that returns.';

/** Throws unless `labels` is an int32 tensor `[batchSize]`. */
export function checkLabels(
  where: string,
  labels: tf.Tensor,
  batchSize: number,
  argument = 'labels',
): asserts labels is tf.Tensor1D {
  const valid =
    isTensor(labels) &&
    labels.rank === 1 &&
    labels.dtype === 'int32' &&
    labels.shape[0] === batchSize;
  if (valid) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `be an int32 tensor [${batchSize}]`,
    found: describeValue(labels),
    remedy: isGone(labels) ? KEEP : labelRemedy(labels, batchSize),
  });
}

function labelRemedy(labels: unknown, batchSize: number): string {
  if (labels instanceof tf.Tensor) return tensorLabelRemedy(labels as tf.Tensor, batchSize);
  if (typeof labels === 'number') return `Make it with tf.tensor1d([${labels}], 'int32').`;
  const first: unknown = isList(labels) ? labels[0] : undefined;
  if (typeof first === 'string') {
    return "Number the classes from 0: tf.tensor1d(labels.map((name) => names.indexOf(name)), 'int32').";
  }
  if (typeof first === 'bigint') {
    return "Convert them: tf.tensor1d(Int32Array.from(labels, Number), 'int32').";
  }
  if (isList(first)) return 'For one-hot rows pass tf.argMax(tf.tensor2d(labels), 1).';
  return "Make it with tf.tensor1d(labels, 'int32').";
}

function tensorLabelRemedy({shape, dtype}: tf.Tensor, batchSize: number): string {
  const [count = 0, width = 1] = shape;
  if (shape.length === 2 && width > 1) return 'For one-hot labels pass tf.argMax(labels, 1).';
  const toInt = dtype === 'int32' ? 'tf.squeeze(labels, [1])' : '';
  if (shape.length === 2 && count === batchSize) {
    return toInt === ''
      ? "One number for each example: tf.cast(tf.squeeze(labels, [1]), 'int32')."
      : `One number for each example: ${toInt}.`;
  }
  if (shape.length === 1 && count !== batchSize) {
    return count === 1
      ? 'One label for each row of x. If x is a single example, give it a batch axis: tf.expandDims(x, 0).'
      : 'One label for each row of x: check that x and labels belong together.';
  }
  if (shape.length === 0) return 'Give it a batch axis: tf.expandDims(labels, 0).';
  return "Convert it with tf.cast(labels, 'int32').";
}

/** Throws unless `logits` is `[batch, classes]`, 2 classes or more, with one label for each row. */
export function checkLogits(
  where: string,
  logits: tf.Tensor,
  labels?: tf.Tensor1D,
  argument = 'logits',
): asserts logits is tf.Tensor2D {
  if (!isTensor(logits) || logits.rank !== 2 || logits.dtype !== 'float32') {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: 'be a float32 tensor [batch, classes]',
      found: describeValue(logits),
      remedy: isGone(logits) ? KEEP : logitsRemedy(logits),
    });
  }
  if (at(logits.shape, 1) < 2) {
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

// model.compile calls a loss with the labels first.
function logitsRemedy(logits: unknown): string {
  const isTruth = logits instanceof tf.Tensor && logits.dtype !== 'float32';
  return isTruth
    ? 'Logits come first, then labels. For model.compile, which has them the other way round, wrap ' +
        'the loss: lossForCompile(loss).'
    : 'Pass one row of raw scores per example.';
}

/** Throws unless two logits tensors have the same shape. */
export function checkSameShape(
  where: string,
  argument: string,
  tensor: tf.Tensor,
  reference: tf.Tensor,
): void {
  const isAlike = isTensor(tensor) && tf.util.arraysEqual(tensor.shape, reference.shape);
  const valid = isAlike && tensor.dtype === reference.dtype;
  if (!valid) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: isAlike
        ? `be of type ${reference.dtype}`
        : `have the shape [${reference.shape.join(', ')}]`,
      found: describeValue(tensor),
      remedy: isGone(tensor) ? KEEP : 'Pass values for the same examples and classes.',
    });
  }
}

/** Throws unless `classCounts` has one count of at least 1 for each class. */
export function checkClassCounts(
  where: string,
  classCounts: ArrayLike<number>,
  numClasses?: number,
): void {
  const remedy =
    (classCounts as unknown) instanceof tf.Tensor
      ? undefined
      : 'Pass how many training examples each class has: classCounts(labels, numClasses).';
  checkList(where, 'classCounts', classCounts, 'be an array of counts, one for each class', remedy);
  const {length} = classCounts;
  if (length === 0 || length !== (numClasses ?? length)) {
    throw new InvalidArgumentError({
      where,
      argument: 'classCounts',
      expected: `have one count for each ${numClasses === undefined ? 'class' : `of the ${numClasses} classes`}`,
      found: `${length} counts`,
      remedy: 'Count the training labels with classCounts(labels, numClasses).',
    });
  }
  for (let c = 0; c < length; c++) {
    const count = classCounts[c];
    if (count === undefined || !Number.isInteger(count) || count < 1) {
      throw new InvalidArgumentError({
        where,
        argument: 'classCounts',
        expected: 'be an integer >= 1 for every class',
        found: `${describeValue(count)} for class ${c}`,
        remedy: areFrequencies(classCounts)
          ? 'These are frequencies: pass how many examples each class has.'
          : 'Remove the class, or sample at least one example of it.',
      });
    }
  }
}

// Fractions of the whole, as other libraries take them.
function areFrequencies(values: ArrayLike<number>): boolean {
  const numbers = Array.from<unknown>(values).filter((value) => typeof value === 'number');
  const sum = numbers.reduce((total, value) => total + value, 0);
  return Math.abs(sum - 1) < 1e-3;
}

/** Throws unless `x` is a float32 tensor `[batch, ...]`. */
export function checkInputs(where: string, argument: string, x: unknown): asserts x is tf.Tensor {
  if (isTensor(x) && x.rank >= 2 && x.dtype === 'float32') return;
  const found = x instanceof tf.Tensor ? x : undefined;
  let remedy = 'Make it with tf.tensor(values, [batch, ...]).';
  if (found?.dtype === 'int32') {
    remedy =
      'Convert pixels with tf.div(x, 255). Token numbers have neither a gradient nor ' +
      'neighbours: work on what the embedding makes of them, see embeddingSpace.';
  } else if (found !== undefined) {
    remedy = 'Add a batch axis with tf.expandDims(x, 0) if it is one example.';
  } else if (typeof x === 'object' && x !== null && 'then' in x) remedy = 'Await it first.';
  else if (Array.isArray(x)) remedy = arrayRemedy(x);
  throw new InvalidArgumentError({
    where,
    argument,
    expected: 'be a float32 tensor [batch, ...]',
    found: describeValue(x),
    remedy: isGone(x) ? KEEP : remedy,
  });
}

function arrayRemedy([first]: readonly unknown[]): string {
  if (first instanceof tf.Tensor) {
    return (
      'For separate examples pass tf.stack(x). For a model of several inputs pass the one that is ' +
      'attacked, and fix the others: bindInputs(model, {...}).'
    );
  }
  return isList(first)
    ? 'Make it with tf.tensor(x).'
    : 'Make it with tf.tensor(values, [batch, ...]).';
}

/**
 * Throws unless `x` is a float32 tensor `[batch, ...]`, or an int32 one of token numbers, and `labels`
 * has a label for each.
 */
export function checkExamples(where: string, x: tf.Tensor, labels: tf.Tensor1D): void {
  const areTokens = isTensor(x) && x.rank >= 2 && x.dtype === 'int32';
  if (areTokens) checkLabels(where, labels, x.shape[0] ?? 0);
  else checkBatch(where, x, labels);
}

/** Throws unless `x` is a float32 tensor `[batch, ...]` and `labels` has a label for each. */
export function checkBatch(where: string, x: tf.Tensor, labels: tf.Tensor1D): void {
  checkInputs(where, 'x', x);
  checkLabels(where, labels, x.shape[0]);
}

/**
 * Throws unless a model gave a float32 matrix of at least two scores per example. Reads nothing back.
 *
 * @param where - Public function, for the error message.
 * @param logits - What the model gave.
 * @param batchSize - Examples that it was given.
 */
export function checkModelShape(where: string, logits: tf.Tensor, batchSize: number): void {
  const isMatrix = isTensor(logits) && logits.rank === 2;
  if (!isMatrix || logits.shape[0] !== batchSize || at(logits.shape, 1) < 2) {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: `give logits [${batchSize}, classes] with at least 2 classes`,
      found: describeValue(logits),
      remedy: outputRemedy(logits, batchSize),
    });
  }
  if (logits.dtype === 'float32') return;
  throw new InvalidArgumentError({
    where,
    argument: 'model',
    expected: 'give float32 logits',
    found: describeValue(logits),
    remedy:
      'Return the scores before they are rounded or compared: whole numbers have no gradient.',
  });
}

function outputRemedy(output: unknown, batchSize: number): string {
  if (output instanceof Promise) return 'Return the tensor itself: a model is synchronous.';
  if (!(output instanceof tf.Tensor)) return otherOutputRemedy(output);
  if (output.isDisposed) return 'Return it from tf.tidy, or do not dispose it.';
  const {shape} = output as tf.Tensor;
  const [rows = 0, width = 0] = shape;
  if (shape.length === 0 || (shape.length === 1 && batchSize === 1 && rows > 1)) {
    return 'Keep the batch axis: one row for a single example, too. tf.squeeze(z) drops it; name the axes it may drop.';
  }
  if (shape.length === 1 || (shape.length === 2 && rows === batchSize && width < 2)) {
    return shape.length === 1 && output.dtype === 'int32'
      ? 'Return the scores themselves, not the class of the largest (tf.argMax).'
      : 'For a single score s return two logits, [0, s].';
  }
  if (rows !== batchSize && shape.length === 2) {
    return (
      'Give a row for each example of x, however many there are: attacks leave out the examples that ' +
      'they are done with. A function that brings tensors of its own for each example is told which ' +
      'it sees by byExample((x, exampleIds) => ...), a tf.LayersModel by bindInputs.'
    );
  }
  return shape.slice(1, -1).every((size) => size === 1)
    ? 'Drop the axes of length 1: tf.reshape(z, [-1, classes]).'
    : 'Bring what is left of the image to one row: average or flatten it.';
}

function otherOutputRemedy(output: unknown): string {
  if (output === undefined) return 'Return the logits: a body in braces needs `return`.';
  const first: unknown = Array.isArray(output) ? output[0] : undefined;
  return first instanceof tf.Tensor
    ? 'Return the one of its outputs that has the class scores.'
    : 'Return a tensor. Values read by arraySync or dataSync have no gradient.';
}

/** Throws unless `value` is an integer of at least 1. */
export function checkCount(where: string, argument: string, value: number): void {
  checkNumber(where, argument, value, {min: 1, integer: true});
}
