import * as tf from '@tensorflow/tfjs-core';
import {describe, it} from 'vitest';

import {marginsTaken} from '../../src/losses/marginsTaken';
import {expectClose, int} from '../support/tensors';

describe('marginsTaken', () => {
  it('takes from the true class alone', () => {
    tf.tidy(() => {
      const z = tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expectClose(marginsTaken(z, int([2, 0]), [0.5, 7, 0.25]), [1, 2, 2.75, 3.5, 5, 6]);
    });
  });
});
