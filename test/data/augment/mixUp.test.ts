import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../../src/core/rng';
import {mixUp} from '../../../src/data/augment/mixUp';
import golden from '../../golden/augment-torchvision.json';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

describe('mixUp', () => {
  const {mixing} = golden;
  const batch = () => ({
    x: tf.tensor4d(mixing.x, [3, 4, 5, 1]),
    labels: int(mixing.labels),
  });

  it('is the one of torchvision', async () => {
    await expectNoLeak(() => {
      const given = batch();
      // Jöhnk's method takes 0.15 / (0.15 + 0.35) from these draws.
      const uniforms = [0.85, 0.65];
      const rng = {...createRng(1), uniform: () => uniforms.shift()!};
      const mixed = mixUp({numClasses: 4})(given, rng);
      expect(mixed.weight).toBeCloseTo(mixing.mixUp.weight, 12);
      expectClose(mixed.x, mixing.mixUp.x, 1e-7);
      expectClose(mixed.labels, mixing.mixUp.labels, 1e-7);
      expect(mixed.labels.shape).toEqual([3, 4]);
      expect(numbers(mixed.first)).toEqual(mixing.labels);
      expect(numbers(mixed.second)).toEqual([1, 2, 0]);
      tf.dispose([given.x, given.labels, mixed.x, mixed.labels, mixed.first, mixed.second]);
    });
  });

  it('mixes rows, and one example with itself', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[1, 5]]);
      const mixed = mixUp<tf.Tensor2D>({numClasses: 3})({x, labels: int([2])}, createRng(1));
      expectClose(mixed.x, [1, 5], 1e-6);
      expectClose(mixed.labels, [0, 0, 1], 1e-6);
    });
  });

  it('draws weights around a half for a large alpha', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[0], [1]]);
      const mix = mixUp<tf.Tensor2D>({numClasses: 2, alpha: 1000});
      for (let seed = 0; seed < 20; seed++) {
        const {weight} = mix({x, labels: int([0, 1])}, createRng(seed));
        expect(Math.abs(weight - 0.5)).toBeLessThan(0.1); // nine standard deviations
      }
    });
  });

  it('refuses what it cannot do', () => {
    expect(() => mixUp({} as {numClasses: number})).toThrow(/^mixUp: "numClasses"/);
    expect(() => mixUp({numClasses: 2, alpha: 0})).toThrow(/^mixUp: "alpha" must .* > 0/);
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([2, 4, 4, 1]);
      const mix = mixUp({numClasses: 2});
      expect(() => mix({x, labels: int([0])}, createRng(1))).toThrow(
        /^mixUp: "labels" must be an int32 tensor \[2\]/,
      );
    });
  });
});
