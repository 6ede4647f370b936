import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {simdAvgPoolGrad} from '../../../src/kernels/wasm/avgPool';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, FALLBACK, onWasm, shippedKernel} from '../support';

const shipped = () => shippedKernel(tf.AvgPoolGrad);

onWasm('simdAvgPoolGrad', () => {
  it('does what the shipped kernel does', async () => {
    const never = () => {
      throw new Error('fell back');
    };
    for (const [filterSize, strides, pad] of [
      [2, 2, 'valid'],
      [3, 2, 'same'],
      [[2, 3], [1, 2], 'same'],
      [3, 1, 1],
    ] as [tf.AvgPoolAttrs['filterSize'], tf.AvgPoolAttrs['strides'], tf.AvgPoolAttrs['pad']][]) {
      for (const channels of [1, 4, 7]) {
        await expectNoLeak(() => {
          const input = seeded<tf.Rank.R4>([2, 6, 5, channels], 1);
          const forward = tf.avgPool(input, filterSize, strides, pad);
          const dy = seeded(forward.shape, 2);
          const attrs = {filterSize, strides, pad};
          const fast = callKernel(simdAvgPoolGrad, {dy, input}, attrs, never);
          const slow = callKernel(
            (call) => (shipped() as tf.KernelFunc)(call as never) as tf.TensorInfo,
            {dy, input},
            attrs,
          );
          expect(fast.shape).toEqual(input.shape);
          expectClose(fast, numbers(slow), 1e-6);
          tf.dispose([input, forward, dy, fast, slow]);
        });
      }
    }
  });
});

describe('simdAvgPoolGrad', () => {
  it('leaves to the shipped kernel what it cannot do', () => {
    const attrs = {filterSize: 2, strides: 2, pad: 'valid' as const};
    const input = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
    const call = {inputs: {input, dy: input}, attrs, backend: {}};
    expect(simdAvgPoolGrad(call, () => FALLBACK)).toBe(FALLBACK);
    const none = tf.zeros<tf.Rank.R4>([0, 2, 2, 1]);
    const empty = {inputs: {input: none, dy: none}, attrs, backend: tf.backend()};
    expect(simdAvgPoolGrad(empty, () => FALLBACK)).toBe(FALLBACK);
  });
});
