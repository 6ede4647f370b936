import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {batchNormGradient} from '../../../src/kernels/composed/batchNormGradient';
import {seeded} from '../../support/models';
import {expectClose} from '../../support/tensors';
import {finiteDifferences} from '../support';

const EPSILON = 1e-2;

function gradients(dy: tf.Tensor, saved: tf.Tensor[]): Record<string, () => tf.Tensor> {
  return batchNormGradient(undefined)?.gradFunc(dy, saved, {varianceEpsilon: EPSILON}) as Record<
    string,
    () => tf.Tensor
  >;
}

describe('batchNormGradient', () => {
  it.each([
    ['per channel', [3]],
    ['per entry', [2, 2, 1, 3]],
  ])('agrees with finite differences, statistics %s', (_, shape) => {
    const x = seeded<tf.Rank.R4>([2, 2, 1, 3], 1);
    const dy = seeded<tf.Rank.R4>([2, 2, 1, 3], 2);
    const make = (seed: number, plus: number) => tf.add(seeded(shape, seed, 0.5), plus);
    const parts: Record<string, tf.Tensor> = {
      x,
      mean: make(3, 0),
      variance: make(4, 1),
      offset: make(5, 0),
      scale: make(6, 1.5),
    };
    const {mean, variance, scale} = parts as Record<string, tf.Tensor>;
    const analytic = gradients(dy, [x, mean, variance, scale] as tf.Tensor[]);
    for (const [name, tensor] of Object.entries(parts)) {
      const f = (moved: tf.Tensor) => {
        const p = {...parts, [name]: moved} as Record<string, tf.Tensor1D>;
        const y = tf.batchNorm4d(
          p['x'] as unknown as tf.Tensor4D,
          p['mean'] as tf.Tensor1D,
          p['variance'] as tf.Tensor1D,
          p['offset'],
          p['scale'],
          EPSILON,
        );
        return tf.sum(tf.mul(y, dy));
      };
      const gradient = (analytic[name] as () => tf.Tensor)();
      expect(gradient.shape).toEqual(tensor.shape);
      expectClose(gradient, finiteDifferences(f, tensor), 5e-3);
    }
  });

  it('takes a missing scale as 1', () => {
    const x = seeded<tf.Rank.R4>([2, 2, 1, 3], 1);
    const dy = seeded<tf.Rank.R4>([2, 2, 1, 3], 2);
    const [mean, variance] = [tf.zeros([3]), tf.ones([3])];
    const without = gradients(dy, [x, mean, variance]);
    const withOnes = gradients(dy, [x, mean, variance, tf.ones([3])]);
    for (const name of ['x', 'mean', 'variance', 'scale', 'offset']) {
      expectClose(without[name]?.() as tf.Tensor, (withOnes[name]?.() as tf.Tensor).dataSync());
    }
  });
});
