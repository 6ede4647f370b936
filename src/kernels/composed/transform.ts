import * as tf from '@tensorflow/tfjs-core';

import {InvalidArgumentError} from '../../core/errors';
import {type Gradient, gradientOf, type Kernel, runShipped} from './kernel';
import {noPlaces, rounded, within} from './positions';

/** A position outside of an axis as one inside, by the rules of the forward kernels. */
function mapped(position: tf.Tensor, size: number, mode: tf.TransformAttrs['fillMode']): tf.Tensor {
  const clipped = (inside: tf.Tensor) => tf.clipByValue(inside, 0, size - 1);
  const steps = (length: number) => tf.floor(tf.div(tf.abs(position), Math.max(1, length)));
  if (mode === 'nearest') return clipped(position);
  if (mode === 'reflect') {
    const inside = tf.mod(position, 2 * size);
    return clipped(tf.minimum(inside, tf.sub(2 * size - 1, inside)));
  }
  if (mode === 'wrap') {
    const times = steps(size - 1);
    const below = tf.add(position, tf.mul(size, tf.add(times, 1)));
    const above = tf.sub(position, tf.mul(size, times));
    const inside = tf.where(tf.greater(position, size - 1), above, position);
    return clipped(tf.where(tf.less(position, 0), below, inside));
  }
  return position;
}

type Sampling = Pick<tf.TransformAttrs, 'fillMode' | 'interpolation'>;

/**
 * The sources of each value of a transformed image: one to four places of the input, flat numbers
 * `[batch, outputs]` over the pixels of all images, and their weights. Places outside have weight
 * 0.
 */
function sources(
  [batch = 0, height = 0, width = 0]: number[],
  [outHeight = 0, outWidth = 0]: number[],
  transforms: tf.Tensor,
  {fillMode, interpolation}: Sampling,
): {ids: tf.Tensor; share: tf.Tensor}[] {
  const outputs = outHeight * outWidth;
  const coordinate = (of: (i: number) => number) =>
    tf.tensor2d(
      Float32Array.from({length: outputs}, (_, i) => of(i)),
      [1, outputs],
    );
  const outX = coordinate((i) => i % outWidth);
  const outY = coordinate((i) => Math.floor(i / outWidth));
  const factor = (i: number) => tf.slice(transforms, [0, i], [-1, 1]);
  const linear = (i: number) => tf.add(tf.mul(factor(i), outX), tf.mul(factor(i + 1), outY));
  const position = (i: number, size: number) =>
    mapped(tf.div(tf.add(linear(i), factor(i + 2)), tf.add(linear(6), 1)), size, fillMode);
  const [x, y] = [position(0, width), position(3, height)];
  const near = interpolation === 'nearest';
  const [left, top] = near ? [rounded(x), rounded(y)] : [tf.floor(x), tf.floor(y)];
  const images = Int32Array.from({length: batch}, (_, i) => i * height * width);
  const corners = near ? [[0, 0]] : [[0, 0], [0, 1], [1, 0], [1, 1]]; // prettier-ignore
  return corners.map(([down = 0, right = 0]) => {
    const [row, column] = [tf.add(top, down), tf.add(left, right)];
    const isInside = tf.logicalAnd(within(row, height), within(column, width));
    const weight = near
      ? tf.onesLike(row)
      : tf.mul(tf.sub(1, tf.abs(tf.sub(y, row))), tf.sub(1, tf.abs(tf.sub(x, column))));
    // Infinite positions are outside, and must not enter a product.
    const place = tf.where(isInside, tf.add(tf.mul(row, width), column), tf.zerosLike(row));
    const ids = tf.add(tf.cast(place, 'int32'), tf.tensor2d(images, [batch, 1], 'int32'));
    const share = tf.where(isInside, weight, tf.zerosLike(weight));
    return {ids, share: tf.expandDims(tf.broadcastTo(share, ids.shape), 2)};
  });
}

/** The gradient to an image: what was taken from a place is added up there. */
function spread(
  {shape}: tf.Tensor4D,
  dy: tf.Tensor,
  transforms: tf.Tensor,
  sampling: Sampling,
): tf.Tensor {
  const [batch, height, width, channels] = shape;
  const rows = tf.reshape(dy, [batch, -1, channels]);
  const parts = sources(shape, dy.shape.slice(1, 3), transforms, sampling).map(({ids, share}) =>
    tf.unsortedSegmentSum(
      tf.reshape(tf.mul(rows, share), [-1, channels]),
      tf.reshape(ids, [-1]),
      batch * height * width,
    ),
  );
  return tf.reshape(tf.addN(parts), shape);
}

/** Gradient of a projective transform to the images, of which tfjs has none. */
export const transformGradient: Gradient = gradientOf(
  ['image', 'transforms'],
  (dy, [image, transforms]: [tf.Tensor4D, tf.Tensor2D], attrs: tf.TransformAttrs) => ({
    image: () => spread(image, dy, transforms, attrs),
    transforms: () => noPlaces('Transform', 'transforms'),
  }),
);

/** Gradient of a rotation, which is a transform by the nearest pixel. */
export const rotateGradient: Gradient = gradientOf(
  ['image'],
  (dy, [image]: [tf.Tensor4D], {radians, center}: tf.RotateWithOffsetAttrs) => ({
    image: () => {
      const [, height, width] = image.shape;
      const [x, y] = tf.backend_util.getImageCenter(center, height, width);
      const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
      const row = [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos, 0, 0];
      const attrs = {fillMode: 'constant', interpolation: 'nearest'} as const;
      return spread(image, dy, tf.tensor2d([row]), attrs);
    },
  }),
);

/**
 * Transform for cpu, whose own kernel transforms the first image only and leaves the others empty.
 */
export const transformOne: Kernel<tf.TransformAttrs, {readonly image: tf.Tensor4D}> = (
  call,
  shipped,
) => {
  const images = call.inputs.image?.shape[0] as number;
  if (images <= 1) return runShipped(shipped, call);
  throw new InvalidArgumentError({
    where: 'withGradientKernels',
    argument: 'body',
    expected:
      'transform one image at a time on the cpu backend: TensorFlow.js leaves all images of a batch ' +
      'but the first empty there',
    found: `tf.image.transform of ${images} images`,
    remedy: 'Use another backend, or apply tf.image.transform to slices of one image.',
  });
};

/** Transform by a gather: wasm's own kernel reflects positions before the first pixel wrongly. */
export const transformByGather: Kernel<
  tf.TransformAttrs,
  {image: tf.Tensor; transforms: tf.Tensor}
> = (call, shipped) => {
  const {inputs, attrs} = call;
  if (attrs.fillMode !== 'reflect') {
    return runShipped(shipped, call);
  }
  return tf.tidy(() => {
    const [image, transforms] = [inputs.image, inputs.transforms];
    const [batch, height, width, channels] = image.shape as [number, number, number, number];
    const size = attrs.outputShape ?? [height, width];
    const rows = tf.reshape(tf.cast(image, 'float32'), [-1, channels]);
    const parts = sources(image.shape, size, transforms, attrs);
    const values = parts.map(({ids, share}) =>
      tf.mul(tf.reshape(tf.gather(rows, tf.reshape(ids, [-1])), [batch, -1, channels]), share),
    );
    const outside = tf.sub(1, tf.addN(parts.map(({share}) => share)));
    const sum = tf.add(tf.addN(values), tf.mul(outside, attrs.fillValue));
    return tf.reshape(sum, [batch, ...size, channels]);
  });
};
