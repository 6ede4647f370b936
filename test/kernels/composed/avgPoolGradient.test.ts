import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {avgPool3dGradient, avgPoolGradient} from '../../../src/kernels/composed/avgPoolGradient';
import {seeded} from '../../support/models';
import {expectClose, numbers} from '../../support/tensors';
import {finiteDifferences} from '../support';

const shipped = tf.getGradient(tf.AvgPool);

describe('avgPoolGradient', () => {
  it('agrees with finite differences, also where windows reach into the padding', () => {
    for (const [size, stride, pad] of [
      [2, 2, 'valid'],
      [2, 2, 'same'],
      [3, 2, 'same'],
      [3, 1, 1],
      [2, 3, 'valid'],
      [3, 1, 'same'],
    ] as const) {
      for (const shape of [
        [1, 4, 5, 2],
        [2, 5, 5, 1],
      ] as [number, number, number, number][]) {
        const x = seeded<tf.Rank.R4>(shape, 1);
        const forward = (v: tf.Tensor) => tf.avgPool(v as tf.Tensor4D, size, stride, pad);
        const dy = seeded(forward(x).shape, 2);
        const attrs = {filterSize: size, strides: stride, pad};
        const {x: dx} = avgPoolGradient(shipped).gradFunc(dy, [x], attrs);
        const gradient = (dx as () => tf.Tensor)();
        expect(gradient.shape).toEqual(shape);
        const expected = finiteDifferences((v) => tf.sum(tf.mul(forward(v), dy)), x);
        expectClose(gradient, expected, 1e-3);
      }
    }
  });

  it('leaves pooling without padding to the shipped gradient', () => {
    const x = seeded<tf.Rank.R4>([1, 4, 4, 1], 1);
    const dy = seeded<tf.Rank.R4>([1, 2, 2, 1], 2);
    const attrs = {filterSize: 2, strides: 2, pad: 'same'};
    const result = {x: () => tf.scalar(1)};
    const gradient = avgPoolGradient({...shipped, gradFunc: () => result});
    expect(gradient.gradFunc(dy, [x], attrs)).toBe(result);
    expect(gradient.kernelName).toBe('AvgPool');
    expect(gradient.inputsToSave).toEqual(['x']);
    const dx = avgPoolGradient(shipped).gradFunc(dy, [x], attrs)['x'] as () => tf.Tensor;
    expectClose(numbers(dx()).slice(0, 1), [(dy.dataSync()[0] as number) / 4]);
  });
});

describe('avgPool3dGradient', () => {
  it('agrees with finite differences, also where windows reach into the padding', () => {
    for (const [size, stride, pad] of [
      [[2, 2, 2], [2, 2, 2], 'valid'],
      [[2, 3, 2], [2, 1, 2], 'same'],
      [[1, 2, 3], [1, 2, 1], 'same'],
    ] as [[number, number, number], [number, number, number], 'valid' | 'same'][]) {
      const x = seeded<tf.Rank.R5>([2, 3, 4, 5, 1], 1);
      const forward = (v: tf.Tensor) => tf.avgPool3d(v as tf.Tensor5D, size, stride, pad);
      const dy = seeded(forward(x).shape, 2);
      const attrs = {filterSize: size, strides: stride, pad};
      const gradient = avgPool3dGradient(tf.getGradient(tf.AvgPool3D));
      expect(gradient.kernelName).toBe('AvgPool3D');
      const dx = gradient.gradFunc(dy, [x], attrs)['x'] as () => tf.Tensor;
      const expected = finiteDifferences((v) => tf.sum(tf.mul(forward(v), dy)), x);
      expectClose(dx(), expected, 1e-3);
    }
  });
});
