import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {patienceOf, pixelSpace} from '../../../src/attacks/carliniWagner/pixelSpace';
import {expectClose} from '../../support/tensors';

describe('pixelSpace', () => {
  it.each([[[0, 1]], [[-2, 6]], [null]] as const)('maps pixels of %o there and back', (clip) => {
    const {min, max, half, toPixels, fromPixels} = pixelSpace(clip);
    expect([min, max]).toEqual(clip ?? [0, 1]);
    expect(half).toBe((max - min) / 2);
    const pixels = [min, min + 0.3 * (max - min), max];
    const u = fromPixels(Float32Array.from(pixels));
    expect(u.every(Number.isFinite)).toBe(true);
    tf.tidy(() => {
      expectClose(toPixels(tf.tensor1d(u)), pixels, 1e-5 * (max - min));
      expectClose(toPixels(tf.tensor1d([-50, 50])), [min, max], 0);
    });
  });
});

describe('patienceOf', () => {
  it('is the way to the middle where most pixels are black or white, else none', () => {
    const clean = Float32Array.of(...[0, 1, 0.5], ...[0, 0.5, 0.5], ...[1, 1, 1]);
    const way = Math.atanh(0.999999) / 0.01;
    expect(Array.from(patienceOf(clean, 3, [0, 1], 0.01))).toEqual([way, 0, way]);
    expect(Array.from(patienceOf(Float32Array.of(0, 0), 1, [-1, 1], 0.01))).toEqual([0]);
  });
});
