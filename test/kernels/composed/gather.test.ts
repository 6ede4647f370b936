import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

/** All index tuples of a shape, in order. */
const tuples = (shape: number[]): number[][] =>
  shape.reduce<number[][]>(
    (all, size) => all.flatMap((t) => Array.from({length: size}, (_, i) => [...t, i])),
    [[]],
  );
const flat = (index: number[], shape: number[]) =>
  index.reduce((at, i, axis) => at * (shape[axis] as number) + i, 0);

const cases = fc
  .record({
    batch: fc.array(fc.integer({min: 1, max: 2}), {maxLength: 2}),
    outer: fc.array(fc.integer({min: 1, max: 2}), {maxLength: 1}),
    choices: fc.integer({min: 1, max: 4}),
    inner: fc.array(fc.integer({min: 1, max: 2}), {maxLength: 1}),
    picks: fc.array(fc.integer({min: 1, max: 3}), {minLength: 1, maxLength: 2}),
  })
  .chain((sizes) =>
    fc.record({
      sizes: fc.constant(sizes),
      ids: fc.infiniteStream(fc.nat(sizes.choices - 1)).map((stream) => {
        const count = tf.util.sizeFromShape([...sizes.batch, ...sizes.picks]);
        return Array.from({length: count}, () => stream.next().value as number);
      }),
    }),
  );

describe('gather', () => {
  it.prop([cases], {numRuns: 60})('and its gradient are by definition', async ({sizes, ids}) => {
    const {batch, outer, choices, inner, picks} = sizes;
    const shape = [...batch, ...outer, choices, ...inner];
    await expectNoLeak(() => {
      const x = seeded(shape, 1);
      const indexShape: number[] = [...batch, ...picks];
      const indices = tf.tensor(ids, indexShape as [number], 'int32');
      const axis = batch.length + outer.length;
      const f = (v: tf.Tensor) => tf.gather(v, indices, axis, batch.length);
      const outShape = [...batch, ...outer, ...picks, ...inner];
      const dy = seeded(outShape, 2);
      const [y, dx] = withGradientKernels(() => [f(x), tf.grad(f)(x, dy)] as const);
      const [xs, dys] = [numbers(x), numbers(dy)];
      const gradient = xs.map(() => 0);
      const value = tuples(outShape).map((index, i) => {
        const [b, o] = [index.slice(0, batch.length), index.slice(batch.length, axis)];
        const p = index.slice(axis, axis + picks.length);
        const id = ids[flat([...b, ...p], [...batch, ...picks])] as number;
        const from = flat([...b, ...o, id, ...index.slice(axis + picks.length)], shape);
        gradient[from] = (gradient[from] as number) + (dys[i] as number);
        return xs[from] as number;
      });
      expect(y.shape).toEqual(outShape);
      expectClose(y, value, 0);
      expectClose(dx, gradient);
      tf.dispose([x, indices, dy, y, dx]);
    });
  });

  it('passes no gradient on to indices that come from the input', () => {
    const x = tf.tensor1d([3, 1, 2]);
    const largest = (v: tf.Tensor) => tf.gather(v, tf.argMax(v));
    expect(numbers(withGradientKernels(() => tf.grad(largest)(x)))).toEqual([1, 0, 0]);
  });
});
