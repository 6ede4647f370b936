import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
} from '../../../src/kernels/composed/depthwiseBackprop';
import {expectClose, expectNoLeak} from '../../support/tensors';
import {callKernel, CONV_CASES, convReference, type ConvCase} from '../support';

const CASES: ConvCase[] = [
  ...CONV_CASES,
  {
    batch: 2,
    height: 7,
    width: 6,
    inChannels: 2,
    outChannels: 2,
    kernel: [3, 2],
    strides: [1, 1],
    dilations: [2, 3],
    pad: 'same',
  },
];

describe('depthwiseBackprop', () => {
  it.each(CASES)('are the gradients by definition: %j', async (c) => {
    const {x, filter, dy, dx, dFilter} = convReference(c, true);
    const attrs = {strides: c.strides, pad: c.pad, dilations: c.dilations ?? 1};
    await expectNoLeak(() => {
      const input = callKernel(
        depthwiseBackpropInput,
        {dy, filter},
        {...attrs, inputShape: x.shape},
      );
      const weights = callKernel(
        depthwiseBackpropFilter,
        {x, dy},
        {...attrs, filterShape: filter.shape},
      );
      expect(input.shape).toEqual(x.shape);
      expect(weights.shape).toEqual(filter.shape);
      expectClose(input, dx, 1e-4);
      expectClose(weights, dFilter, 1e-4);
      tf.dispose([input, weights]);
    });
    tf.dispose([x, filter, dy]);
  });
});
