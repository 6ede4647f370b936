import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  checkImages,
  corrupted,
  type CorruptionOptions,
} from '../../../src/attacks/corruptions/corruption';
import {expectClose, expectNoLeak, int} from '../../support/tensors';

const STRENGTHS = {'imagenet-c': [1, 2, 3, 4, 5], 'cifar-c': [10, 20, 30, 40, 50]};

describe('corrupted', () => {
  // Adds a hundredth of the strength.
  const shifted = (options: CorruptionOptions, values = [[0.5, 0.2]]) => {
    const x = tf.tensor2d(values);
    const labels = int(values.map(() => 0));
    return corrupted('f', x, labels, options, STRENGTHS, (strength) =>
      tf.add<tf.Tensor2D>(x, strength / 100),
    );
  };

  it('takes the strength of the severity and the benchmark, 3 of ImageNet-C by default', () => {
    tf.tidy(() => {
      expectClose(shifted({}), [0.53, 0.23], 1e-6);
      expectClose(shifted({severity: 1}), [0.51, 0.21], 1e-6);
      expectClose(shifted({severity: 5}), [0.55, 0.25], 1e-6);
      expectClose(shifted({benchmark: 'cifar-c', severity: 2}), [0.7, 0.4], 1e-6);
    });
  });

  it('stays in the range, if there is one', () => {
    tf.tidy(() => {
      const strong = {benchmark: 'cifar-c', severity: 5} as const;
      expectClose(shifted(strong, [[0.7, 0.2]]), [1, 0.7], 1e-6);
      expectClose(shifted({...strong, clip: null}, [[0.7, 0.2]]), [1.2, 0.7], 1e-6);
      expectClose(shifted({...strong, clip: [0, 0.9]}, [[0.7, 0.2]]), [0.9, 0.7], 1e-6);
    });
  });

  it('stays in a ball only with epsilon, which may be one per example', () => {
    tf.tidy(() => {
      expectClose(shifted({epsilon: 0.01}), [0.51, 0.21], 1e-6);
      expectClose(shifted({epsilon: 0.01, norm: 'l2'}), [0.507071, 0.207071], 1e-6);
      expectClose(shifted({epsilon: [0, 0.02]}, [[0.5], [0.2]]), [0.5, 0.22], 1e-6);
      expectClose(shifted({epsilon: 0.5}, [[0.99, 0.2]]), [1, 0.23], 1e-6);
    });
  });

  it('refuses settings out of range', () => {
    tf.tidy(() => {
      for (const severity of [0, 6, 1.5]) {
        expect(() => shifted({severity})).toThrow(
          /^f: "severity" must be an integer >= 1 and <= 5/,
        );
      }
      const benchmark = 'mnist-c' as never;
      expect(() => shifted({benchmark})).toThrow(/"benchmark".*'imagenet-c', 'cifar-c'.*'mnist-c'/);
      expect(() => shifted({epsilon: -1})).toThrow(/"epsilon"/);
      expect(() => shifted({norm: 'l1' as never})).toThrow(/"norm"/);
      expect(() => shifted({eps: 1} as never)).toThrow(/"eps".*unknown name/);
      expect(() => shifted({}, [[2, 0]])).toThrow(/^f: "x" must be finite and inside clip/);
      expect(() => shifted({checkValues: false}, [[2, 0]])).not.toThrow();
      expect(() =>
        corrupted('f', tf.tensor2d([[1]]), int([0, 1]), {}, STRENGTHS, (_) => tf.tensor2d([[1]])),
      ).toThrow(/"labels"/);
    });
  });

  it('gives an empty batch for one, and leaks nothing', async () => {
    const x = tf.zeros<tf.Rank.R2>([0, 3]);
    const labels = int([]);
    await expectNoLeak(() => {
      const result = corrupted('f', x, labels, {}, STRENGTHS, () => {
        throw new Error('called');
      });
      expect(result.shape).toEqual([0, 3]);
      result.dispose();
    });
    tf.dispose([x, labels]);
  });
});

describe('checkImages', () => {
  it('accepts images only', () => {
    tf.tidy(() => {
      expect(() => {
        checkImages('f', tf.zeros([1, 2, 3, 4]));
      }).not.toThrow();
      expect(() => {
        checkImages('f', tf.zeros([1, 2]));
      }).toThrow(/^f: "x" must be images \[batch, height, width, channels\], found \[1, 2\]/);
      expect(() => {
        checkImages('f', 'x' as never);
      }).toThrow(/found string/);
    });
  });
});
