import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {gaussianBlurCorruption} from '../../../src/attacks/corruptions/gaussianBlurCorruption';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

const unused = (): never => {
  throw new Error('the model was called');
};

// One line by the definition, in double precision: neighbours beyond the border are its last pixel.
function blurredLine(line: readonly number[], sigma: number): number[] {
  const radius = Math.floor(4 * sigma + 0.5);
  return line.map((_, at) => {
    let sum = 0;
    let total = 0;
    for (let offset = -radius; offset <= radius; offset++) {
      const weight = Math.exp(-(offset ** 2) / (2 * sigma ** 2));
      const from = Math.max(0, Math.min(line.length - 1, at + offset));
      sum += weight * (line[from] ?? NaN);
      total += weight;
    }
    return sum / total;
  });
}

describe('gaussianBlurCorruption', () => {
  it.each([
    ['imagenet-c', [1, 2, 3, 4, 6]],
    ['cifar-c', [0.4, 0.6, 0.7, 0.8, 1]],
  ] as const)('has the deviations of %s, along both axes', (benchmark, sigmas) => {
    tf.tidy(() => {
      const line = [0.9, 0, 0.2, 1, 0.4, 0.4, 0];
      sigmas.forEach((sigma, i) => {
        const options = {benchmark, severity: i + 1};
        const expected = blurredLine(line, sigma);
        const wide = tf.tensor4d(line, [1, 1, 7, 1]);
        const high = tf.tensor4d(line, [1, 7, 1, 1]);
        expectClose(gaussianBlurCorruption(unused, wide, int([0]), options), expected, 1e-6);
        expectClose(gaussianBlurCorruption(unused, high, int([0]), options), expected, 1e-6);
      });
    });
  });

  it('spreads one pixel into the product of two bells, in its own image and channel', () => {
    tf.tidy(() => {
      const buffer = tf.buffer([2, 7, 9, 3], 'float32');
      buffer.set(1, 1, 3, 4, 2);
      const result = gaussianBlurCorruption(unused, buffer.toTensor() as tf.Tensor4D, int([0, 1]), {
        ...{benchmark: 'cifar-c', severity: 2},
      });
      const rows = blurredLine([0, 0, 0, 1, 0, 0, 0], 0.6);
      const columns = blurredLine([0, 0, 0, 0, 1, 0, 0, 0, 0], 0.6);
      const expected = tf.buffer([2, 7, 9, 3], 'float32');
      rows.forEach((r, i) => {
        columns.forEach((c, j) => {
          expected.set(r * c, 1, i, j, 2);
        });
      });
      expectClose(result, numbers(expected.toTensor()), 1e-6);
    });
  });

  it('keeps a flat image, and the range', () => {
    tf.tidy(() => {
      const flat = tf.fill<tf.Rank.R4>([1, 5, 6, 2], 0.3);
      expectClose(gaussianBlurCorruption(unused, flat, int([0]), {severity: 5}), numbers(flat));
      const noise: tf.Tensor4D = tf.add(seeded([2, 6, 5, 1], 3, 0.5), 0.5);
      const values = numbers(gaussianBlurCorruption(unused, noise, int([0, 1])));
      expect(Math.min(...values)).toBeGreaterThan(0);
      expect(Math.max(...values)).toBeLessThan(1);
    });
  });

  it('can be held in a ball, takes images only, and leaks nothing', async () => {
    const x = tf.tensor4d([0, 1], [1, 1, 2, 1]);
    const labels = int([0]);
    await expectNoLeak(() => {
      const result = gaussianBlurCorruption(unused, x, labels, {epsilon: 0.1});
      expectClose(result, [0.1, 0.9], 1e-6);
      result.dispose();
    });
    tf.tidy(() => {
      expect(() => gaussianBlurCorruption(unused, tf.zeros([1, 2]), labels)).toThrow(
        /^gaussianBlurCorruption: "x" must be images/,
      );
      expect(() => gaussianBlurCorruption(unused, x, labels, {benchmark: 'x' as never})).toThrow(
        /^gaussianBlurCorruption: "benchmark"/,
      );
    });
    tf.dispose([x, labels]);
  });
});
