import * as tf from '@tensorflow/tfjs-core';

import {checkLabelArray} from '../checks/checkLabelArray';
import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';

/** Labels in their usual forms: numbers, or a tensor of class numbers or one-hot rows. */
export type Labels = ArrayLike<number> | tf.Tensor;

/**
 * The labels as whole numbers on the JavaScript side.
 *
 * @param where - Public function, for the error messages.
 * @param labels - Class numbers (an array, a typed array, a tensor `[n]` or `[n, 1]` of any numeric
 *   dtype), or one-hot rows `[n, classes]`.
 * @param numClasses - Number of classes, if it is known; else the length of a one-hot row, or the largest
 *   label plus 1.
 * @returns The labels and the number of classes.
 * @throws {@link InvalidArgumentError} if they are anything else, with what to do.
 */
export async function labelArray(
  where: string,
  labels: unknown,
  numClasses: number | undefined,
): Promise<{labels: Int32Array; numClasses: number}> {
  const values = await numbersOf(where, labels);
  const width = labels instanceof tf.Tensor ? ((labels as tf.Tensor).shape[1] ?? 1) : 1;
  // What is no class number is left to the check of the labels, which reports it.
  const largest = values.filter(Number.isInteger).reduce((most, label) => Math.max(most, label), 0);
  const classes = numClasses ?? Math.max(width, largest + 1);
  checkLabelArray(where, values, classes);
  return {labels: Int32Array.from(values), numClasses: classes};
}

async function numbersOf(where: string, labels: unknown): Promise<number[]> {
  if (labels instanceof tf.Tensor) return numbersOfTensor(where, labels as tf.Tensor);
  const isList = Array.isArray(labels) || (ArrayBuffer.isView(labels) && !isDataView(labels));
  if (!isList) {
    throw wrongLabels(where, describeValue(labels), 'Pass one class number for each example.');
  }
  const list = Array.from(labels as ArrayLike<unknown>);
  const odd = list.findIndex((label) => typeof label !== 'number');
  if (odd < 0) return list as number[];
  throw wrongLabels(where, `${describeValue(list[odd])} at position ${odd}`, remedyFor(list[odd]));
}

const isDataView = (view: ArrayBufferView): boolean => view instanceof DataView;

function remedyFor(label: unknown): string {
  if (typeof label === 'bigint') return 'Convert them with Int32Array.from(labels, Number).';
  if (typeof label === 'string') {
    return 'Number the classes from 0: labels.map((label) => classNames.indexOf(label)).';
  }
  if (typeof label === 'boolean') return 'Convert them with labels.map(Number).';
  return Array.isArray(label)
    ? 'For one-hot rows pass the class numbers, or the rows as a tensor.'
    : 'Pass one class number for each example.';
}

async function numbersOfTensor(where: string, labels: tf.Tensor): Promise<number[]> {
  const {shape, dtype} = labels;
  const [count = 0, width = 1] = shape;
  if (dtype === 'string' || dtype === 'complex64' || shape.length === 0 || shape.length > 2) {
    throw wrongLabels(where, describeValue(labels), 'Pass a tensor of class numbers, [n].');
  }
  const values = Array.from(await labels.data<'float32'>());
  if (width === 1) return values;
  return Array.from({length: count}, (_, i) => {
    const row = values.slice(i * width, (i + 1) * width);
    const ones = row.filter((value) => value === 1).length;
    if (ones === 1 && row.every((value) => value === 0 || value === 1)) return row.indexOf(1);
    throw wrongLabels(
      where,
      `row ${i} of a tensor [${shape.join(', ')}]: [${row.slice(0, 10).join(', ')}]`,
      'A dataset has one class for each example. Mix or smooth labels after batch(), as mixUp does.',
    );
  });
}

const wrongLabels = (where: string, found: string, remedy: string): InvalidArgumentError =>
  new InvalidArgumentError({
    where,
    argument: 'labels',
    expected: 'be class numbers from 0 on, one for each example',
    found,
    remedy,
  });
