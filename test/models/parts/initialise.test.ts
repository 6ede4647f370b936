import {input, layers} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../../src/core/rng';
import {cosineHead} from '../../../src/models/cosineHead';
import {HE_FAN_OUT, initialise} from '../../../src/models/parts/initialise';
import {numbers} from '../../support/tensors';

/** Weights of a layer after `initialise`, by position. */
function started(layer: layers.Layer, ...how: [] | [typeof HE_FAN_OUT]): number[][] {
  layer.apply(input({shape: layer.getClassName() === 'Dense' ? [100] : [4, 4, 6]}));
  initialise(layer, createRng(1), ...how);
  const values = layer.getWeights().map(numbers);
  layer.dispose();
  return values;
}

const largest = (values: number[] = []) => Math.max(...values.map(Math.abs));

const variance = (values: number[] = []) => values.reduce((s, v) => s + v * v, 0) / values.length;

describe('initialise', () => {
  it.each([
    ['convolution', () => layers.conv2d({filters: 50, kernelSize: 3}), 9 * 6],
    ['1x1 convolution', () => layers.conv2d({filters: 50, kernelSize: 1}), 6],
    ['depthwise', () => layers.depthwiseConv2d({kernelSize: 3, depthMultiplier: 8}), 9],
    ['linear', () => layers.dense({units: 50}), 100],
  ])('draws a %s layer within 1/sqrt(fan-in), its bias too', (_name, make, fanIn) => {
    const bound = 1 / Math.sqrt(fanIn);
    const [kernel = [], bias = []] = started(make());
    for (const values of [kernel, bias]) {
      expect(largest(values)).toBeLessThanOrEqual(bound + 1e-7);
      expect(largest(values)).toBeGreaterThan(0.85 * bound);
    }
    const relative = variance(kernel) / bound ** 2 - 1 / 3;
    expect(Math.abs(relative)).toBeLessThan(5 * Math.sqrt(4 / 45 / kernel.length));
    expect(kernel[0]).not.toBe(bias[0]);
  });

  it.each([
    ['convolution', () => layers.conv2d({filters: 50, kernelSize: 3}), 9 * 50],
    ['depthwise', () => layers.depthwiseConv2d({kernelSize: 3, depthMultiplier: 8}), 9 * 48],
  ])('draws a %s layer with variance 2 / fan-out', (_name, make, fanOut) => {
    const [kernel = [], bias] = started(make(), HE_FAN_OUT);
    const relative = (variance(kernel) * fanOut) / 2 - 1;
    expect(Math.abs(relative)).toBeLessThan(5 * Math.sqrt(2 / kernel.length));
    expect(largest(bias)).toBe(0);
  });

  it('draws a cosine head, which builds itself', () => {
    const head = cosineHead(50, {seed: 3});
    head.apply(input({shape: [100]}));
    const [kernel] = head.getWeights().map(numbers);
    expect(largest(kernel)).toBeLessThanOrEqual(0.1 + 1e-7);
    expect(largest(kernel)).toBeGreaterThan(0.085);
    head.dispose();
  });

  it('leaves batch norm and frozen layers as they are', () => {
    const [gamma, beta] = started(layers.batchNormalization({}));
    expect(gamma).toEqual([1, 1, 1, 1, 1, 1]);
    expect(beta).toEqual([0, 0, 0, 0, 0, 0]);
    const frozen = layers.conv2d({filters: 2, kernelSize: 1, trainable: false, kernelInitializer: 'ones'}); // prettier-ignore
    expect(started(frozen)[0]).toEqual(new Array<number>(12).fill(1));
  });
});
