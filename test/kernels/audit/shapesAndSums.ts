import * as tf from '@tensorflow/tfjs-core';

import {type OpCase, distinct, negative, opCase, positive} from './opCase';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type Axis = (x: tf.Tensor, axis?: number | number[]) => tf.Tensor;

const BINARY: Readonly<Record<string, Binary>> = {
  add: (a, b) => tf.add(a, b),
  sub: (a, b) => tf.sub(a, b),
  mul: (a, b) => tf.mul(a, b),
};

const merges = Object.entries(BINARY).flatMap(([name, f]) => [
  opCase(
    name,
    'same shape',
    [
      [2, 3, 4],
      [2, 3, 4],
    ],
    f,
  ),
  opCase(name, 'broadcast [2, 3, 4] with [4]', [[2, 3, 4], [4]], f),
  opCase(
    name,
    'broadcast [2, 1, 4] with [3, 1]',
    [
      [2, 1, 4],
      [3, 1],
    ],
    f,
  ),
]);

const REDUCTIONS: Readonly<Record<string, Axis>> = {
  sum: (x, axis) => tf.sum(x, axis),
  mean: (x, axis) => tf.mean(x, axis),
  max: (x, axis) => tf.max(x, axis),
  min: (x, axis) => tf.min(x, axis),
};

const reductions = Object.entries(REDUCTIONS).flatMap(([name, f]) => [
  opCase(name, 'all', [negative(2, 3, 4)], (x: tf.Tensor) => f(x)),
  opCase(name, 'all but the last axis', [distinct(2, 3, 2, 3)], (x: tf.Tensor) => f(x, [0, 1, 2])),
  opCase(name, 'axes 1 and 2 (global pooling)', [distinct(2, 3, 3, 2)], (x: tf.Tensor) =>
    f(x, [1, 2]),
  ),
  opCase(name, 'last axis, negative values', [negative(3, 5)], (x: tf.Tensor) => f(x, -1)),
]);

/** Merges, reductions and what only moves values. */
export const SHAPES_AND_SUMS: readonly OpCase[] = [
  ...merges,
  opCase(
    'squaredDifference',
    'same shape',
    [
      [2, 3],
      [2, 3],
    ],
    (a: tf.Tensor, b: tf.Tensor) => tf.squaredDifference(a, b),
  ),
  opCase('squaredDifference', 'broadcast', [[2, 3], [3]], (a: tf.Tensor, b: tf.Tensor) =>
    tf.squaredDifference(a, b),
  ),
  opCase('div', 'same shape', [[2, 3], positive(2, 3)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.div(a, b),
  ),
  opCase('div', 'broadcast, negative divisor', [[2, 3, 4], [4]], (a: tf.Tensor, b: tf.Tensor) =>
    tf.div(a, tf.sub(tf.neg(tf.square(b)), 0.3)),
  ),
  opCase('mod', 'broadcast', [positive(2, 3), positive(3)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.mod(tf.add(tf.mul(a, 0.2), 2.9), tf.add(tf.mul(b, 0.01), 1.3)),
  ),
  opCase('atan2', 'broadcast', [positive(2, 3), positive(3)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.atan2(a, b),
  ),
  ...(['maximum', 'minimum'] as const).map((name) =>
    opCase(name, 'broadcast', [distinct(4, 5)], (x: tf.Tensor) => {
      const [a, b] = tf.split(x, [3, 1], 0) as [tf.Tensor, tf.Tensor];
      return tf[name](tf[name](a, b), tf.slice(x, [2, 4], [1, 1]));
    }),
  ),
  // Of one grid, so that no two are near each other.
  ...(['maximum', 'minimum'] as const).map((name) =>
    opCase(name, 'two halves of one tensor', [distinct(2, 4, 3)], (x: tf.Tensor) => {
      const [a, b] = tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor];
      return tf[name](a, b);
    }),
  ),
  opCase(
    'addN',
    'three',
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    (...x: tf.Tensor[]) => tf.addN(x),
  ),
  ...reductions,
  opCase('cumsum', 'axis 1', [[2, 5]], (x: tf.Tensor) => tf.cumsum(x, 1)),
  opCase('cumsum', 'axis 0 of a square', [[3, 3]], (x: tf.Tensor) => tf.cumsum(x, 0)),
  opCase('cumsum', 'axis 0, exclusive', [[4, 3]], (x: tf.Tensor) => tf.cumsum(x, 0, true)),
  opCase(
    'moments',
    'variance over the last axis',
    [[3, 5]],
    (x: tf.Tensor) => tf.moments(x, -1, true).variance,
  ),
  opCase(
    'concat',
    'last axis',
    [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    (...x: tf.Tensor[]) => tf.concat(x, 1),
  ),
  opCase(
    'concat',
    'first axis',
    [
      [1, 2, 2],
      [3, 2, 2],
    ],
    (...x: tf.Tensor[]) => tf.concat(x, 0),
  ),
  opCase(
    'stack',
    'axis 1',
    [
      [2, 3],
      [2, 3],
    ],
    (...x: tf.Tensor[]) => tf.stack(x, 1),
  ),
  opCase('unstack', 'axis 1, second', [[2, 3, 2]], (x: tf.Tensor) =>
    tf.mul(tf.unstack(x, 1)[1] as tf.Tensor, 2),
  ),
  opCase('unstack', 'of one', [[1, 3]], (x: tf.Tensor) => tf.unstack(x)[0] as tf.Tensor),
  opCase('split', 'into one', [[2, 3]], (x: tf.Tensor) => tf.split(x, 1, 1)[0] as tf.Tensor),
  opCase('split', 'axis 1, both parts', [[2, 5]], (x: tf.Tensor) => {
    const [a, b] = tf.split(x, [2, 3], 1) as [tf.Tensor, tf.Tensor];
    return tf.concat([tf.mul(b, 2), a], 1);
  }),
  opCase('reshape', '[2, 6] to [3, 4]', [[2, 6]], (x: tf.Tensor) => tf.reshape(x, [3, 4])),
  opCase('expandDims', 'and squeeze', [[2, 1, 3]], (x: tf.Tensor) =>
    tf.expandDims(tf.squeeze(x, [1]), 0),
  ),
  opCase('transpose', '[0, 2, 1]', [[2, 3, 4]], (x: tf.Tensor) => tf.transpose(x, [0, 2, 1])),
  opCase('transpose', '[3, 1, 2, 0]', [[2, 3, 2, 2]], (x: tf.Tensor) =>
    tf.transpose(x, [3, 1, 2, 0]),
  ),
  opCase('reverse', 'axis 1', [[2, 3, 2]], (x: tf.Tensor) => tf.reverse(x, 1)),
  opCase('tile', '[2, 1, 3]', [[1, 2, 2]], (x: tf.Tensor) => tf.tile(x, [2, 1, 3])),
  opCase('tile', 'rank 5', [[1, 2, 1, 2, 2]], (x: tf.Tensor) => tf.tile(x, [2, 1, 3, 2, 1])),
  opCase('diag', 'vector', [[4]], (x: tf.Tensor) => tf.diag(x as tf.Tensor1D)),
  opCase('bandPart', 'one diagonal on each side', [[4, 4]], (x: tf.Tensor) =>
    tf.linalg.bandPart(x, 1, 1),
  ),
  ...(
    [
      ['every other', [7, 5], [0, 0], [7, 5], [2, 3], [0, 0, 0, 0, 0]],
      ['backwards', [6, 5], [5, 4], [-7, 0], [-2, -3], [0, 0, 0, 0, 0]],
      ['masks', [4, 3, 5], [1, 0, 1], [3, 9, 2], [1, 1, 2], [0, 2, 0, 0, 0]],
      ['ellipsis and a new axis', [2, 3, 4, 6], [0, 0, 1], [0, 0, 6], [1, 1, 2], [0, 0, 2, 1, 0]],
      ['one row, its axis gone', [4, 6, 3], [2, 1, 0], [3, 6, 3], [1, 1, 1], [0, 0, 0, 0, 1]],
      ['a slice', [5, 4], [1, 0], [4, 3], [1, 1], [0, 0, 0, 0, 0]],
    ] as [string, ...number[][]][]
  ).map(([variant, shape = [], begin = [], end = [], strides = [], masks = []]) =>
    opCase('stridedSlice', variant, [shape], (x: tf.Tensor) =>
      tf.stridedSlice(x, begin, end, strides, ...masks),
    ),
  ),
  opCase('broadcastTo', 'rank 5', [[2, 1, 1, 2]], (x: tf.Tensor) =>
    tf.broadcastTo(x, [2, 2, 3, 1, 2]),
  ),
  opCase('broadcastTo', '[3, 1] to [3, 4]', [[3, 1]], (x: tf.Tensor) => tf.broadcastTo(x, [3, 4])),
  opCase('slice', 'cropping', [[2, 5, 6, 2]], (x: tf.Tensor) =>
    tf.slice(x, [0, 1, 2, 0], [2, 3, 3, 2]),
  ),
  opCase('pad', 'zeros', [[2, 3, 3, 2]], (x: tf.Tensor) =>
    tf.pad(x, [
      [0, 0],
      [1, 2],
      [0, 1],
      [0, 0],
    ]),
  ),
  ...(['reflect', 'symmetric'] as const).map((mode) =>
    opCase('mirrorPad', mode, [[2, 3, 4, 1]], (x: tf.Tensor) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 2],
          [2, 1],
          [0, 0],
        ],
        mode,
      ),
    ),
  ),
  opCase('spaceToBatchND', 'and batchToSpaceND', [[1, 4, 4, 2]], (x: tf.Tensor) =>
    tf.batchToSpaceND(
      tf.square(
        tf.spaceToBatchND(
          x,
          [2, 2],
          [
            [0, 0],
            [0, 0],
          ],
        ),
      ),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ),
  ...(
    [
      [0, [3, 4]],
      [1, [2, 3, 2]],
    ] as [number, number[]][]
  ).map(([axis, shape]) =>
    opCase('gather', `axis ${axis}, repeated indices`, [shape], (x: tf.Tensor) =>
      tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), axis),
    ),
  ),
  opCase(
    'where',
    'by a mask',
    [
      [2, 3],
      [2, 3],
    ],
    (a: tf.Tensor, b: tf.Tensor) => tf.where(tf.tensor2d([1, 0, 1, 1, 0, 0], [2, 3], 'bool'), a, b),
  ),
];
