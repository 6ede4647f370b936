import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {Kernel} from '../composed/kernel';
import {heapOf} from './heap';

// Copying so few values one by one takes less time than asking the engine to.
const FEW_VALUES = 32;

/**
 * Copies a block out of an array, in as long runs as there are: tfjs copies the last axis by itself, also
 * where whole rows of an image lie side by side.
 *
 * @param values - Memory that both lie in, from `from` and `to` on.
 * @param shape - Shape of the array; of each axis `size` values from `begin` on are copied.
 */
function copyBlock(
  values: Float32Array,
  from: number,
  to: number,
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
): void {
  // Axes behind the last one that is cut lie side by side, and so does what is taken of that one.
  let lastAxis = shape.length - 1;
  while (lastAxis > 0 && at(size, lastAxis) === at(shape, lastAxis)) lastAxis--;
  const run = tf.util.sizeFromShape(size.slice(lastAxis));
  const strides = tf.util.computeStrides([...shape, 1]);
  let next = to;
  const copy = (axis: number, first: number): void => {
    const start = first + at(begin, axis) * at(strides, axis);
    if (axis < lastAxis) {
      for (let i = 0; i < at(size, axis); i++) copy(axis + 1, start + i * at(strides, axis));
    } else if (run < FEW_VALUES) {
      for (let i = 0; i < run; i++) values[next + i] = values[start + i] ?? NaN;
      next += run;
    } else {
      values.copyWithin(next, start, start + run);
      next += run;
    }
  };
  copy(0, from);
}

/** Slice in the backend's memory, `otherwise` where that cannot run. */
export const heapSlice =
  (otherwise: Kernel<tf.SliceAttrs, {x: tf.Tensor}>): Kernel<tf.SliceAttrs, {x: tf.Tensor}> =>
  (call, shipped) => {
    const x = call.inputs.x;
    const heap = x.dtype === 'float32' && x.rank > 0 ? heapOf(call.backend) : undefined;
    if (!heap) return otherwise(call, shipped);
    const [begin = [], size = []] = tf.slice_util.parseSliceParams(
      x,
      call.attrs.begin,
      call.attrs.size,
    );
    const y = heap.output(size);
    if (tf.util.sizeFromShape(size) === 0) return y;
    const values = new Float32Array(heap.memory.buffer);
    // Addresses from 2 GB come back negative.
    const [from, to] = [x, y].map((tensor) => (heap.address(tensor) >>> 0) / 4);
    copyBlock(values, from ?? NaN, to ?? NaN, x.shape, begin, size);
    return y;
  };
