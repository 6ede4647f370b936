import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectNoLeak, numbers} from '../../support/tensors';
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

describe('transform', () => {
  it.each<[string, number, number[]]>([
    ['constant', -2, [7, 7, 1, 2]],
    ['nearest', -2, [1, 1, 1, 2]],
    ['reflect', -2, [2, 1, 1, 2]],
    ['wrap', -2, [3, 4, 1, 2]],
    ['reflect', 3, [4, 4, 3, 2]],
    ['wrap', 3, [4, 1, 2, 1]],
    ['reflect', -9, [1, 1, 2, 3]],
  ])('fills up as documented, in every image: %s, by %i', async (mode, by, expected) => {
    await expectNoLeak(() => {
      const row = tf.tensor4d([1, 2, 3, 4, 1, 2, 3, 4], [2, 1, 4, 1]);
      const shift = tf.tensor2d([[1, 0, by, 0, 1, 0, 0, 0]]);
      const moved = withGradientKernels(() =>
        tf.image.transform(row, shift, 'nearest', mode as 'wrap', 7),
      );
      expect(numbers(moved)).toEqual([...expected, ...expected]);
      tf.dispose([row, shift, moved]);
    });
  });

  it('has a gradient where the projection goes to infinity', () => {
    // Of the third column, all positions are infinite.
    const rows = [[1, 0, 0.2, 0, 1, 0.1, -0.5, 0]];
    for (const mode of ['bilinear', 'nearest'] as const) {
      const projected = (x: tf.Tensor) =>
        tf.image.transform(x as tf.Tensor4D, tf.tensor2d(rows), mode);
      expectGradients(projected, [image([1, 3, 4, 2])]);
    }
  });

  it('has none to its transforms', () => {
    const turned = (rows: tf.Tensor) =>
      tf.image.transform(image([1, 3, 3, 1]), rows as tf.Tensor2D, 'bilinear');
    expect(() =>
      withGradientKernels(() => tf.grad(turned)(tf.tensor2d([[1, 0, 0, 0, 1, 0, 0, 0]]))),
    ).toThrow('No gradient of the operation Transform');
  });
});

describe('gradient of rotateWithOffset', () => {
  it.each<[number, number | [number, number]]>([
    [0, 0.5],
    [0.7, 0.5],
    [-2.2, [0.2, 0.9]],
    [Math.PI / 2, 0.5],
  ])('agrees with finite differences: by %f about %s', (radians, center) => {
    const rotate = (x: tf.Tensor) =>
      tf.image.rotateWithOffset(x as tf.Tensor4D, radians, 0, center);
    expectGradients(rotate, [image([2, 4, 4, 1])]);
  });
});
