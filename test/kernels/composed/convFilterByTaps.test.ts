import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {convFilterByTaps} from '../../../src/kernels/composed/convFilterByTaps';
import {callKernel, CONV_CASES, expectConvGradients} from '../support';

describe('convFilterByTaps', () => {
  it.each(CONV_CASES)('is the filter gradient by definition: %j', (c) =>
    expectConvGradients(c, {filter: convFilterByTaps}),
  );

  it('leaves channels-first to the shipped kernel', () => {
    const result = tf.scalar(7);
    const attrs = {strides: 1, pad: 'same' as const, dataFormat: 'NCHW' as const};
    const inputs = {x: tf.ones([1, 1, 2, 2]), dy: tf.ones([1, 1, 2, 2])};
    const call = {...attrs, filterShape: [1, 1, 1, 1] as [number, number, number, number]};
    expect(callKernel(convFilterByTaps, inputs, call, () => result)).toBe(result);
  });
});
