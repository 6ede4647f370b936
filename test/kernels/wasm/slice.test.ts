import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {heapSlice} from '../../../src/kernels/wasm/slice';
import {expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, expectFallback, FALLBACK, never, onWasm} from '../support';

/** An array of some axes, and of each what is taken: so many values from there on, at times all. */
const axis = fc.record({
  length: fc.integer({min: 1, max: 12}),
  from: fc.double({min: 0, max: 0.99, noNaN: true}),
  share: fc.oneof(fc.constant(1), fc.double({min: 0, max: 1, noNaN: true})),
  isWhole: fc.boolean(),
});
const blocks = fc.array(axis, {minLength: 1, maxLength: 5}).map((axes) => {
  const shape = axes.map(({length}) => length);
  const begin = axes.map(({length, from, isWhole}) => (isWhole ? 0 : Math.floor(from * length)));
  const size = axes.map(({length, share, isWhole}, i) =>
    isWhole ? length : Math.ceil(share * (length - (begin[i] ?? 0))),
  );
  return {shape, begin, size};
});

onWasm('heapSlice', () => {
  it.prop([blocks], {numRuns: 300})(
    'takes each value from its place',
    async ({shape, begin, size}) => {
      const count = tf.util.sizeFromShape(shape);
      const x = tf.tensor(
        Float32Array.from({length: count}, (_, i) => i),
        shape,
      );
      const strides = tf.util.computeStrides([...shape, 1]);
      const expected = Array.from({length: tf.util.sizeFromShape(size)}, (_, i) => {
        let rest = i;
        let place = 0;
        for (let d = shape.length - 1; d >= 0; d--) {
          const along = size[d] ?? NaN;
          place += ((begin[d] ?? NaN) + (rest % along)) * (strides[d] ?? NaN);
          rest = Math.floor(rest / along);
        }
        return place;
      });
      await expectNoLeak(() => {
        const y = callKernel(heapSlice(never), {x}, {begin, size});
        expect(y.shape).toEqual(size);
        expect(numbers(y)).toEqual(expected);
        y.dispose();
      });
      x.dispose();
    },
  );

  it('takes the rest of an axis for a size of -1', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const y = callKernel(heapSlice(never), {x}, {begin: [0, 1], size: [-1, -1]});
    expect(y.shape).toEqual([2, 2]);
    expect(numbers(y)).toEqual([2, 3, 5, 6]);
    tf.dispose([x, y]);
  });

  it.each([
    ['integers', tf.ones([4], 'int32'), [0], [2]],
    ['a scalar', tf.scalar(1), [], []],
  ])('leaves %s to the fallback', (_, x, begin, size) => {
    const kernel = heapSlice(() => FALLBACK);
    expect(callKernel(kernel, {x}, {begin, size})).toBe(FALLBACK);
  });
});

describe('heapSlice', () => {
  it('falls back on other backends', () => {
    expectFallback(heapSlice, {begin: [0], size: [1]});
  });
});
