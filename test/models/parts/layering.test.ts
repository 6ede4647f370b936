import * as tf from '@tensorflow/tfjs-core';
import {input, model, type SymbolicTensor} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {
  batchNorm,
  changesShape,
  convolution,
  depthwiseConvolution,
  maxPool,
  relu,
  sum,
} from '../../../src/models/parts/layering';
import {numbers} from '../../support/tensors';

/** What a piece of network gives on the ramp 1, 2, ... with all kernels set by `kernel`. */
function onRamp(
  [height, width]: [number, number],
  piece: (x: SymbolicTensor) => SymbolicTensor,
  kernel?: number[],
): number[] {
  const images = input({shape: [height, width, 1]});
  const net = model({inputs: images, outputs: piece(images)});
  const values = tf.tidy(() => {
    if (kernel !== undefined) {
      net.setWeights(net.getWeights().map(({shape}) => tf.tensor(kernel, shape)));
    }
    const ramp = tf.reshape(tf.range(1, height * width + 1), [1, height, width, 1]);
    return numbers(net.apply(ramp) as tf.Tensor);
  });
  net.dispose();
  return values;
}

// A kernel of 3x3 that picks the middle, and one that picks the place up left of it.
const MIDDLE = [0, 0, 0, 0, 1, 0, 0, 0, 0];
const CORNER = [1, 0, 0, 0, 0, 0, 0, 0, 0];

describe.each([
  ['convolution', (x: SymbolicTensor, strides: number) => convolution(x, 'c', {filters: 1, kernelSize: 3, strides})], // prettier-ignore
  ['depthwiseConvolution', (x: SymbolicTensor, strides: number) => depthwiseConvolution(x, 'c', strides)], // prettier-ignore
])('%s', (_name, convolve) => {
  // training.md 0.3: on a ramp of 4x4 PyTorch gives these, and padding 'same' [6, 8, 14, 16].
  it('pads both sides at stride 2', () => {
    expect(onRamp([4, 4], (x) => convolve(x, 2), MIDDLE)).toEqual([1, 3, 9, 11]);
    expect(onRamp([4, 4], (x) => convolve(x, 2), CORNER)).toEqual([0, 0, 0, 6]);
    expect(onRamp([3, 5], (x) => convolve(x, 2), MIDDLE)).toEqual([1, 3, 5, 11, 13, 15]);
  });

  it('pads both sides at stride 1', () => {
    expect(onRamp([2, 3], (x) => convolve(x, 1), CORNER)).toEqual([0, 0, 0, 0, 1, 2]);
  });
});

describe('the other pieces', () => {
  it('takes every second place in a 1x1 convolution at stride 2', () => {
    const piece = (x: SymbolicTensor) =>
      convolution(x, 'c', {filters: 1, kernelSize: 1, strides: 2});
    expect(onRamp([3, 4], piece, [1])).toEqual([1, 3, 9, 11]);
  });

  it('pools the maximum of 3x3 at stride 2, padded on both sides', () => {
    expect(onRamp([4, 4], (x) => maxPool(x, 'p'))).toEqual([6, 8, 14, 16]);
    expect(onRamp([3, 3], (x) => maxPool(x, 'p'))).toEqual([5, 6, 8, 9]);
  });

  it('adds, and cuts off below 0', () => {
    expect(onRamp([1, 3], (x) => sum(x, x, 'a'))).toEqual([2, 4, 6]);
    const negated = (x: SymbolicTensor) =>
      relu(convolution(x, 'c', {filters: 1, kernelSize: 1}), 'r');
    expect(onRamp([1, 3], negated, [-1]).map(Math.abs)).toEqual([0, 0, 0]);
  });

  it('starts batch norm as the identity, up to epsilon', () => {
    const [value = 0] = onRamp([1, 1], (x) => batchNorm(x, 'b'));
    expect(value).toBeCloseTo(1 / Math.sqrt(1 + 1e-5), 6);
  });

  it('sees a change of shape by stride or channels', () => {
    const x = input({shape: [4, 4, 3]});
    expect(changesShape(x, 3, 1)).toBe(false);
    expect(changesShape(x, 3, 2)).toBe(true);
    expect(changesShape(x, 4, 1)).toBe(true);
  });
});
