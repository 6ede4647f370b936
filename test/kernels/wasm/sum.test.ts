import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {simdSum} from '../../../src/kernels/wasm/sum';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, expectFallback, FALLBACK, never, onWasm} from '../support';

onWasm('simdSum', () => {
  it.each([1, 3, 4, 7, 16, 39])(
    'adds up all but the last axis, of %d channels',
    async (channels) => {
      const x = seeded([3, 5, channels], 1);
      const values = numbers(x);
      const expected = Array.from({length: channels}, (_, c) =>
        values.filter((_value, i) => i % channels === c).reduce((a, b) => a + b, 0),
      );
      await expectNoLeak(() => {
        const total = callKernel(simdSum(never), {x}, {axis: [0, 1], keepDims: true});
        expect(total.shape).toEqual([1, 1, channels]);
        expectClose(total, expected);
        total.dispose();
      });
    },
  );

  it('leaves other axes to the fallback', () => {
    const attrs = {axis: [1], keepDims: false};
    expect(
      callKernel(
        simdSum(() => FALLBACK),
        {x: tf.ones([2, 2])},
        attrs,
      ),
    ).toBe(FALLBACK);
  });
});

describe('simdSum', () => {
  it('falls back on other backends', () => {
    expectFallback(simdSum, {axis: [0, 1, 2], keepDims: false});
  });
});
