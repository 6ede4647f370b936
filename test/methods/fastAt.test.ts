import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {fastAt} from '../../src/methods/fastAt';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {expectClose, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

const w = () =>
  tf.tensor2d([
    [1, -1],
    [-2, 2],
    [0.5, -0.5],
  ]);
const model = (x: Vectors): tf.Tensor2D => tf.matMul(x, w());

describe('fastAt', () => {
  it('without randomness is FGSM, its step cut to the ball', async () => {
    const batch = {x: tf.fill([1, 3], 0.5) as Vectors, labels: int([0])};
    const {objective, dispose} = await preparedStep(fastAt<Vectors>({epsilon: 0.1}), model, batch);
    // A step of 10/255 stays inside the ball of 0.1.
    expectClose(
      objective.adversarial,
      [0.5, 0.5, 0.5].map((v, i) => v + (10 / 255) * [-1, 1, -1][i]!),
      1e-6,
    );
    dispose();
    const small = await preparedStep(fastAt<Vectors>({epsilon: 0.01}), model, batch);
    expectClose(small.objective.adversarial, [0.49, 0.51, 0.49], 1e-6);
    small.dispose();
  });

  it('starts anywhere in the ball, and stays in it and in the range of pixels', async () => {
    const batch = {
      x: tf.tidy(() =>
        tf.clipByValue(tf.add(seeded<tf.Rank.R2>([30, 3], 2), 0.5), 0, 1),
      ) as Vectors,
      labels: int(Array.from({length: 30}, (_, i) => i % 2)),
    };
    const {objective, dispose} = await preparedStep(fastAt<Vectors>({epsilon: 0.1}), model, batch, {
      rng: createRng(3),
    });
    const moved = numbers(tf.sub(objective.adversarial, batch.x)).map(Math.abs);
    expect(Math.max(...moved)).toBeLessThan(0.1 + 1e-6);
    expect(new Set(moved.map((v) => v.toFixed(3))).size).toBeGreaterThan(20);
    const values = numbers(objective.adversarial);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    dispose();
  });

  it('refuses options out of range', () => {
    expect(() => fastAt({epsilon: 0})).toThrow(/^fastAt: "epsilon"/);
    expect(() => fastAt({stepSize: 0})).toThrow(/"stepSize"/);
    expect(() => fastAt({attackMode: 'eval' as 'training'})).toThrow(/"attackMode"/);
  });
});
