import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {avgPool3dGradient, avgPoolGradient} from '../../../src/kernels/composed/avgPoolGradient';
import {seeded} from '../../support/models';
import {expectClose, numbers} from '../../support/tensors';
import {expectGradients, POOL_CASES} from '../support';

describe('avgPoolGradient', () => {
  it('agrees with finite differences, also where windows reach into the padding', () => {
    for (const [size, stride, pad] of [...POOL_CASES, [3, 1, 'same'] as const]) {
      for (const shape of [
        [1, 4, 5, 2],
        [2, 5, 5, 1],
      ]) {
        const forward = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, size, stride, pad);
        expectGradients(forward, [seeded(shape, 1)], 1e-3);
      }
    }
  });

  it('leaves pooling without padding to the shipped gradient', () => {
    const x = seeded<tf.Rank.R4>([1, 4, 4, 1], 1);
    const dy = seeded<tf.Rank.R4>([1, 2, 2, 1], 2);
    const attrs = {filterSize: 2, strides: 2, pad: 'same'};
    const passed: unknown[] = [];
    const shipped: tf.GradConfig = {
      ...tf.getGradient(tf.AvgPool),
      gradFunc: (...args) => {
        passed.push(args[0]);
        return {x: () => x};
      },
    };
    const gradient = avgPoolGradient(shipped);
    expect(gradient?.inputsToSave).toEqual(['x']);
    expect(gradient?.gradFunc(dy, [x], attrs)['x']?.()).toBe(x);
    expect(passed).toEqual([dy]);
    const dx = tf.grad((v: tf.Tensor) => tf.avgPool(v as tf.Tensor4D, 2, 2, 'same'))(x, dy);
    expectClose(numbers(dx).slice(0, 1), [(dy.dataSync()[0] as number) / 4]);
  });

  it('is none where tfjs has none', () => {
    expect(avgPoolGradient(undefined)).toBeUndefined();
    expect(avgPool3dGradient(undefined)).toBeUndefined();
  });
});

describe('avgPool3dGradient', () => {
  it('agrees with finite differences, also where windows reach into the padding', () => {
    for (const [size, stride, pad] of [
      [[2, 2, 2], [2, 2, 2], 'valid'],
      [[2, 3, 2], [2, 1, 2], 'same'],
      [[1, 2, 3], [1, 2, 1], 'same'],
    ] as [[number, number, number], [number, number, number], 'valid' | 'same'][]) {
      const forward = (x: tf.Tensor) => tf.avgPool3d(x as tf.Tensor5D, size, stride, pad);
      expectGradients(forward, [seeded([2, 3, 4, 5, 1], 1)], 1e-3);
    }
  });
});
