import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {convFilterByConv} from '../../../src/kernels/composed/convFilterByConv';
import {expectClose, expectNoLeak} from '../../support/tensors';
import {callKernel, CONV_CASES, convReference} from '../support';

describe('convFilterByConv', () => {
  it.each(CONV_CASES)('is the filter gradient by definition: %j', async (c) => {
    const {x, filter, dy, dFilter} = convReference(c);
    await expectNoLeak(() => {
      const attrs = {strides: c.strides, pad: c.pad, dataFormat: 'NHWC' as const};
      const gradient = callKernel(convFilterByConv, {x, dy}, {...attrs, filterShape: filter.shape});
      expect(gradient.shape).toEqual(filter.shape);
      expectClose(gradient, dFilter, 1e-4);
      gradient.dispose();
    });
    tf.dispose([x, filter, dy]);
  });
});
