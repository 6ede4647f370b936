import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectGradients} from '../support';

const image = (shape: [number, number, number, number]) => seeded<tf.Rank.R4>(shape, 1);

describe('gradient of cropAndResize', () => {
  it('agrees with finite differences: turned boxes, beyond the image, of one pixel', () => {
    const boxes = [[0.12, 0.83, 0.9, 0.12], [-0.3, 0.2, 1.4, 0.71], [0.2, 0.31, 0.2, 0.31]]; // prettier-ignore
    for (const method of ['bilinear', 'nearest'] as const) {
      for (const size of [
        [3, 4],
        [1, 1],
      ] as [number, number][]) {
        // prettier-ignore
        const crop = (x: tf.Tensor) =>
          tf.image.cropAndResize(x as tf.Tensor4D, tf.tensor2d(boxes), tf.tensor1d([1, 0, 1], 'int32'), size, method); // prettier-ignore
        expectGradients(crop, [image([2, 4, 6, 2])]);
      }
    }
  });

  it('to its boxes is refused', () => {
    const crop = (boxes: tf.Tensor) =>
      tf.image.cropAndResize(image([1, 3, 3, 1]), boxes as tf.Tensor2D, tf.tensor1d([0], 'int32'), [2, 2]); // prettier-ignore
    expect(() => withGradientKernels(() => tf.grad(crop)(tf.tensor2d([[0, 0, 1, 1]])))).toThrow(
      'No gradient of the operation CropAndResize: there is one to its image only, not to its boxes',
    );
  });
});
