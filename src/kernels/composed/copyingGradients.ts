import * as tf from '@tensorflow/tfjs-core';

import {type Gradient, gradientOf} from './kernel';

/** For each output of an axis, the inputs that it is made from and their weights. */
type Sources = readonly (readonly (readonly [input: number, weight: number])[])[];

/** Passes gradients back through a map along one axis: the product with its transpose. */
export function backAlong(
  dy: tf.Tensor,
  axis: number,
  inputs: number,
  sources: Sources,
): tf.Tensor {
  const outputs = sources.length;
  const transposed = new Float32Array(inputs * outputs);
  sources.forEach((terms, output) =>
    terms.forEach(([input, weight]) => {
      const at = input * outputs + output;
      transposed[at] = (transposed[at] as number) + weight;
    }),
  );
  const [before, after] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)];
  const stacked = tf.reshape(dy, [-1, outputs, tf.util.sizeFromShape(after)]) as tf.Tensor3D;
  const matrices = tf.tile(tf.tensor3d(transposed, [1, inputs, outputs]), [stacked.shape[0], 1, 1]);
  return tf.reshape(tf.matMul(matrices, stacked), [...before, inputs, ...after]);
}

/** The sources of a resized axis, by the rules of the forward kernels. */
function resized(
  inputs: number,
  outputs: number,
  {alignCorners, halfPixelCenters}: tf.ResizeBilinearAttrs,
  linear: boolean,
): Sources {
  const corners = alignCorners && outputs > 1 ? 1 : 0;
  const ratio = (inputs - corners) / (outputs - corners);
  return Array.from({length: outputs}, (_, i) => {
    const position = halfPixelCenters ? ratio * (i + 0.5) : ratio * i;
    if (!linear) {
      const nearest = alignCorners ? Math.round(position) : Math.floor(position);
      return [[Math.min(inputs - 1, nearest), 1]] as const;
    }
    const exact = halfPixelCenters ? position - 0.5 : position;
    const low = Math.max(0, Math.floor(exact));
    const high = Math.min(inputs - 1, Math.max(0, Math.ceil(exact)));
    return [
      [low, 1 - (exact - low)],
      [high, exact - low],
    ] as const;
  });
}

const resizing = (linear: boolean) =>
  gradientOf(['images'], (dy, [images]: [tf.Tensor4D], attrs: tf.ResizeBilinearAttrs) => ({
    images: () => {
      const [, height, width] = images.shape;
      const [, outHeight = 0, outWidth = 0] = dy.shape;
      const rows = resized(height, outHeight, attrs, linear);
      const columns = resized(width, outWidth, attrs, linear);
      return backAlong(backAlong(dy, 1, height, rows), 2, width, columns);
    },
  }));

/** Gradient of a mirrored padding: that of tfjs forgets the reflected copies. */
const mirrorPad = gradientOf(
  ['x'],
  (dy, [x]: [tf.Tensor], {paddings, mode}: tf.MirrorPadAttrs) => ({
    x: () => {
      const edge = mode === 'reflect' ? 0 : 1;
      return paddings.reduce((gradient, [before, after], axis) => {
        const inputs = x.shape[axis] as number;
        if (before + after === 0) return gradient;
        const sources = Array.from({length: before + inputs + after}, (_, i) => {
          const at = i - before;
          const input = at < 0 ? -at - edge : at < inputs ? at : 2 * (inputs - 1) - at + edge;
          return [[input, 1]] as const;
        });
        return backAlong(gradient, axis, inputs, sources);
      }, dy);
    },
  }),
);

const stridedSlice = gradientOf(['x'], (dy, [x]: [tf.Tensor], attrs: tf.StridedSliceAttrs) => ({
  x: () => {
    const {beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask} = attrs;
    const {begin, strides, end} = tf.slice_util.sliceInfo(
      x.shape,
      ...([attrs.begin, attrs.end, attrs.strides] as const),
      ...([beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const),
    );
    // Along each axis of x, how many values are left.
    const counts = begin.map((from, axis) => {
      const span = ((end[axis] as number) - from) / (strides[axis] as number);
      return Math.max(0, Math.ceil(span));
    });
    return counts.reduce(
      (gradient: tf.Tensor, count, axis) => {
        const [from, step, inputs] = [begin[axis], strides[axis], x.shape[axis]] as number[];
        if (count === inputs && step === 1) return gradient;
        const sources = Array.from(
          {length: count},
          (_, i) => [[(from as number) + i * (step as number), 1]] as const,
        );
        return backAlong(gradient, axis, inputs as number, sources);
      },
      tf.reshape(dy, counts),
    );
  },
}));

// A list of gradients, unless there is one output only.
const listOf = (dy: tf.Tensor | tf.Tensor[]) => (Array.isArray(dy) ? dy : [dy]);

/**
 * Gradients of operations that take a tensor apart; those of tfjs fail where there is only one
 * part.
 */
const PARTS: Readonly<Record<string, Gradient>> = {
  [tf.SplitV]: () => ({
    gradFunc: (dy, _, {axis}) => ({x: () => tf.concat(listOf(dy), axis as number)}),
  }),
  [tf.Unpack]: () => ({
    gradFunc: (dy, _, {axis}) => ({value: () => tf.stack(listOf(dy), axis as number)}),
  }),
};

/** Gradient of repeating a tensor: the repeated values are added up, axis by axis. */
const tile = gradientOf(['x'], (dy, [x]: [tf.Tensor], {reps}: tf.TileAttrs) => ({
  x: () => {
    const sum = reps.reduce((gradient, times, axis) => {
      if (times === 1) return gradient;
      const before = tf.util.sizeFromShape(x.shape.slice(0, axis));
      return tf.sum(tf.reshape(gradient, [before, times, -1]), 1);
    }, dy);
    return tf.reshape(sum, x.shape);
  },
}));

const depthToSpace = gradientOf([], (dy, _, {blockSize, dataFormat}: tf.DepthToSpaceAttrs) => ({
  x: () => {
    const isFirst = dataFormat === 'NCHW';
    const image = isFirst ? tf.transpose(dy, [0, 2, 3, 1]) : dy;
    const [batch = 0, height = 0, width = 0, channels = 0] = image.shape;
    const [rows, columns] = [height / blockSize, width / blockSize];
    const blocks = tf.reshape(image, [batch * rows, blockSize, columns, blockSize * channels]);
    const depth = blockSize * blockSize * channels;
    const x = tf.reshape(tf.transpose(blocks, [0, 2, 1, 3]), [batch, rows, columns, depth]);
    return isFirst ? tf.transpose(x, [0, 3, 1, 2]) : x;
  },
}));

/** Gradients of operations that copy and move values, and of resizing, which also weights them. */
export const COPYING_GRADIENTS: Readonly<Record<string, Gradient>> = {
  [tf.DepthToSpace]: depthToSpace,
  [tf.Diag]: gradientOf(['x'], (dy, [x]: [tf.Tensor]) => ({
    x: () => {
      const square = tf.reshape(dy, [x.size, x.size]);
      return tf.reshape(tf.sum(tf.mul(square, tf.eye(x.size)), 1), x.shape);
    },
  })),
  [tf.FlipLeftRight]: gradientOf([], (dy) => ({image: () => tf.reverse(dy, 2)})),
  [tf.MirrorPad]: mirrorPad,
  // The gradient of tfjs ignores pixel centres. On cpu it fails unless images are square, and is
  // wrong for the nearest pixel.
  [tf.ResizeBilinear]: resizing(true),
  [tf.ResizeNearestNeighbor]: resizing(false),
  ...PARTS,
  [tf.StridedSlice]: stridedSlice,
  // tfjs has none from rank 5 on.
  [tf.Tile]: tile,
};
