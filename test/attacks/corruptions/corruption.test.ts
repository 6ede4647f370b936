import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {contrastCorruption} from '../../../src/attacks/corruptions/contrastCorruption';
import {
  corrupted,
  type CorruptionOptions,
  spatialAxes,
} from '../../../src/attacks/corruptions/corruption';
import {gaussianBlurCorruption} from '../../../src/attacks/corruptions/gaussianBlurCorruption';
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

describe('spatialAxes', () => {
  it('are those of height and width of images', () => {
    tf.tidy(() => {
      const images = tf.zeros([1, 8, 8, 3]);
      expect(spatialAxes('f', images, {}, undefined)).toEqual([1, 2]);
      expect(spatialAxes('f', images, {dataFormat: 'channelsFirst'}, undefined)).toEqual([2, 3]);
      expect(() => spatialAxes('f', tf.zeros([1, 3, 8, 8]), {}, undefined)).toThrow(/in doubt/);
      expect(() => spatialAxes('f', tf.zeros([1, 2]), {}, undefined)).toThrow(
        /^f: "x" must be images \[batch, height, width, channels\], found float32 \[1, 2\]/,
      );
      expect(() => spatialAxes('f', 'x' as never, {}, undefined)).toThrow(/found 'x'/);
    });
  });

  it.each(Object.entries({contrastCorruption, gaussianBlurCorruption}))(
    '%s does to channels first what it does to channels last',
    (_name, corruption) => {
      tf.tidy(() => {
        const last: tf.Tensor4D = tf.randomUniform([2, 7, 6, 3], 0, 1, 'float32', 5);
        const first = tf.transpose(last, [0, 3, 1, 2]);
        const labels = int([0, 1]);
        const expected = tf.transpose(corruption(null, last, labels), [0, 3, 1, 2]);
        const options = {dataFormat: 'channelsFirst'} as const;
        expectClose(corruption(null, first, labels, options), [...expected.dataSync()], 1e-6);
        expect(() => corruption(null, first, labels)).toThrow(/"dataFormat"/);
      });
    },
  );
});
