import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  mirrorPadGradient,
  resizeBilinearGradient,
  resizeNearestGradient,
} from '../../../src/kernels/composed/copyingGradients';
import type {Gradient} from '../../../src/kernels/composed/kernel';
import {seeded} from '../../support/models';
import {expectClose} from '../../support/tensors';
import {finiteDifferences} from '../support';

const SHAPES: [number, number, number, number][] = [
  [2, 3, 4, 2],
  [1, 4, 2, 1],
];

function expectGradient(
  name: string,
  gradient: Gradient,
  forward: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  attrs: object,
  input: string,
): void {
  const dy = seeded(forward(x).shape, 4);
  const replaced = gradient(tf.getGradient(name));
  expect(replaced.kernelName).toBe(name);
  const dx = replaced.gradFunc(dy, [x], attrs as tf.NamedAttrMap)[input] as () => tf.Tensor;
  const actual = dx();
  expect(actual.shape).toEqual(x.shape);
  expectClose(
    actual,
    finiteDifferences((v) => tf.sum(tf.mul(forward(v), dy)), x),
    2e-3,
  );
}

describe('resize gradients', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
  ])('agree with finite differences: corners %s, centres %s', (alignCorners, halfPixelCenters) => {
    for (const shape of SHAPES) {
      for (const size of [
        [5, 7],
        [6, 8],
        [2, 3],
        [1, 1],
        [3, 1],
        [4, 4],
      ] as [number, number][]) {
        const images = seeded<tf.Rank.R4>(shape, 3);
        const attrs = {alignCorners, halfPixelCenters, size};
        const nearest = (x: tf.Tensor) =>
          tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, alignCorners, halfPixelCenters);
        const bilinear = (x: tf.Tensor) =>
          tf.image.resizeBilinear(x as tf.Tensor4D, size, alignCorners, halfPixelCenters);
        expectGradient(
          tf.ResizeNearestNeighbor,
          resizeNearestGradient,
          nearest,
          images,
          attrs,
          'images',
        );
        expectGradient(
          tf.ResizeBilinear,
          resizeBilinearGradient,
          bilinear,
          images,
          attrs,
          'images',
        );
      }
    }
  });
});

describe('mirrorPadGradient', () => {
  it.each(['reflect', 'symmetric'] as const)('agrees with finite differences: %s', (mode) => {
    for (const shape of SHAPES) {
      for (const paddings of [
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 0],
          [1, 0],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      ] as [number, number][][]) {
        const forward = (x: tf.Tensor) => tf.mirrorPad(x, paddings, mode);
        const x = seeded(shape, 5);
        expectGradient(tf.MirrorPad, mirrorPadGradient, forward, x, {paddings, mode}, 'x');
      }
    }
  });
});
