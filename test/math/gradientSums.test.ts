import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {countGradients, gradientSums} from '../../src/math/gradientSums';
import {expectNoLeak, numbers} from '../support/tensors';

it('gradientSums adds up magnitudes by example', async () => {
  const gradient = tf.tensor3d([1, -2, 0, 0, NaN, 1, -Infinity, 0], [4, 2, 1]);
  await expectNoLeak(() => {
    const sums = gradientSums(gradient);
    expect(numbers(sums)).toEqual([3, 0, NaN, Infinity]);
    expect(countGradients(numbers(sums))).toEqual({zero: 1, nonFinite: 2, total: 4});
    sums.dispose();
  });
  gradient.dispose();
});
