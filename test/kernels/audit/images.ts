import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {type OpCase, opCase} from './opCase';

const boxes = () =>
  tf.tensor2d([
    [0.05, 0.12, 0.8, 0.83],
    [0.31, 0.23, 1.3, 0.93],
    [0.9, 0.77, 0.12, 0.11],
  ]);

const crops = (['bilinear', 'nearest'] as const).flatMap((method) =>
  (
    [
      [4, 3],
      [1, 2],
    ] as [number, number][]
  ).map((size) =>
    opCase('cropAndResize', `${method}, ${size.join('x')}`, [[2, 5, 6, 2]], (x: tf.Tensor4D) =>
      tf.image.cropAndResize(x, boxes(), tf.tensor1d([0, 1, 1], 'int32'), size, method),
    ),
  ),
);

const AFFINE = [0.9, 0.13, -0.71, -0.11, 1.2, 0.37, 0, 0];
const PROJECTIVE = [1.1, -0.23, 0.4, 0.2, 0.83, -1.3, 0.013, 0.021];

const transforms = (['nearest', 'bilinear'] as const).flatMap((interpolation) =>
  (['constant', 'reflect', 'wrap', 'nearest'] as const).map((mode) =>
    opCase('transform', `${interpolation}, ${mode}`, [[2, 5, 6, 2]], (x: tf.Tensor4D) =>
      tf.image.transform(x, tf.tensor2d([AFFINE, PROJECTIVE]), interpolation, mode, 0.5, [6, 5]),
    ),
  ),
);

/** What takes images apart and puts them together again. */
export const IMAGES: readonly OpCase[] = [
  ...crops,
  ...transforms,
  opCase('transform', 'one for all images', [[3, 4, 4, 1]], (x: tf.Tensor4D) =>
    tf.image.transform(x, tf.tensor2d([AFFINE]), 'bilinear'),
  ),
  opCase('rotateWithOffset', 'about the middle', [[2, 5, 7, 3]], (x: tf.Tensor4D) =>
    tf.image.rotateWithOffset(x, 0.4),
  ),
  opCase('rotateWithOffset', 'about a point', [[1, 6, 5, 2]], (x: tf.Tensor4D) =>
    tf.image.rotateWithOffset(x, -1.1, 0, [0.31, 0.63]),
  ),
  opCase('flipLeftRight', 'two images', [[2, 3, 4, 2]], (x: tf.Tensor4D) =>
    tf.image.flipLeftRight(x),
  ),
  opCase('grayscaleToRGB', 'two images', [[2, 3, 3, 1]], (x: tf.Tensor4D) =>
    tf.image.grayscaleToRGB(x),
  ),
  opCase('rgbToGrayscale', 'two images', [[2, 3, 3, 3]], (x: tf.Tensor4D) =>
    tf.image.rgbToGrayscale(x),
  ),
  opCase('depthToSpace', 'blocks of 2', [[2, 2, 3, 8]], (x: tf.Tensor4D) => tf.depthToSpace(x, 2)),
  opCase('depthToSpace', 'blocks of 3', [[1, 2, 1, 9]], (x: tf.Tensor4D) => tf.depthToSpace(x, 3)),
  opCase(
    'resizing',
    'layer',
    [[1, 3, 4, 2]],
    (x: tf.Tensor4D) => layers.layers.resizing({height: 5, width: 3}).apply(x) as tf.Tensor,
  ),
  opCase(
    'centerCrop',
    'layer',
    [[2, 5, 6, 2]],
    (x: tf.Tensor4D) => layers.layers.centerCrop({height: 3, width: 4}).apply(x) as tf.Tensor,
  ),
];
