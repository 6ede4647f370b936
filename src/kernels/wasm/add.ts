import type * as tf from '@tensorflow/tfjs-core';

import type {Kernel, KernelCall} from '../composed/kernel';
import {channelsOn, elementwiseOn} from './instance';

/** Whether b has one value for each channel of a, the last axis, and a has several of each. */
const isRow = (a: tf.Tensor, b: tf.Tensor): boolean =>
  b.rank === 1 && a.rank > 1 && a.shape.at(-1) === b.size && a.size > b.size;

const isSame = (a: tf.Tensor, b: tf.Tensor): boolean => a.shape.join() === b.shape.join();

/** Add in SIMD where shapes are the same or a bias is added, `otherwise` where that cannot run. */
export const simdAdd =
  (
    otherwise: Kernel<object, {a: tf.Tensor; b: tf.Tensor}>,
  ): Kernel<object, {a: tf.Tensor; b: tf.Tensor}> =>
  (call, shipped) => {
    const {a, b} = call.inputs;
    if (a.dtype !== 'float32' || b.dtype !== 'float32') return otherwise(call, shipped);
    if (isSame(a, b)) return added(call) ?? otherwise(call, shipped);
    return (isRow(a, b) ? addedRow(call) : undefined) ?? otherwise(call, shipped);
  };

type Call = KernelCall<object, {a: tf.Tensor; b: tf.Tensor}>;

function added({inputs: {a, b}, backend}: Call): tf.TensorInfo | undefined {
  const instance = elementwiseOn(backend);
  if (!instance) return undefined;
  const {heap, run} = instance;
  const y = heap.output(a.shape);
  run.add(heap.address(a), heap.address(b), heap.address(y), a.size);
  return y;
}

function addedRow({inputs: {a, b}, backend}: Call): tf.TensorInfo | undefined {
  const instance = channelsOn(backend);
  if (!instance) return undefined;
  const {heap, run} = instance;
  const y = heap.output(a.shape);
  run.addRow(heap.address(a), heap.address(b), heap.address(y), a.size / b.size, b.size);
  return y;
}
