import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {adversarialOf, type AttackResult} from '../../src/core/attackResult';

describe('adversarialOf', () => {
  it('is the tensor itself, or the one of a result', () => {
    const adversarial = tf.tensor2d([[0.5]]);
    const result: AttackResult<tf.Tensor2D> = {
      adversarial,
      success: [true],
      distances: [0.25],
      cost: {forward: [2], backward: [1], queries: [0]},
    };
    expect(adversarialOf(adversarial)).toBe(adversarial);
    expect(adversarialOf(result)).toBe(adversarial);
    adversarial.dispose();
  });

  it.each([undefined, null, 7, 'adversarial', {success: []}])(
    'leaves %j to the checks of its caller',
    (other) => {
      expect(adversarialOf(other as never)).toBe(other);
    },
  );
});
