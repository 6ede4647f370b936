import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {contrastCorruption} from '../../../src/attacks/corruptions/contrastCorruption';
import {createRng} from '../../../src/core/rng';
import {expectClose, int} from '../../support/tensors';

const unused = (): never => {
  throw new Error('the model was called');
};

describe('contrastCorruption', () => {
  it.each([
    ['imagenet-c', [0.4, 0.3, 0.2, 0.1, 0.05]],
    ['cifar-c', [0.75, 0.5, 0.4, 0.3, 0.15]],
  ] as const)('leaves what %s leaves', (benchmark, rests) => {
    tf.tidy(() => {
      const x = tf.tensor4d([0, 1], [1, 1, 2, 1]);
      rests.forEach((rest, i) => {
        expectClose(
          contrastCorruption(unused, x, int([0]), {benchmark, severity: i + 1}),
          [0.5 - rest / 2, 0.5 + rest / 2],
          1e-6,
        );
      });
    });
  });

  it('has a mean for each image and channel, over both other axes', () => {
    tf.tidy(() => {
      // Image 1: channel 0 (0, .2, .4, .6), channel 1 all 1. Image 2: channel 0 all 0, channel 1
      // (1, 0, 0, 0).
      const x = tf.tensor4d([0, 1, 0.2, 1, 0.4, 1, 0.6, 1, 0, 1, 0, 0, 0, 0, 0, 0], [2, 2, 2, 2]);
      const result = contrastCorruption(unused, x, int([0, 1]), {
        ...{rng: createRng(1), severity: 4, exampleIds: [1, 2]},
      });
      expectClose(
        result,
        [...[0.27, 1, 0.29, 1, 0.31, 1, 0.33, 1], ...[0, 0.325, 0, 0.225, 0, 0.225, 0, 0.225]],
        1e-6,
      );
    });
  });

  it('can be held in a ball, takes images only and names itself', () => {
    tf.tidy(() => {
      const x = tf.tensor4d([0, 1], [1, 1, 2, 1]);
      expectClose(contrastCorruption(unused, x, int([0]), {epsilon: 0.1}), [0.1, 0.9], 1e-6);
      expect(() => contrastCorruption(unused, tf.zeros([1, 2]), int([0]))).toThrow(
        /^contrastCorruption: "x" must be images/,
      );
      expect(() => contrastCorruption(unused, x, int([0]), {severity: 9})).toThrow(
        /^contrastCorruption: "severity"/,
      );
    });
  });
});
