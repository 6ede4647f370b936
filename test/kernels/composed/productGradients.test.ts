import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, numbers} from '../../support/tensors';
import {expectGradients} from '../support';

describe('gradient of prod', () => {
  it.each<[string, number[], number | number[] | undefined, boolean]>([
    ['everything', [2, 3], undefined, false],
    ['first axis', [3, 2, 2], 0, false],
    ['last axis', [2, 3], -1, true],
    ['two axes that are not neighbours', [2, 3, 2], [2, 0], true],
  ])('agrees with finite differences: %s', (_, shape, axis, keep) => {
    expectGradients((x) => tf.prod(x, axis, keep), [seeded(shape, 1)]);
  });

  it('is right where values are zero', () => {
    const gradient = (values: number[]) =>
      numbers(
        withGradientKernels(() => tf.grad((x: tf.Tensor) => tf.prod(x))(tf.tensor1d(values))),
      );
    expect(gradient([2, 0, 3])).toEqual([0, 6, 0]);
    expect(gradient([0, 0, 3])).toEqual([0, 0, 0]);
    expect(gradient([5])).toEqual([1]);
  });
});

describe('gradient of cumprod', () => {
  for (const exclusive of [false, true]) {
    for (const reverse of [false, true]) {
      it(`is by definition, zeros included: exclusive ${exclusive}, reverse ${reverse}`, () => {
        for (const zeros of [[], [2], [0, 3], [1, 2, 4]]) {
          const values = [0.7, -1.2, 1.5, 0.4, -0.9].map((v, i) => (zeros.includes(i) ? 0 : v));
          const weights = [1, -2, 0.5, 3, 1.5];
          const f = (x: tf.Tensor) => tf.cumprod(x, 0, exclusive, reverse);
          const dx = withGradientKernels(() =>
            tf.grad(f)(tf.tensor1d(values), tf.tensor1d(weights)),
          );
          // Output j is the product of the set of these places.
          const places = values.map((_, j) =>
            [0, 1, 2, 3, 4].filter((k) => (reverse ? k >= j : k <= j) && !(exclusive && k === j)),
          );
          const expected = values.map((_, i) =>
            places.reduce((sum, set, j) => {
              const others = set.filter((k) => k !== i).reduce((p, k) => p * (values[k] ?? 0), 1);
              return sum + (set.includes(i) ? (weights[j] as number) * others : 0);
            }, 0),
          );
          expectClose(dx, expected, 1e-6);
        }
      });
    }
  }

  it('runs along any axis', () => {
    for (const axis of [0, 1, 2]) {
      expectGradients((x) => tf.cumprod(x, axis), [seeded([2, 3, 2], 1)]);
    }
  });
});
