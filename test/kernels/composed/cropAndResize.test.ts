import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {cropPicked} from '../../../src/kernels/composed/cropAndResize';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, expectGradients, shippedKernel} from '../support';

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

describe('cropPicked', () => {
  it('gives a backend that crops image i for box i the image of each box', async () => {
    const images = image([3, 4, 5, 2]);
    const boxes = tf.tensor2d([[0, 0, 1, 1], [0.2, 0.1, 0.7, 0.9], [0.5, 0, 1, 0.4], [0, 0, 0.5, 0.5]]); // prettier-ignore
    const boxInd = tf.tensor1d([2, 0, 2, 1], 'int32');
    const attrs = {
      ...{cropSize: [2, 3] as [number, number], method: 'bilinear' as const},
      extrapolationValue: 0,
    };
    const expected = tf.image.cropAndResize(images, boxes, boxInd, [2, 3]);
    const ship = shippedKernel(tf.CropAndResize);
    await expectNoLeak(() => {
      const cropped = callKernel(
        cropPicked,
        {image: images, boxes, boxInd},
        attrs,
        (given: Parameters<NonNullable<typeof ship>>[0]) => {
          const {image: picked, boxInd: own} = given.inputs as unknown as Record<string, tf.Tensor>;
          // What such a backend needs: an image for each box, in their order.
          expect(picked?.shape).toEqual([4, 4, 5, 2]);
          expect(own && [...own.dataSync()]).toEqual([0, 1, 2, 3]);
          return (ship as NonNullable<typeof ship>)(given);
        },
      );
      expect(cropped.shape).toEqual([4, 2, 3, 2]);
      expectClose(cropped, numbers(expected), 1e-6);
      cropped.dispose();
    });
    tf.dispose([images, boxes, boxInd, expected]);
  });
});
