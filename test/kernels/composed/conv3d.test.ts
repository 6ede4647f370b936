import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {conv3dBackpropFilter, conv3dBackpropInput} from '../../../src/kernels/composed/conv3d';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak} from '../../support/tensors';
import {callKernel, expectGradients} from '../support';

type Triple = [number, number, number];
type Five = [number, number, number, number, number];

const CASES: [Five, Triple, Triple, 'same' | 'valid'][] = [
  [[2, 3, 4, 3, 2], [2, 2, 2], [1, 1, 1], 'same'],
  [[1, 5, 4, 6, 1], [3, 2, 3], [2, 1, 2], 'same'],
  [[1, 5, 5, 4, 2], [2, 3, 1], [2, 2, 1], 'valid'],
  // The filter is smaller than the stride: some depths are not read.
  [[1, 7, 4, 4, 1], [1, 2, 2], [3, 1, 1], 'valid'],
];

/** Gradients of Σ y·dy, by the definition of the convolution. */
function byDefinition(
  x: tf.Tensor5D,
  filter: tf.Tensor5D,
  dy: tf.Tensor5D,
  strides: Triple,
  pad: 'same' | 'valid',
) {
  // prettier-ignore
  const info = tf.backend_util.computeConv3DInfo(x.shape, filter.shape, strides, 1, pad);
  const {front, top, left} = info.padInfo;
  const [xs, ws, gs] = [x.bufferSync(), filter.bufferSync(), dy.bufferSync()];
  const dx = tf.buffer(x.shape);
  const dw = tf.buffer(filter.shape);
  const [batch, depth, height, width, channels] = x.shape;
  const [kd, kh, kw, , outputs] = filter.shape;
  for (let b = 0; b < batch; b++)
    for (let z = 0; z < info.outDepth; z++)
      for (let y = 0; y < info.outHeight; y++)
        for (let u = 0; u < info.outWidth; u++)
          for (let i = 0; i < kd; i++)
            for (let j = 0; j < kh; j++)
              for (let k = 0; k < kw; k++) {
                const [p, q, r] = [z * strides[0] - front + i, y * strides[1] - top + j, u * strides[2] - left + k]; // prettier-ignore
                if (p < 0 || q < 0 || r < 0 || p >= depth || q >= height || r >= width) continue;
                for (let c = 0; c < channels; c++)
                  for (let n = 0; n < outputs; n++) {
                    const g = gs.get(b, z, y, u, n);
                    dx.set(dx.get(b, p, q, r, c) + g * ws.get(i, j, k, c, n), b, p, q, r, c);
                    dw.set(dw.get(i, j, k, c, n) + g * xs.get(b, p, q, r, c), i, j, k, c, n);
                  }
              }
  return {dx: Array.from(dx.values), dw: Array.from(dw.values), outShape: info.outShape};
}

describe('the gradient kernels of 3-D convolutions', () => {
  it.each(CASES)(
    'are by definition: %j, %j, stride %j, %s',
    async (shape, window, strides, pad) => {
      await expectNoLeak(() => {
        tf.tidy(() => {
          const x = seeded<tf.Rank.R5>(shape, 1);
          const filter = seeded<tf.Rank.R5>([...window, shape[4], 2], 2);
          const info = tf.backend_util.computeConv3DInfo(shape, filter.shape, strides, 1, pad);
          const dy = seeded<tf.Rank.R5>(info.outShape, 3);
          const {dx, dw} = byDefinition(x, filter, dy, strides, pad);
          withGradientKernels(() => {
            const towards = {strides, pad, inputShape: shape};
            expectClose(callKernel(conv3dBackpropInput, {dy, filter}, towards), dx, 1e-5);
            const ofFilter = {strides, pad, filterShape: filter.shape as Five};
            expectClose(callKernel(conv3dBackpropFilter, {x, dy}, ofFilter), dw, 1e-5);
          });
        });
      });
    },
  );
});

describe('gradients of 3-D convolutions', () => {
  it('know dilation', () => {
    const conv = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'same', 'NDHWC', [2, 1, 2]);
    expectGradients(conv as never, [seeded([1, 4, 3, 4, 1], 1), seeded([2, 2, 2, 1, 2], 2)]);
  });

  it('know transposed ones', () => {
    const conv = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv3dTranspose(x as tf.Tensor5D, w as tf.Tensor5D, [1, 4, 4, 4, 2], 2, 'same');
    expectGradients(conv as never, [seeded([1, 2, 2, 2, 2], 1), seeded([2, 2, 2, 2, 2], 2)]);
    expect(conv(seeded([1, 2, 2, 2, 2], 1), seeded([2, 2, 2, 2, 2], 2)).shape).toEqual([
      1, 4, 4, 4, 2,
    ]);
  });
});
