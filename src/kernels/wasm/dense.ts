import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {isKept, madeOnce} from '../weightCache';
import {type Products, productsOn} from './instance';
import type {Instance} from './moduleOn';
import {relaxedInUse} from './relaxedSimd';
import {threadsOn} from './threads';

/** A product of two matrices and what follows it. */
export interface Dense {
  /** `depth` values in each row. */
  readonly a: tf.Tensor;
  /** `depth` rows. */
  readonly b: tf.Tensor;
  /** One value for each column of b. */
  readonly bias: tf.Tensor | undefined;
  /** What is smaller becomes this: 0 for ReLU, -Infinity for no activation. */
  readonly low: number;
  readonly depth: number;
  /** Shape of the result; its last axis has the columns of b. */
  readonly shape: readonly number[];
}

// With more rows, packing is a small part of the work; a matrix that is kept packed takes its memory again.
const MOST_ROWS = 128;

/** Values of a matrix that is kept packed, at most. */
export const LARGEST_KEPT = 2 ** 22;

/** The matrix as `packColumns` leaves it, kept where it is a weight. */
export function packed(
  {heap, run}: Instance<Products>,
  b: tf.Tensor,
  depth: number,
  columns: number,
) {
  const make = () => {
    const to = heap.output([depth, 8 * Math.ceil(columns / 8)]);
    run.packColumns(heap.address(b), depth, columns, heap.address(to));
    return tf.engine().makeTensorFromTensorInfo(to);
  };
  return madeOnce(b, 'columns', make);
}

// Of fewer rows the backend's own product is faster, if it has packed the matrix before. In the relaxed set it would
// have other digits than more rows, so that those of an example depended on its batch.
const FEWEST_ROWS = 4;

/**
 * a b + bias, not below `low`: with plain SIMD to the digits of the backend's own kernel, with relaxed SIMD by the
 * sums of blocks of terms.
 *
 * @returns `undefined` where that cannot run or does worse.
 */
export function dense(
  backend: object,
  {a, b, bias, low, depth, shape}: Dense,
): tf.TensorInfo | undefined {
  const instance = productsOn(backend);
  if (!instance) return undefined;
  const {heap, run} = instance;
  const columns = at(shape, shape.length - 1);
  const rows = a.size / depth;
  const given = [a, b, ...(bias ? [bias] : [])];
  if (given.some(({dtype}) => dtype !== 'float32') || (bias && bias.size !== columns))
    return undefined;
  if (rows < FEWEST_ROWS && isKept(b) && !relaxedInUse()) return undefined;
  // The backend's own kernel runs on all of its threads.
  if (heap.threads() > 1 && !threadsOn.has(backend)) return undefined;
  const isPacked = rows <= MOST_ROWS && b.size <= LARGEST_KEPT && isKept(b);
  const whole = isPacked ? packed(instance, b, depth, columns) : undefined;
  return heap.filled([...shape], (result) => {
    heap.withScratch(48 + 8 * 256, (work) => {
      run.dense(
        ...[rows, columns, depth, heap.address(a), heap.address(b)],
        ...[bias ? heap.address(bias) : 0, low, heap.address(result)],
        ...[whole ? heap.address(whole) : 0, work],
      );
    });
  });
}
