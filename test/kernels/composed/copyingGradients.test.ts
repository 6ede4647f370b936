import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectClose, numbers} from '../../support/tensors';
import {expectGradients} from '../support';

const SHAPES: [number, number, number, number][] = [
  [2, 3, 4, 2],
  [1, 4, 2, 1],
];

describe('resize gradients', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
  ])('agree with finite differences: corners %s, centres %s', (corners, centres) => {
    for (const shape of SHAPES) {
      for (const size of [
        [5, 7],
        [6, 8],
        [2, 3],
        [1, 1],
        [3, 1],
        [4, 4],
      ] as [number, number][]) {
        for (const op of ['resizeNearestNeighbor', 'resizeBilinear'] as const) {
          const resize = (x: tf.Tensor) => tf.image[op](x as tf.Tensor4D, size, corners, centres);
          expectGradients(resize, [seeded(shape, 3)], 2e-3);
        }
      }
    }
  });
});

describe('mirrorPad gradient', () => {
  it.each(['reflect', 'symmetric'] as const)('agrees with finite differences: %s', (mode) => {
    for (const shape of SHAPES) {
      for (const [rows, columns] of [
        [
          [1, 2],
          [0, 1],
        ],
        [
          [0, 0],
          [1, 0],
        ],
        [
          [0, 0],
          [0, 0],
        ],
      ] as [number, number][][]) {
        const paddings = [[0, 0], rows, columns, [0, 0]] as [number, number][];
        expectGradients((x) => tf.mirrorPad(x, paddings, mode), [seeded(shape, 5)], 2e-3);
      }
    }
  });
});

/** A slice by its definition: for each axis, the places that it reads. */
function places([from, to, step]: [number, number, number]): number[] {
  const read: number[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) read.push(i);
  return read;
}

const span = fc.integer({min: 0, max: 5}).chain((from) =>
  fc.oneof(
    fc.tuple(fc.constant(from), fc.integer({min: from + 1, max: 6}), fc.integer({min: 1, max: 4})),
    fc
      .tuple(fc.integer({min: 0, max: from}), fc.integer({min: 1, max: 4}))
      // Of a number before the first place, tfjs counts from the end: -7 is before it.
      .map(([to, step]) => [from, to === 0 ? -7 : to - 1, -step] as [number, number, number]),
  ),
);

describe('gradient of stridedSlice', () => {
  it.prop([span, span], {numRuns: 40})('goes to the places that were read', (rows, columns) => {
    const x = seeded([6, 6], 1);
    const [begin, end, strides] = [0, 1, 2].map((i) => [rows[i], columns[i]] as number[]);
    const slice = (v: tf.Tensor) =>
      tf.stridedSlice(v, begin as number[], end as number[], strides as number[]);
    const shape = slice(x).shape;
    const dy = seeded(shape, 2);
    const dx = withGradientKernels(() => tf.grad(slice)(x, dy));
    const expected = new Array<number>(36).fill(0);
    const values = numbers(dy);
    const before = ([from, to, step]: [number, number, number]) =>
      places([from, to === -7 ? -1 : to, step]);
    before(rows).forEach((row, i) =>
      before(columns).forEach((column, j) => {
        expected[6 * row + column] = values[i * before(columns).length + j] as number;
      }),
    );
    expectClose(dx, expected);
  });

  it('takes every mask', () => {
    const x = seeded([3, 4, 5], 1);
    const slices: ((v: tf.Tensor) => tf.Tensor)[] = [
      (v) => tf.stridedSlice(v, [0, 3, 4], [0, 0, 0], [1, -2, -1], 7, 7),
      (v) => tf.stridedSlice(v, [1, 0], [2, 3], [1, 2], 0, 0, 1),
      (v) => tf.stridedSlice(v, [1, 2, 0], [2, 3, 5], [1, 1, 1], 0, 0, 0, 0, 3),
      (v) => tf.stridedSlice(v, [0, 0, 1], [3, 0, 4], [2, 1, 1], 0, 0, 0, 2),
    ];
    for (const slice of slices) expectGradients(slice, [x], 2e-3);
  });
});

describe('gradients of what moves and repeats values', () => {
  it.each<[string, number[], (x: tf.Tensor) => tf.Tensor]>([
    ['tile of rank 1', [3], (x) => tf.tile(x, [3])],
    ['tile of rank 5', [1, 2, 1, 2, 2], (x) => tf.tile(x, [2, 2, 3, 1, 2])],
    ['tile of rank 6', [1, 2, 1, 1, 2, 1], (x) => tf.tile(x, [2, 1, 2, 2, 1, 1])],
    ['broadcastTo of rank 5', [2, 1, 2], (x) => tf.broadcastTo(x, [2, 3, 2, 2, 2])],
    ['diag of a matrix', [2, 2], (x) => tf.diag(x as tf.Tensor1D)],
    ['unstack into one', [1, 3], (x) => tf.unstack(x)[0] as tf.Tensor],
    ['unstack along the last axis', [2, 3], (x) => tf.add(...(tf.unstack(x, 1).slice(1) as [tf.Tensor, tf.Tensor]))], // prettier-ignore
    ['split into one', [2, 3], (x) => tf.split(x, 1, 1)[0] as tf.Tensor],
    ['flipLeftRight', [2, 2, 3, 2], (x) => tf.image.flipLeftRight(x as tf.Tensor4D)],
    ['depthToSpace', [2, 2, 3, 8], (x) => tf.depthToSpace(x as tf.Tensor4D, 2)],
  ])('%s agrees with finite differences', (_, shape, f) => {
    expectGradients(f, [seeded(shape, 3)], 2e-3);
  });

  it('depthToSpace with channels first is that with channels last', () => {
    const gradient = (attrs: object, dy: tf.Tensor) => {
      const config = withGradientKernels(() => tf.getGradient(tf.DepthToSpace));
      return config.gradFunc(dy, [], attrs as tf.NamedAttrMap)['x'] as () => tf.Tensor;
    };
    const dy = seeded<tf.Rank.R4>([2, 4, 6, 3], 1);
    const last = gradient({blockSize: 2, dataFormat: 'NHWC'}, dy)();
    const first = gradient({blockSize: 2, dataFormat: 'NCHW'}, tf.transpose(dy, [0, 3, 1, 2]))();
    expect(first.shape).toEqual([2, 12, 2, 3]);
    expectClose(tf.transpose(first, [0, 2, 3, 1]), numbers(last), 0);
  });
});
