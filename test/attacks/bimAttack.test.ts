import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {bimAttack} from '../../src/attacks/bimAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import {createRng} from '../../src/core/rng';
import {marginLoss} from '../../src/losses/marginLoss';
import {linearModel} from '../support/models';
import {expectClose, int, numbers} from '../support/tensors';

describe('bimAttack', () => {
  // The third pixel has no say.
  const model = linearModel(
    [
      [1, -2, 0],
      [-1, 1, 0],
    ],
    [0.6, 0.3],
  );
  const attack = (options?: Parameters<typeof bimAttack>[3]) =>
    bimAttack(model, tf.tensor2d([[0.5, 0.4, 0.6]]), int([0]), options);

  it('has 10 steps of a quarter of epsilon, L∞ 8/255 and pixels from 0 to 1 as defaults', () => {
    tf.tidy(() => {
      expectClose(attack(), [0.5 - 8 / 255, 0.4 + 8 / 255, 0.6], 1e-6);
      expectClose(attack({steps: 1}), [0.5 - 2 / 255, 0.4 + 2 / 255, 0.6], 1e-6);
      // 0.001 a step: ten of them, and no eleventh.
      expectClose(attack({stepSize: 0.001}), [0.49, 0.41, 0.6], 1e-6);
    });
  });

  it('starts at x, whatever rng', () => {
    tf.tidy(() => {
      const context = {rng: createRng(1), exampleIds: [7]};
      expectClose(attack({...context, steps: 0}), [0.5, 0.4, 0.6], 1e-7);
      expectClose(attack({...context, steps: 3, stepSize: 0.01}), [0.47, 0.43, 0.6], 1e-6);
    });
  });

  it('is PGD without a random start, in both norms, to targets and for any loss', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[0.5, 0.4, 0.6]]);
      for (const options of [
        {norm: 'l2', epsilon: 0.2, steps: 3},
        {targets: int([0]), epsilon: 0.05},
        {loss: marginLoss, stepSize: [0.004], steps: 2},
        {clip: [-1, 2], epsilon: 0.9},
      ] as const) {
        expect(numbers(attack(options))).toEqual(numbers(pgdAttack(model, x, int([0]), options)));
      }
    });
  });

  it('names itself in errors, and knows no random start', () => {
    tf.tidy(() => {
      expect(() => attack({steps: -1})).toThrow(/^bimAttack: "steps"/);
      const options = {startDeviation: 0.1} as Parameters<typeof bimAttack>[3];
      expect(() => attack(options)).toThrow(/^bimAttack: "startDeviation".*unknown name/);
      expect(() => attack({exampleIds: [1, 2]})).toThrow(/^bimAttack: "exampleIds"/);
    });
  });

  it('leaves the values unchecked where asked', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[2, 0.4, 0.6]]);
      expect(() => bimAttack(model, x, int([0]))).toThrow(/^bimAttack: "x"/);
      expect(() => bimAttack(model, x, int([0]), {checkValues: false})).not.toThrow();
    });
  });
});
