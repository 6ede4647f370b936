import * as tf from '@tensorflow/tfjs-core';
import {input, layers} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {isNormalization, normalizationLayer} from '../../../src/models/parts/normalization';
import {expectClose} from '../../support/tensors';

describe('normalizationLayer', () => {
  it('computes (x - mean) / deviation and is not trained', () => {
    const statistics = {mean: [0.5, 0.25], deviation: 0.5};
    const {layer, fill} = normalizationLayer('test', statistics, [1, 1, 2]);
    layer.apply(input({shape: [1, 1, 2]}));
    fill();
    tf.tidy(() => {
      const y = layer.apply(tf.tensor4d([1, 1, 0.5, 0], [2, 1, 1, 2])) as tf.Tensor;
      expectClose(y, [1, 1.5, 0, -0.5], 1e-7);
    });
    expect(layer.trainableWeights).toEqual([]);
    expect(isNormalization(layer)).toBe(true);
    layer.dispose();
  });

  it('is not taken for another layer of that name', () => {
    const others = [
      layers.batchNormalization({name: 'normalize'}),
      layers.conv2d({name: 'normalize', filters: 2, kernelSize: 3}),
      layers.conv2d({name: 'normalize', filters: 3, kernelSize: 1}),
      layers.conv2d({name: 'other', filters: 2, kernelSize: 1}),
    ];
    for (const layer of others) {
      layer.apply(input({shape: [4, 4, 2]}));
      expect(isNormalization(layer)).toBe(false);
      layer.dispose();
    }
  });

  it.each([
    [{mean: [1]}, /here: "mean" must be a number, or one for each of the 2 channels, found 1 numb/],
    [{mean: NaN}, /here: "mean\[0\]" must be a finite number, found NaN/],
    [{deviation: [1, -1]}, /here: "deviation\[1\]" must be a finite number > 0, found -1/],
    [{deviation: 1e-40}, /here: "deviation\[0\]" must have an inverse within float32, found 1e-40/],
    [
      {deviation: [1, 1e50]},
      /here: "deviation\[1\]" must have an inverse within float32, found 1e\+50/,
    ],
    [
      {mean: 1e30, deviation: 1e-20},
      /here: "mean\[0\]" must be within float32 after division by devi/,
    ],
    [
      {mean: {}},
      /here: "mean" must be a number, or one for each of the 2 channels, found an object with nothing/,
    ],
    [{mean: 'ab'}, /here: "mean" must be a number, or one for each of the 2 channels, found 'ab'/],
    [{deviation: new Set([1, 1])}, /here: "deviation" must be .*, found an instance of Set/],
    [{std: 1}, /here: "std" must be one of its options/],
  ])('refuses %o', (statistics, message) => {
    expect(() => normalizationLayer('here', statistics as object, [1, 1, 2])).toThrow(message);
  });
});
