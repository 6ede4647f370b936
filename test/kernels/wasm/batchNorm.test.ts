import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {batchNorm, movingAverage} from '../../../src/kernels/wasm/batchNorm';
import {seeded} from '../../support/models';
import {expectClose, numbers} from '../../support/tensors';
import {itIsBatchNorm} from '../batchNorms';
import {onWasm} from '../support';

onWasm('batchNorm', () => {
  itIsBatchNorm((...given) => {
    const normed = batchNorm(...given);
    if (!normed) throw new Error('It did not run.');
    return normed;
  });
});

onWasm('movingAverage', () => {
  it('moves by a share of the difference', () => {
    tf.tidy(() => {
      const [before, batch] = [seeded([7], 1), seeded([7], 2)];
      const expected = numbers(before).map((b, i) => b + 0.25 * ((numbers(batch)[i] ?? NaN) - b));
      const moved = movingAverage(before, batch, 0.25);
      expect(moved?.shape).toEqual([7]);
      expectClose(moved ?? [], expected, 1e-6);
    });
  });
});
