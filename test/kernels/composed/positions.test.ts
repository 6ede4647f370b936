import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {noPlaces, rounded, within} from '../../../src/kernels/composed/positions';
import {numbers} from '../../support/tensors';

describe('positions', () => {
  it('lie on an axis, or not, and are rounded', () => {
    const x = tf.tensor1d([-0.5, 0, 1.5, 2, 2.1, Infinity]);
    expect(numbers(within(x, 3))).toEqual([0, 1, 1, 1, 0, 0]);
    expect(numbers(rounded(tf.tensor1d([-0.5, 0.4, 1.5, 2.5])))).toEqual([0, 0, 2, 3]);
  });

  it('have no gradient', () => {
    expect(() => noPlaces('Op', 'boxes')).toThrow(
      'there is one to its image only, not to its boxes',
    );
  });
});
