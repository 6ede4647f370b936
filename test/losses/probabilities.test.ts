import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {probabilitiesOf} from '../../src/losses/probabilities';
import {expectClose, numbers} from '../support/tensors';

describe('probabilitiesOf', () => {
  it('knows 1 - p where p is nearly 1', () => {
    tf.tidy(() => {
      const {logP, p, rest, top} = probabilitiesOf(tf.tensor2d([[20, 0, -1]]));
      const others = [Math.exp(-20), Math.exp(-21)];
      const total = 1 + Math.exp(-20) + Math.exp(-21);
      expectClose(logP, [0, -20, -21], 1e-6);
      expectClose(p, [1, 0, 0], 1e-6);
      expectClose(top, [1, 0, 0]);
      const exact = ((others[0] as number) + (others[1] as number)) / total;
      expect((numbers(rest)[0] as number) / exact).toBeCloseTo(1, 5);
      expectClose(numbers(rest).slice(1), [1, 1], 1e-6);
    });
  });

  it('takes the first of tied classes', () => {
    tf.tidy(() => expectClose(probabilitiesOf(tf.zeros([1, 3])).top, [1, 0, 0]));
  });
});
