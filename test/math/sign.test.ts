import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {sign} from '../../src/math/sign';
import {expectNoLeak, numbers} from '../support/tensors';

it('is right down to the smallest normal number, and for infinities', async () => {
  const values = [1, 0.3, 1e-6, 1e-8, 1e-20, 2 ** -126, 3e38, Infinity];
  const x = tf.tensor2d([values.map((v) => v), values.map((v) => -v)]);
  await expectNoLeak(() => {
    const signs = sign(x);
    expect(signs.shape).toEqual([2, 8]);
    expect(numbers(signs)).toEqual([...values.map(() => 1), ...values.map(() => -1)]);
    signs.dispose();
  });
  x.dispose();
});

it('is 0 at 0', () => {
  tf.tidy(() => {
    expect(numbers(tf.abs(sign(tf.tensor1d([0, -0]))))).toEqual([0, 0]);
  });
});
