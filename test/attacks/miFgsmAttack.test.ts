import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {miFgsmAttack, miFgsmAttackAsync} from '../../src/attacks/miFgsmAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import {createRng} from '../../src/core/rng';
import {linearModel} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

// Loss y = 0: z = (0, f(x)), f a parabola in each pixel; its gradient turns where a pixel is 0.5.
const bowl =
  (weights: number[]) =>
  (x: tf.Tensor2D): tf.Tensor2D => {
    const f = tf.sum(tf.mul(tf.square(tf.sub(x, 0.5)), tf.neg(weights)), 1, true);
    return tf.concat([tf.zerosLike(f), f], 1) as tf.Tensor2D;
  };
const second = (z: tf.Tensor2D): tf.Tensor1D =>
  tf.reshape(tf.slice(z, [0, 1], [-1, 1]), [-1]) as tf.Tensor1D;

describe('miFgsmAttack', () => {
  const model = linearModel(
    [
      [1, -2, 0],
      [-1, 1, 0],
    ],
    [0.6, 0.3],
  );
  const attack = (options?: Parameters<typeof miFgsmAttack>[3]) =>
    miFgsmAttack(model, tf.tensor2d([[0.5, 0.4, 0.6]]), int([0]), options);

  it('has the defaults of PGD', () => {
    tf.tidy(() => {
      expectClose(attack(), [0.5 - 8 / 255, 0.4 + 8 / 255, 0.6], 1e-6);
      expectClose(attack({steps: 1}), [0.5 - 2 / 255, 0.4 + 2 / 255, 0.6], 1e-6);
      expectClose(attack({stepSize: 0.001}), [0.49, 0.41, 0.6], 1e-6);
    });
  });

  // One pixel at 0.4, f = −(v − 0.5)²: the gradient 2 (0.5 − v) over its magnitude is ±1.
  // Velocities with μ = 1: 1, 2, 1 (the gradient turned), 0 (turned still), −1.
  it('adds up normalised gradients: it runs past the maximum, then turns', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[0.4]]);
      const at = (steps: number, decay?: number) =>
        numbers(
          miFgsmAttack<tf.Tensor2D>(bowl([1]), x, int([0]), {
            ...{epsilon: 0.3, stepSize: 0.08, steps, loss: second},
            ...(decay === undefined ? {} : {decay}),
          }),
        );
      [0.48, 0.56, 0.64, 0.64, 0.56].forEach((expected, i) => {
        expectClose(at(i + 1), [expected], 1e-6);
      });
      // μ = 0: no memory, it turns at once.
      [0.48, 0.56, 0.48].forEach((expected, i) => {
        expectClose(at(i + 1, 0), [expected], 1e-6);
      });
      // μ = 0.9: 1, 1.9, 0.71, −0.361.
      [0.48, 0.56, 0.64, 0.56].forEach((expected, i) => {
        expectClose(at(i + 1, 0.9), [expected], 1e-6);
      });
    });
  });

  // Two pixels, weights (1, 3), at (0.4, 0.45): gradient (0.2, 0.3), mean 0.25, velocity (0.8, 1.2).
  it('goes along the velocity over its length in L2, mean magnitudes as weights', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[0.4, 0.45]]);
      const at = (steps: number) =>
        miFgsmAttack<tf.Tensor2D>(bowl([1, 3]), x, int([0]), {
          ...{norm: 'l2', epsilon: 1, stepSize: 0.13, steps, loss: second},
        });
      const length = Math.hypot(0.8, 1.2);
      const first = [0.4 + (0.13 * 0.8) / length, 0.45 + (0.13 * 1.2) / length];
      expectClose(at(1), first, 1e-6);
      const gradient = [2 * (0.5 - (first[0] ?? 0)), 6 * (0.5 - (first[1] ?? 0))];
      const mean = (Math.abs(gradient[0] ?? 0) + Math.abs(gradient[1] ?? 0)) / 2;
      const velocity = [0.8 + (gradient[0] ?? 0) / mean, 1.2 + (gradient[1] ?? 0) / mean];
      const next = Math.hypot(...velocity);
      expectClose(
        at(2),
        first.map((v, i) => v + (0.13 * (velocity[i] ?? 0)) / next),
        1e-5,
      );
    });
  });

  it('is PGD with decay 0, random start and targets included', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('linf' as const, 'l2' as const),
        fc.integer({min: 0, max: 4}),
        fc.nat(1000),
        fc.boolean(),
        (norm, steps, seed, targeted) => {
          tf.tidy(() => {
            const x = tf.tensor2d([
              [0.5, 0.4, 0.6],
              [0.1, 0, 1],
            ]);
            const labels = int([0, 1]);
            const options = {
              ...{norm, steps, epsilon: 0.2, rng: createRng(seed), exampleIds: [3, 9]},
              ...(targeted ? {targets: int([1, 1])} : {}),
            };
            expectClose(
              miFgsmAttack(model, x, labels, {...options, decay: 0}),
              numbers(pgdAttack(model, x, labels, options)),
              1e-6,
            );
          });
        },
      ),
      {numRuns: 20},
    );
  });

  it('normalises each example by itself, however small its gradient, and stays at a zero one', () => {
    tf.tidy(() => {
      // The gradient of the first example is 10^-30 times that of the second; the third has none.
      const x = tf.tensor2d([[0.4], [0.4], [0.5]]);
      const scaled: (z: tf.Tensor2D) => tf.Tensor1D = (z) =>
        tf.mul(second(z), tf.tensor1d([1e-30, 1, 1]));
      const options = {epsilon: 0.3, stepSize: 0.08, steps: 4, loss: scaled};
      expectClose(
        miFgsmAttack<tf.Tensor2D>(bowl([1]), x, int([0, 0, 0]), options),
        [0.64, 0.64, 0.5],
        1e-6,
      );
    });
  });

  it('refuses a decay below 0, and names itself', () => {
    tf.tidy(() => {
      expect(() => attack({decay: -0.1})).toThrow(/^miFgsmAttack: "decay" must.*>= 0, found -0\.1/);
      expect(() => attack({decay: NaN})).toThrow(/"decay".*NaN/);
      expect(() => attack({epsilon: -1})).toThrow(/^miFgsmAttack: "epsilon"/);
      expect(() => attack({exampleIds: [1, 2]})).toThrow(/^miFgsmAttack: "exampleIds"/);
    });
  });

  it('refuses the same where it is asynchronous', async () => {
    const x = tf.zeros<tf.Rank.R2>([1, 3]);
    const of = (options: object) => miFgsmAttackAsync(model, x, int([0]), options);
    await expect(of({decay: -0.1})).rejects.toThrow(
      /^miFgsmAttackAsync: "decay" must.*>= 0, found -0\.1/,
    );
    await expect(of({epsilon: -1})).rejects.toThrow(/^miFgsmAttackAsync: "epsilon"/);
    await expect(of({decays: 1})).rejects.toThrow(
      /^miFgsmAttackAsync: "decays" must be one of its/,
    );
    x.dispose();
  });

  it('leaks nothing, also when the model throws half-way', async () => {
    const x = tf.tensor2d([[0.5, 0.4, 0.6]]);
    const labels = int([0]);
    let calls = 0;
    const faulty: typeof model = (input) => {
      calls++;
      if (calls === 3) throw new Error('the model broke');
      return model(input);
    };
    await expectNoLeak(() => {
      expect(() => miFgsmAttack(faulty, x, labels)).toThrow('the model broke');
    });
    await expectNoLeak(() => {
      miFgsmAttack(model, x, labels).dispose();
    });
    tf.dispose([x, labels]);
  });
});
