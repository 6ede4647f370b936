import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectNoLeak, numbers} from '../../support/tensors';
import {expectGradients} from '../support';

const image = (shape: [number, number, number, number]) => seeded<tf.Rank.R4>(shape, 1);

describe('transform', () => {
  const count = tf.getBackend() === 'cpu' ? 1 : 2;

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
      const row = tf.tidy((): tf.Tensor4D =>
        tf.tile(tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]), [count, 1, 1, 1]),
      );
      const shift = tf.tensor2d([[1, 0, by, 0, 1, 0, 0, 0]]);
      const moved = withGradientKernels(() =>
        tf.image.transform(row, shift, 'nearest', mode as 'wrap', 7),
      );
      expect(numbers(moved)).toEqual(count === 1 ? expected : [...expected, ...expected]);
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

  it('of several images is refused on cpu, where tfjs leaves all but the first empty', () => {
    const shift = (x: tf.Tensor) =>
      tf.image.transform(x as tf.Tensor4D, tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0], [1, 0, 0, 0, 1, 1, 0, 0]])); // prettier-ignore
    const two = image([2, 3, 3, 1]);
    if (count === 2) expectGradients(shift, [two]);
    else
      expect(() => withGradientKernels(() => shift(two))).toThrow(/transform one image at a time/);
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
