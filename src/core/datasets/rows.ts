import * as tf from '@tensorflow/tfjs-core';

import {intAt} from '../at';
import {checkBackend} from '../checks/checkBackend';
import {checkIndices} from '../checks/checkIndices';
import type {DatasetInMemory} from '../dataset';
import {InvalidArgumentError} from '../errors';
import {KEEP_WHILE_WAITING} from '../checks/checkKept';

/** Rows of a tensor that stays on the device. */
export function tensorRows<I extends tf.Tensor>(
  x: I,
  labels: Int32Array,
  numClasses: number,
): DatasetInMemory<I> {
  return {
    numClasses,
    labels,
    batch(indices) {
      checkIndices('Dataset.batch', 'indices', indices, labels.length);
      if (x.isDisposed) {
        throw new InvalidArgumentError({
          where: 'Dataset.batch',
          argument: 'x',
          expected: 'outlive the dataset',
          found: 'a disposed tensor',
          remedy: `Keep x as long as the dataset is used. ${KEEP_WHILE_WAITING}`,
        });
      }
      const chosen = Int32Array.from(indices);
      return tf.tidy(() => ({
        x: tf.gather(x, tf.tensor1d(chosen, 'int32')),
        labels: labelsAt(labels, chosen),
      }));
    },
  };
}

/** Rows of an array on the JavaScript side. */
export function arrayRows<I extends tf.Tensor>(
  values: Float32Array | Int32Array,
  shape: readonly number[],
  labels: Int32Array,
  numClasses: number,
): DatasetInMemory<I> {
  const size = shape.reduce((product, length) => product * length, 1);
  const dtype = values instanceof Int32Array ? 'int32' : 'float32';
  return {
    numClasses,
    labels,
    batch(indices) {
      checkIndices('Dataset.batch', 'indices', indices, labels.length);
      checkBackend('Dataset.batch');
      const chosen = Int32Array.from(indices);
      const length = chosen.length * size;
      const rows = dtype === 'int32' ? new Int32Array(length) : new Float32Array(length);
      chosen.forEach((index, i) => {
        rows.set(values.subarray(index * size, (index + 1) * size), i * size);
      });
      return {
        x: tf.tensor(rows, [chosen.length, ...shape], dtype) as I,
        labels: labelsAt(labels, chosen),
      };
    },
  };
}

const labelsAt = (labels: Int32Array, indices: Int32Array): tf.Tensor1D =>
  tf.tensor1d(
    indices.map((index) => intAt(labels, index)),
    'int32',
  );
