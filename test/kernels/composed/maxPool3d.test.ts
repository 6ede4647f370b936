import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {maxPool3d, maxPool3dGrad} from '../../../src/kernels/composed/maxPool3d';
import {seeded} from '../../support/models';
import {expectClose, numbers} from '../../support/tensors';
import {callKernel} from '../support';

const attrs = (filterSize: number, strides: number, pad: 'same' | 'valid') => ({
  ...{filterSize: [filterSize, filterSize, filterSize] as [number, number, number], strides, pad},
  ...{dataFormat: 'NDHWC' as const, dimRoundingMode: 'floor' as const},
});

describe('maxPool3d', () => {
  it.each([
    [2, 2, 'valid'],
    [3, 2, 'same'],
    [2, 1, 'same'],
  ] as const)(
    'takes the largest of each window, negative ones, too: %i, %i, %s',
    (size, stride, pad) => {
      const x = tf.sub<tf.Tensor5D>(seeded([2, 4, 3, 5, 2], 1), 3);
      const info = tf.backend_util.computePool3DInfo(x.shape, size, stride, 1, pad);
      const xs = x.bufferSync();
      const dy = seeded<tf.Rank.R5>(info.outShape, 2);
      const gs = dy.bufferSync();
      const y = tf.buffer(info.outShape);
      const dx = tf.buffer(x.shape);
      const {front, top, left} = info.padInfo;
      for (let at = 0; at < y.size; at++) {
        const [b, z, u, v, c] = y.indexToLoc(at) as [number, number, number, number, number];
        let best = -Infinity;
        let place = [0, 0, 0];
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++)
            for (let k = 0; k < size; k++) {
              const [p, q, r] = [
                z * stride - front + i,
                u * stride - top + j,
                v * stride - left + k,
              ];
              if (p < 0 || q < 0 || r < 0 || p >= 4 || q >= 3 || r >= 5) continue;
              if (xs.get(b, p, q, r, c) > best) {
                best = xs.get(b, p, q, r, c);
                place = [p, q, r];
              }
            }
        y.set(best, b, z, u, v, c);
        const [p, q, r] = place as [number, number, number];
        dx.set(dx.get(b, p, q, r, c) + gs.get(b, z, u, v, c), b, p, q, r, c);
      }
      expectClose(callKernel(maxPool3d, {x}, attrs(size, stride, pad)), y.values, 0);
      const gradient = callKernel(
        maxPool3dGrad,
        {dy, input: x, output: dy},
        attrs(size, stride, pad),
      );
      expectClose(gradient, dx.values, 1e-6);
    },
  );

  it('gives all to the first of equal values', () => {
    const x = tf.zeros([1, 2, 2, 2, 1]);
    const dy = tf.ones([1, 1, 1, 1, 1]);
    const gradient = callKernel(maxPool3dGrad, {dy, input: x, output: dy}, attrs(2, 2, 'valid'));
    expect(numbers(gradient)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  });
});
