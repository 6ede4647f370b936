import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectNoLeak, numbers} from '../../support/tensors';
import {expectGradients} from '../support';

const int = (values: number[], shape: number[]) => tf.tensor(values, shape, 'int32');

describe('gradients of what picks and places', () => {
  it('topk: to the places of the largest, in the order of the values', () => {
    const x = tf.tensor2d([[1, 5, 3], [4, 2, 6]]); // prettier-ignore
    const dy = tf.tensor2d([[10, 20], [30, 40]]); // prettier-ignore
    const top = (v: tf.Tensor) => tf.topk(v, 2).values;
    const dx = withGradientKernels(() => tf.grad(top)(x, dy));
    expect(dx.arraySync()).toEqual([[0, 10, 20], [40, 0, 30]]); // prettier-ignore
  });

  it.each<[string, (...x: tf.Tensor[]) => tf.Tensor, number[][]]>([
    [
      'gatherND of values',
      (x) => tf.gatherND(x as tf.Tensor, int([2, 0, 2, 0, 1, 1], [3, 2])),
      [[3, 2]],
    ],
    ['gatherND of rows', (x) => tf.gatherND(x as tf.Tensor, int([2, 0, 2], [3, 1])), [[3, 2]]],
    ['scatterND', (x) => tf.scatterND(int([4, 0, 4], [3, 1]), x as tf.Tensor, [5, 2]), [[3, 2]]],
    [
      'tensorScatterUpdate',
      (x, y) => tf.tensorScatterUpdate(x as tf.Tensor, int([2, 0], [2, 1]), y as tf.Tensor),
      [
        [3, 2],
        [2, 2],
      ],
    ],
    ['topk of rank 3', (x) => tf.topk(x as tf.Tensor, 2).values, [[2, 2, 3]]],
  ])('%s agrees with finite differences', (_, f, shapes) => {
    expectGradients(f, shapes.map((shape, i) => seeded(shape, i + 3))); // prettier-ignore
  });
});

describe('tensorScatterUpdate', () => {
  it('leaves the tensor that it is given as it is', async () => {
    const x = tf.tensor1d([1, 2, 3]);
    await expectNoLeak(() => {
      const y = tf.tidy(() =>
        withGradientKernels(() => tf.tensorScatterUpdate(x, [[1]], tf.tensor1d([9]))),
      );
      expect(numbers(y)).toEqual([1, 9, 3]);
      expect(numbers(x)).toEqual([1, 2, 3]);
      y.dispose();
    });
  });
});
