import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  dilation2dBackpropFilter,
  dilation2dBackpropInput,
} from '../../../src/kernels/composed/dilation2dGradients';
import {seeded} from '../../support/models';
import {expectClose, numbers} from '../../support/tensors';
import {callKernel} from '../support';

describe('gradients of dilation2d', () => {
  it.each([
    [1, 1, 'valid'],
    [2, 1, 'same'],
    [1, 2, 'same'],
  ] as const)(
    'go to the largest sum of each window: stride %i, dilation %i, %s',
    (stride, rate, pad) => {
      const x = seeded<tf.Rank.R4>([2, 5, 4, 2], 1);
      const filter = seeded<tf.Rank.R3>([2, 3, 2], 2);
      const info = tf.backend_util.computeDilation2DInfo(x.shape, filter.shape, stride, pad, 'NHWC', rate); // prettier-ignore
      const dy = seeded<tf.Rank.R4>(info.outShape, 3);
      const [xs, ws, gs] = [x.bufferSync(), filter.bufferSync(), dy.bufferSync()];
      const [dx, dw] = [tf.buffer(x.shape), tf.buffer(filter.shape)];
      for (let at = 0; at < dy.size; at++) {
        const [b, y, u, c] = gs.indexToLoc(at) as [number, number, number, number];
        let best = {sum: -Infinity, p: 0, q: 0, i: 0, j: 0};
        for (let i = 0; i < 2; i++)
          for (let j = 0; j < 3; j++) {
            const [p, q] = [y * stride - info.padInfo.top + i * rate, u * stride - info.padInfo.left + j * rate]; // prettier-ignore
            if (p < 0 || q < 0 || p >= 5 || q >= 4) continue;
            const sum = xs.get(b, p, q, c) + ws.get(i, j, c);
            if (sum > best.sum) best = {sum, p, q, i, j};
          }
        const g = gs.get(b, y, u, c);
        dx.set(dx.get(b, best.p, best.q, c) + g, b, best.p, best.q, c);
        dw.set(dw.get(best.i, best.j, c) + g, best.i, best.j, c);
      }
      const attrs = {strides: stride, dilations: rate, pad};
      expectClose(callKernel(dilation2dBackpropInput, {x, filter, dy}, attrs), dx.values, 1e-6);
      expectClose(callKernel(dilation2dBackpropFilter, {x, filter, dy}, attrs), dw.values, 1e-6);
      expect(Math.max(...numbers(dy).map(Math.abs))).toBeGreaterThan(0);
    },
  );
});
