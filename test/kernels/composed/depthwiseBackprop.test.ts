import {describe, it} from 'vitest';

import {
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
} from '../../../src/kernels/composed/depthwiseBackprop';
import {CONV_CASES, expectConvGradients, type ConvCase} from '../support';

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
  it.each(CASES)('are the gradients by definition: %j', (c) =>
    expectConvGradients(c, {input: depthwiseBackpropInput, filter: depthwiseBackpropFilter}, true),
  );
});
