import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {boostedCrossEntropy} from '../../src/losses/boostedCrossEntropy';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {seeded} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

describe('boostedCrossEntropy', () => {
  it('adds to cross-entropy from log 1.0001 less up to -log 1e-4 more', () => {
    tf.tidy(() => {
      const z = seeded<tf.Rank.R2>([50, 4], 3, 30);
      const labels = int(Array.from({length: 50}, (_, i) => i % 4));
      const added = numbers(tf.sub(boostedCrossEntropy(z, labels), crossEntropy(z, labels)));
      for (const v of added) {
        expect(v).toBeGreaterThan(-1.001e-4);
        expect(v).toBeLessThan(-Math.log(1e-4) + 1e-3);
      }
    });
  });

  it('is exact where the model is sure of a wrong class', () => {
    // 1.0001 - p_1 = 1e-4 + p_0 with p_0 = e^-12: 5e-6 too small for 1 - p in float32.
    const p = 1 / (1 + Math.exp(12));
    tf.tidy(() => {
      const loss = boostedCrossEntropy(tf.tensor2d([[0, 12]]), int([0]));
      expectClose(loss, [-Math.log(p) - Math.log(1e-4 + p)], 1e-6);
    });
  });

  it('takes the lowest of several likeliest wrong classes', () => {
    tf.tidy(() => {
      const gradient = tf.grad((z: tf.Tensor) => boostedCrossEntropy(z as tf.Tensor2D, int([0])));
      const [, second, third] = numbers(gradient(tf.zeros([1, 3])));
      // Both pulled by cross-entropy alike, one as the runner-up too.
      expect(second).toBeGreaterThan(third as number);
    });
  });

  it('names itself in its errors', () => {
    expect(() => boostedCrossEntropy(tf.zeros([1, 2]), int([0, 1]))).toThrow(
      /^boostedCrossEntropy: "labels"/,
    );
  });
});
