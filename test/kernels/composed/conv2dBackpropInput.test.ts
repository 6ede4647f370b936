import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {conv2dBackpropInput} from '../../../src/kernels/composed/conv2dBackpropInput';
import {callKernel, CONV_CASES, expectConvGradients, type ConvCase} from '../support';

// More than one matMul: the products of one image exceed a chunk.
const LARGE: ConvCase = {
  batch: 3,
  height: 65,
  width: 64,
  inChannels: 8,
  outChannels: 2,
  kernel: [11, 11],
  strides: [2, 2],
  pad: 'same',
};

describe('conv2dBackpropInput', () => {
  it.each([...CONV_CASES, LARGE])('is the input gradient by definition: %j', (c) =>
    expectConvGradients(c, {input: conv2dBackpropInput}),
  );

  it('leaves channels-first to the shipped kernel', () => {
    const result = tf.scalar(7);
    const attrs = {strides: 1, pad: 'same' as const, dataFormat: 'NCHW' as const};
    const inputs = {dy: tf.ones([1, 1, 2, 2]), filter: tf.ones([1, 1, 1, 1])};
    const call = {...attrs, inputShape: [1, 1, 2, 2] as [number, number, number, number]};
    expect(callKernel(conv2dBackpropInput, inputs, call, () => result)).toBe(result);
  });
});
