import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {fgsmAttack, fgsmAttackAsync} from '../../src/attacks/fgsmAttack';
import {createRng} from '../../src/core/rng';
import {marginLoss} from '../../src/losses/marginLoss';
import {linearModel, twoLayerModel} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

describe('fgsmAttack', () => {
  // That model, its constant third column moved into the bias: its gradient is then exactly zero.
  const model = linearModel(
    [
      [1, -2, 0],
      [-1, 1, 0],
    ],
    [0.6, 0.3],
  );
  const attack = (options: Parameters<typeof fgsmAttack>[3], x = [0.5, 0.4, 0.6]) =>
    fgsmAttack(model, tf.tensor2d([x]), int([0]), options);

  it('gives the golden values of a linear model (attacks.md 12.6)', () => {
    tf.tidy(() => {
      expectClose(attack({epsilon: 0.01}), [0.49, 0.41, 0.6], 1e-6);
      expectClose(attack({epsilon: 0.03}), [0.47, 0.43, 0.6], 1e-6);
      expectClose(attack({epsilon: 0.03, norm: 'l2'}), [0.483359, 0.424961, 0.6], 1e-6);
      expectClose(attack({epsilon: 0.03}, [0.01, 0.4, 0.6]), [0, 0.43, 0.6], 1e-6);
      expectClose(attack({}), [0.5 - 8 / 255, 0.4 + 8 / 255, 0.6], 1e-6);
    });
  });

  it('ignores rng and exampleIds: it draws nothing', () => {
    tf.tidy(() => {
      const context = {rng: createRng(1), exampleIds: [7]};
      expectClose(attack({...context, epsilon: 0.01}), [0.49, 0.41, 0.6], 1e-6);
    });
  });

  it('steps towards a target, and ascends another loss', () => {
    tf.tidy(() => {
      expectClose(attack({epsilon: 0.01, targets: int([0])}), [0.51, 0.39, 0.6], 1e-6);
      expectClose(attack({epsilon: 0.01, targets: int([1])}), [0.49, 0.41, 0.6], 1e-6);
      // Broken from the start, the margin loss with kappa 0 is flat: no step.
      const flat = (z: tf.Tensor2D) => marginLoss(z, int([1]), {kappa: 0});
      expect(() => attack({epsilon: 0.01, loss: flat})).toThrow(/no example has a usable gradient/);
      const still = attack({epsilon: 0.01, loss: flat, checkValues: false});
      expectClose(still, [0.5, 0.4, 0.6], 1e-6);
    });
  });

  it('names itself in errors', () => {
    tf.tidy(() => {
      expect(() => attack({epsilon: -1})).toThrow(/^fgsmAttack: "epsilon"/);
      expect(() => fgsmAttack(model, tf.tensor2d([[2, 0, 0]]), int([0]))).toThrow(
        /^fgsmAttack: "x"/,
      );
    });
  });

  it('breaks the two-layer model of attacks.md 12.5 at 0.1', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[0.6, 0.4]]);
      const adversarial = fgsmAttack(twoLayerModel, x, int([0]), {epsilon: 0.1});
      expectClose(adversarial, [0.5, 0.5], 1e-6);
      expectClose(twoLayerModel(adversarial), [0.4, 0.5, 0.1, 0.05], 1e-6);
      expectClose(
        fgsmAttack(twoLayerModel, x, int([0]), {epsilon: 0.1, norm: 'l2'}),
        [0.503458, 0.426068],
        2e-6,
      );
    });
  });
});

describe('fgsmAttackAsync', () => {
  const model = linearModel(
    [
      [1, -2, 0],
      [-1, 1, 0],
    ],
    [0.6, 0.3],
  );

  it('is the same step to the bit, with every option', async () => {
    const x = tf.tensor2d([[0.5, 0.4, 0.6]]);
    const labels = int([0]);
    const margin = marginLoss as NonNullable<Parameters<typeof fgsmAttack>[3]>['loss'];
    for (const options of [
      {},
      {epsilon: 0.01},
      {epsilon: 0.03, norm: 'l2'},
      {epsilon: 0.5, clip: null},
      {epsilon: 0.03, loss: margin},
      {epsilon: 0.03, checkValues: false, exampleIds: [3], rng: createRng(1)},
    ] as const) {
      const [at, after] = [
        fgsmAttack(model, x, labels, options),
        await fgsmAttackAsync(model, x, labels, options),
      ];
      expect(numbers(after)).toEqual(numbers(at));
      tf.dispose([at, after]);
    }
    tf.dispose([x, labels]);
  });

  it('names itself in errors', async () => {
    const x = tf.zeros<tf.Rank.R2>([1, 3]);
    const of = (options: object) => fgsmAttackAsync(model, x, int([0]), options);
    await expect(of({epsilon: -1})).rejects.toThrow(/^fgsmAttackAsync: "epsilon"/);
    await expect(of({steps: 3})).rejects.toThrow(/^fgsmAttackAsync: "steps" must be one of its/);
    x.dispose();
  });
});
