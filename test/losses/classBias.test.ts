import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {classBias} from '../../src/losses/classBias';
import {expectClose} from '../support/tensors';

describe('classBias', () => {
  it('is τ log n less that of the largest class', () => {
    tf.tidy(() => {
      expectClose(classBias('f', [8, 2, 4], 2), [0, -4 * Math.LN2, -2 * Math.LN2], 1e-6);
      expectClose(classBias('f', [8, 2], 0), [0, 0]);
    });
  });

  it('goes to the end of float32 and no further', () => {
    tf.tidy(() => {
      expectClose(classBias('f', [3, 1], 1e38), [0, -1e38 * Math.log(3)], 1e-6);
      expectClose(classBias('f', [3, 3], 1e300), [0, 0]);
      expect(() => classBias('f', [3, 1], 1e300)).toThrow(
        /^f: "tau" must leave tau log\(n\) within float32, found 1e\+300/,
      );
    });
  });
});
