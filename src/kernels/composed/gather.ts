import * as tf from '@tensorflow/tfjs-core';

import {type Gradient, gradientOf, type Kernel, runShipped} from './kernel';

/**
 * The sizes of a gather, written as one of rows: from `[batch, outer, choices, inner]`, by
 * `[batch, picks]` indices.
 */
function sizesOf(x: tf.TensorInfo, indices: tf.Tensor, {axis, batchDims}: tf.GatherV2Attrs) {
  const at = tf.util.parseAxisParam(axis, x.shape)[0] as number;
  const size = (from: number, to?: number) => tf.util.sizeFromShape(x.shape.slice(from, to));
  const batch = size(0, batchDims);
  return {
    batch,
    outer: size(batchDims, at),
    choices: x.shape[at] as number,
    inner: size(at + 1),
    picks: indices.size / batch,
    outShape: [
      ...x.shape.slice(0, at),
      ...indices.shape.slice(batchDims),
      ...x.shape.slice(at + 1),
    ],
  };
}

/** For each row that a gather gives, the number of the row that it comes from. */
function rowsOf(indices: tf.Tensor, {batch, outer, choices, picks}: ReturnType<typeof sizesOf>) {
  const ids = tf.reshape(indices, [batch, 1, picks]);
  const blocks = Int32Array.from({length: batch * outer}, (_, i) => i * choices);
  return tf.reshape(tf.add(ids, tf.tensor3d(blocks, [batch, outer, 1], 'int32')), [-1]);
}

/** GatherV2 with batch dimensions, which stock wasm gathers from the wrong rows: as one without. */
export const gather: Kernel<tf.GatherV2Attrs, {x: tf.Tensor; indices: tf.Tensor}> = (
  call,
  shipped,
) => {
  const x = call.inputs.x;
  const indices = call.inputs.indices;
  if (call.attrs.batchDims === 0 || x.size * indices.size === 0) {
    return runShipped(shipped, call);
  }
  return tf.tidy(() => {
    const sizes = sizesOf(x, indices, call.attrs);
    const rows = tf.gather(tf.reshape(x, [-1, sizes.inner]), rowsOf(indices, sizes) as tf.Tensor1D);
    return tf.reshape(rows, sizes.outShape);
  });
};

/** Gradient of a gather: rows are added up where they came from. That to the indices is zero. */
export const gatherGradient: Gradient = gradientOf(
  ['x', 'indices'],
  (dy, [x, indices]: [tf.Tensor, tf.Tensor], attrs: tf.GatherV2Attrs) => ({
    x: () => {
      const sizes = sizesOf(x, indices, attrs);
      const {batch, outer, choices, inner} = sizes;
      const rows = tf.reshape(dy, [-1, inner]);
      const ids = rowsOf(indices, sizes) as tf.Tensor1D;
      return tf.reshape(tf.unsortedSegmentSum(rows, ids, batch * outer * choices), x.shape);
    },
    indices: () => tf.zeros(indices.shape),
  }),
);
