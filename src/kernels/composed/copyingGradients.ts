import * as tf from '@tensorflow/tfjs-core';

import type {Gradient} from './kernel';

/** For each output of an axis, the inputs it is made of and their weights. */
type Sources = readonly (readonly (readonly [input: number, weight: number])[])[];

/** Passes gradients back through a map along one axis: the product with its transpose. */
function backAlong(dy: tf.Tensor, axis: number, inputs: number, sources: Sources): tf.Tensor {
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

type ResizeAttrs = tf.ResizeBilinearAttrs;

/** By the rules of the forward kernels. */
function resized(inputs: number, outputs: number, attrs: ResizeAttrs, linear: boolean): Sources {
  const {alignCorners, halfPixelCenters} = attrs;
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

const resizeGradient =
  (linear: boolean): Gradient =>
  (shipped) => ({
    ...shipped,
    gradFunc: (dy, saved, attrs) => ({
      images: () => {
        const [{shape}] = saved as [tf.Tensor4D];
        const [, height, width] = shape;
        const [, outHeight, outWidth] = (dy as tf.Tensor4D).shape;
        const options = attrs as unknown as ResizeAttrs;
        const rows = resized(height, outHeight, options, linear);
        const columns = resized(width, outWidth, options, linear);
        return backAlong(backAlong(dy as tf.Tensor, 1, height, rows), 2, width, columns);
      },
    }),
  });

/** Gradient of bilinear resizing; tfjs ignores pixel centres, and fails on cpu unless square. */
export const resizeBilinearGradient = resizeGradient(true);

/** Gradient of nearest-neighbour resizing; tfjs ignores pixel centres, and is wrong on cpu. */
export const resizeNearestGradient = resizeGradient(false);

/** Gradient of reflecting padding; the one of tfjs forgets the reflected copies. */
export const mirrorPadGradient: Gradient = (shipped) => ({
  ...shipped,
  gradFunc: (dy, saved, attrs) => ({
    x: () => {
      const [x] = saved as [tf.Tensor];
      const {paddings, mode} = attrs as unknown as tf.MirrorPadAttrs;
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
      }, dy as tf.Tensor);
    },
  }),
});
