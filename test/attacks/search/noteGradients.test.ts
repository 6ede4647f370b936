import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {noteGradients} from '../../../src/attacks/search/noteGradients';
import {emptyOutcome} from '../../../src/attacks/search/problem';
import {expectNoLeak} from '../../support/tensors';

it('noteGradients tells zero and not finite, by row of the problem, and passes padding over', async () => {
  const outcome = emptyOutcome(7);
  const gradient = tf.tensor2d([[0, 0], [0, 1e-30], [1, NaN], [-Infinity, 1], [-1, 1], [0, 0]]); // prettier-ignore
  const rows = {positions: Int32Array.of(4, 2, 1, 6, 3, 5), live: 5};
  await expectNoLeak(() => noteGradients(gradient, rows, outcome));
  expect(Array.from(outcome.zeroGradient)).toEqual([0, 0, 0, 0, 1, 0, 0]);
  expect(Array.from(outcome.nonFiniteGradient)).toEqual([0, 1, 0, 0, 0, 0, 1]);
  expect(Array.from(outcome.nonFinite)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  gradient.dispose();
});
