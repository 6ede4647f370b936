import type * as tf from '@tensorflow/tfjs-core';

import type {Kernel} from '../composed/kernel';
import {channelsOn} from './instance';

/** Whether b has one value for each channel of a, the last axis, and a has several of each. */
const isRow = (a: tf.Tensor, b: tf.Tensor): boolean =>
  b.rank === 1 && a.rank > 1 && a.shape.at(-1) === b.size && a.size > b.size;

/** Add in SIMD where a bias is added, `otherwise` where that cannot run. */
export const simdAddRow =
  (
    otherwise: Kernel<object, {a: tf.Tensor; b: tf.Tensor}>,
  ): Kernel<object, {a: tf.Tensor; b: tf.Tensor}> =>
  (call, shipped) => {
    const {a, b} = call.inputs;
    const isFloat = a.dtype === 'float32' && b.dtype === 'float32';
    const instance = isFloat && isRow(a, b) ? channelsOn(call.backend) : undefined;
    if (!instance) return otherwise(call, shipped);
    const {heap, run} = instance;
    const y = heap.output(a.shape);
    run.addRow(heap.address(a), heap.address(b), heap.address(y), a.size / b.size, b.size);
    return y;
  };
