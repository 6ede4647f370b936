import * as tf from '@tensorflow/tfjs-core';

import {contract, named} from './einsum';
import {type Gradient, gradientOf, type Kernel, runShipped, withoutRest} from './kernel';
import {noPlaces, rounded, within} from './positions';

/**
 * The weight of each of `size` inputs in each of `count` outputs along one axis:
 * `[box, output, input]`.
 */
function shares(
  boxes: tf.Tensor,
  axis: 0 | 1,
  [count, size]: [number, number],
  isNearest: boolean,
): tf.Tensor {
  const end = (column: number) => tf.mul(tf.slice(boxes, [0, column], [-1, 1]), size - 1);
  const [first, last] = [end(axis), end(axis + 2)];
  const outputs = tf.range(0, count);
  const positions =
    count > 1
      ? tf.add(first, tf.mul(outputs, tf.div(tf.sub(last, first), count - 1)))
      : tf.mul(0.5, tf.add(first, last));
  const position = tf.expandDims(positions, 2);
  const inputs = tf.range(0, size);
  const share = isNearest
    ? tf.cast(tf.equal(rounded(position), inputs), 'float32')
    : tf.relu(tf.sub(1, tf.abs(tf.sub(position, inputs))));
  return tf.mul(share, tf.cast(within(position, size), 'float32'));
}

/** Gradient of cropping to the images, of which tfjs has none. */
export const cropAndResizeGradient: Gradient = gradientOf(
  ['image', 'boxes', 'boxInd'],
  (
    dy,
    [image, boxes, boxInd]: [tf.Tensor4D, tf.Tensor2D, tf.Tensor1D],
    {cropSize, method}: tf.CropAndResizeAttrs,
  ) => ({
    image: () => {
      const [batch, height, width] = image.shape;
      const isNearest = method === 'nearest';
      const rows = shares(boxes, 0, [cropSize[0], height], isNearest);
      const columns = shares(boxes, 1, [cropSize[1], width], isNearest);
      const tall = contract(named('kijc', dy), named('kih', rows), Array.from('khjc'));
      const whole = contract(named('khjc', tall), named('kjw', columns), Array.from('khwc'));
      return tf.unsortedSegmentSum(whole, boxInd, batch);
    },
    boxes: () => noPlaces('CropAndResize', 'boxes'),
    boxInd: () => tf.zeros(boxInd.shape),
  }),
);

interface Inputs {
  readonly image: tf.Tensor4D;
  readonly boxes: tf.Tensor2D;
  readonly boxInd: tf.Tensor1D;
}

/**
 * CropAndResize for webgl, whose own kernel crops image i for box i: the images are picked
 * beforehand.
 */
export const cropPicked: Kernel<tf.CropAndResizeAttrs, Inputs> = (call, shipped) => {
  const {image, boxInd, boxes} = call.inputs;
  return withoutRest(() => {
    const inputs = {
      boxes,
      image: tf.gather(image, boxInd),
      boxInd: tf.range(0, boxInd.size, 1, 'int32'),
    };
    return runShipped(shipped, {...call, inputs});
  });
};
