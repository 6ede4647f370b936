import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {ThreatModel} from '../../../src/core/threatModel';
import {sweptAscent} from '../../../src/kernels/wasm/ascent';
import {expectClose, expectNoLeak} from '../../support/tensors';

const run = (
  threat: ThreatModel,
  gradient: number[][],
  stepSizes = [0.25, 0.25],
  momentum = 1,
): tf.Tensor2D | undefined =>
  sweptAscent(
    {
      x: tf.fill<tf.Rank.R2>([2, 5], 0.5),
      current: tf.fill<tf.Rank.R2>([2, 5], 0.625),
      previous: tf.fill<tf.Rank.R2>([2, 5], 0.5),
      gradient: tf.tensor2d(gradient),
    },
    threat,
    {stepSizes: Float32Array.from(stepSizes), momentum},
  );

const ONES = [1, 1, 1, 1, 1];
const MIXED = [1, -1, 0, 1e-40, NaN];

// Against the algorithm in float64: test/math/projectedAscent.test.ts.
describe('sweptAscent', () => {
  it.runIf(tf.getBackend() === 'wasm')('steps by the sign in L∞, row by row', () => {
    tf.tidy(() => {
      const threat: ThreatModel = {norm: 'linf', epsilon: [0.5, 0.1875], clip: [0, 0.75]};
      expectClose(
        run(threat, [MIXED, MIXED], [0.0625, 1]) as tf.Tensor,
        [0.6875, 0.5625, 0.625, 0.6875, 0.625, 0.6875, 0.3125, 0.625, 0.6875, 0.625],
        1e-6,
      );
      // Half of the step, half of the last move of 0.125.
      expectClose(
        run(threat, [MIXED, MIXED], [0.0625, 0.0625], 0.5) as tf.Tensor,
        [0.71875, 0.65625, 0.6875, 0.71875, 0.6875, 0.6875, 0.65625, 0.6875, 0.6875, 0.6875],
        1e-6,
      );
    });
  });

  it.runIf(tf.getBackend() === 'wasm')('steps along the gradient in L2', () => {
    tf.tidy(() => {
      const threat: ThreatModel = {norm: 'l2', epsilon: 10, clip: null};
      const still = new Array<number>(5).fill(0.625);
      for (const scale of [1e-30, 1, 1e30]) {
        const steep = [3 * scale, 0, 0, 0, -4 * scale];
        expectClose(
          run(threat, [steep, ONES.map(() => 0)]) as tf.Tensor,
          [0.625 + 0.15, 0.625, 0.625, 0.625, 0.625 - 0.2, ...still],
          1e-6,
        );
      }
      // Neither NaN nor infinity is a way up.
      expectClose(
        run(threat, [MIXED, [Infinity, 0, 0, 0, 0]]) as tf.Tensor,
        [...still, ...still],
        0,
      );
    });
  });

  it.runIf(tf.getBackend() === 'wasm')('leaks nothing', async () => {
    const x = tf.zeros<tf.Rank.R2>([1, 3]);
    await expectNoLeak(() => {
      const step = {stepSizes: Float32Array.of(1), momentum: 0.75};
      const threat: ThreatModel = {norm: 'linf', epsilon: 1, clip: null};
      sweptAscent({x, current: x, previous: x, gradient: x}, threat, step)?.dispose();
    });
    x.dispose();
  });

  it.runIf(tf.getBackend() !== 'wasm')('is undefined elsewhere', () => {
    tf.tidy(() => {
      expect(run({norm: 'linf', epsilon: 1, clip: null}, [ONES, ONES])).toBeUndefined();
    });
  });
});
