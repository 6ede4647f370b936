import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {subset, type Dataset, type DatasetInMemory} from '../../src/core/dataset';
import {numbers} from '../support/tensors';

// Example i has the value 10 i.
const tens: DatasetInMemory<tf.Tensor2D> = {
  numClasses: 3,
  labels: Int32Array.of(0, 1, 2, 1),
  batch: (indices) => ({
    x: tf.tensor2d(Array.from(indices, (i) => [10 * i])),
    labels: tf.tensor1d(
      Array.from(indices, (i) => tens.labels[i] as number),
      'int32',
    ),
  }),
};

const valuesOf = (dataset: DatasetInMemory<tf.Tensor2D>, indices: ArrayLike<number>) =>
  tf.tidy(() => {
    const {x, labels} = dataset.batch(indices);
    return {x: numbers(x), labels: numbers(labels)};
  });

describe('subset', () => {
  it('selects, reorders and repeats', () => {
    const part = subset(tens, [3, 0, 3]);
    expect(part.numClasses).toBe(3);
    expect(part.labels).toEqual(Int32Array.of(1, 0, 1));
    expect(valuesOf(part, [1, 2])).toEqual({x: [0, 30], labels: [0, 1]});
    expect(valuesOf(subset(part, [1]), [0])).toEqual({x: [0], labels: [0]});
  });

  it('keeps a copy of the indices', () => {
    const indices = Int32Array.of(1);
    const part = subset(tens, indices);
    indices[0] = 2;
    expect(valuesOf(part, [0]).x).toEqual([10]);
  });

  it('refuses indices out of range, at once and in batch', () => {
    expect(() => subset(tens, [0, 4])).toThrow(
      /subset: "indices" must be integers in \[0, 4\), found 4/,
    );
    expect(() => subset(tens, [0, 1]).batch([2])).toThrow(
      /subset\.batch: "indices" must be integers in \[0, 2\), found 2/,
    );
  });

  it('keeps the names of the classes, and batches that are promises', async () => {
    const classNames = ['a', 'b', 'c'];
    const later: Dataset<tf.Tensor2D> = {
      ...tens,
      classNames,
      batch: async (indices) => tens.batch(indices),
    };
    const part = subset(later, [3, 0]);
    expect(part.classNames).toEqual(classNames);
    const {x, labels} = await part.batch([1, 0]);
    expect(numbers(x)).toEqual([0, 30]);
    tf.dispose([x, labels]);
    expect('classNames' in subset(tens, [0])).toBe(false);
  });

  it('may be empty', () => {
    expect(subset(tens, []).labels).toEqual(new Int32Array(0));
  });
});
