import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {type Gradient, gradientOf, type Kernel, runShipped} from './kernel';

const noIndices = (indices: tf.Tensor) => () => tf.zeros(indices.shape);

/** Gradient of the largest values along the last axis: that of each goes back to its place. */
const topK = gradientOf(
  ['x'],
  (dy, [x, indices]: [tf.Tensor, tf.Tensor]) => ({
    x: () => {
      const choices = x.shape.at(-1) as number;
      const k = dy.shape.at(-1) as number;
      const count = x.size / choices;
      const rows = tf.tensor2d(
        Int32Array.from({length: count}, (_, i) => i * choices),
        [count, 1],
      );
      const places = tf.add(tf.reshape(indices, [count, k]), tf.cast(rows, 'int32'));
      const spread = tf.scatterND(tf.reshape(places, [-1, 1]), tf.reshape(dy, [-1]), [x.size]);
      return tf.reshape(spread, x.shape);
    },
  }),
  {outputsToSave: [false, true]},
);

/**
 * The gradient of tfjs, and zero to the segments, which may depend on the input through an index.
 */
const segmentSum: Gradient = (shipped) =>
  shipped && {
    ...shipped,
    gradFunc: (dy, saved, attrs) => ({
      ...shipped.gradFunc(dy, saved, attrs),
      segmentIds: noIndices(at(saved as readonly tf.Tensor[], 0)),
    }),
  };

/** Gradients of operations that pick or place slices by their indices. */
export const PICKING_GRADIENTS: Readonly<Record<string, Gradient>> = {
  [tf.GatherNd]: gradientOf(
    ['params', 'indices'],
    (dy, [params, indices]: [tf.Tensor, tf.Tensor]) => ({
      params: () => tf.scatterND(indices, dy, params.shape),
      indices: noIndices(indices),
    }),
  ),
  [tf.ScatterNd]: gradientOf(['indices'], (dy, [indices]: [tf.Tensor]) => ({
    updates: () => tf.gatherND(dy, indices),
    indices: noIndices(indices),
  })),
  [tf.TensorScatterUpdate]: gradientOf(
    ['indices', 'updates'],
    (dy, [indices, updates]: [tf.Tensor, tf.Tensor]) => ({
      tensor: () => tf.tensorScatterUpdate(dy, indices, tf.zeros(updates.shape)),
      updates: () => tf.gatherND(dy, indices),
      indices: noIndices(indices),
    }),
  ),
  [tf.TopK]: topK,
  [tf.UnsortedSegmentSum]: segmentSum,
};

/**
 * TensorScatterUpdate for cpu, whose own kernel writes into the tensor that it is given: this one
 * writes into a copy.
 */
export const updateCopy: Kernel<unknown, {tensor: tf.Tensor}> = (call, shipped) => {
  const tensor = tf.add(call.inputs.tensor, 0);
  try {
    const inputs = {...call.inputs, tensor};
    const {shape, dtype, dataId} = runShipped(shipped, {...call, inputs});
    return {shape, dtype, dataId};
  } finally {
    tensor.dispose();
  }
};
