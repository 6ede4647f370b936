import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {type OpCase, distinct, opCase, positive} from './opCase';

type Compare = (x: tf.Tensor) => tf.Tensor;

/** Masks of a tensor; none of its values is near 0 or 0.36. */
const MASKS: Readonly<Record<string, Compare>> = {
  greater: (x) => tf.greater(x, 0.36),
  greaterEqual: (x) => tf.greaterEqual(x, 0.36),
  less: (x) => tf.less(x, 0.36),
  lessEqual: (x) => tf.lessEqual(x, 0.36),
  equal: (x) => tf.equal(x, tf.floor(x)),
  notEqual: (x) => tf.notEqual(x, 0),
  logicalAnd: (x) => tf.logicalAnd(tf.greater(x, -0.36), tf.less(x, 0.36)),
  logicalOr: (x) => tf.logicalOr(tf.greater(x, 0.36), tf.less(x, -0.36)),
  logicalNot: (x) => tf.logicalNot(tf.greater(x, 0.36)),
  logicalXor: (x) => tf.logicalXor(tf.greater(x, 0.36), tf.less(x, -0.36)),
  any: (x) => tf.any(tf.greater(x, 0.36), 1, true),
  all: (x) => tf.all(tf.notEqual(x, 0), 1, true),
};

const ints = (values: number[], shape: number[]) => tf.tensor(values, shape, 'int32');

const gathers = (
  [
    [
      'batch dimension 1, axis 1',
      [2, 4],
      [
        [2, 0, 2, 3, 3, 1],
        [2, 3],
      ],
      1,
      1,
    ],
    [
      'batch dimension 1, axis 1, rows',
      [2, 3, 2],
      [
        [2, 0],
        [2, 1],
      ],
      1,
      1,
    ],
    [
      'batch dimension 1, axis 2',
      [2, 2, 3],
      [
        [1, 2, 2, 0],
        [2, 2],
      ],
      2,
      1,
    ],
    [
      'batch dimensions 2',
      [2, 2, 3, 2],
      [
        [2, 0, 1, 1, 0, 2, 2, 2],
        [2, 2, 2],
      ],
      2,
      2,
    ],
    [
      'two-dimensional indices',
      [2, 4, 2],
      [
        [3, 0, 1, 1],
        [2, 2],
      ],
      1,
      0,
    ],
  ] as [string, number[], [number[], number[]], number, number][]
).map(([variant, shape, [values, indexShape], axis, batchDims]) =>
  opCase('gather', variant, [shape], (x: tf.Tensor) =>
    tf.gather(x, ints(values, indexShape) as tf.Tensor1D, axis, batchDims),
  ),
);

/** Masks, and operations that pick or place values by index. */
export const MASKS_AND_PICKS: readonly OpCase[] = [
  ...Object.entries(MASKS).flatMap(([name, mask]) => [
    opCase(name, 'mask of where', [distinct(3, 7)], (x: tf.Tensor) => {
      const chosen = tf.broadcastTo(mask(x), [3, 7]);
      return tf.where(chosen, tf.square(x), tf.mul(x, 3));
    }),
    opCase(name, 'factor', [distinct(2, 6)], (x: tf.Tensor) =>
      tf.mul(x, tf.cast(mask(tf.cast(tf.mul(x, 1), 'float32')), 'float32')),
    ),
  ]),
  opCase('greater', 'of whole numbers', [distinct(2, 6)], (x: tf.Tensor) =>
    tf.mul(x, tf.cast(tf.greater(tf.cast(tf.sign(x), 'int32'), ints([0], [1])), 'float32')),
  ),
  opCase(
    'thresholdedReLU',
    'layer',
    [distinct(3, 9)],
    (x: tf.Tensor) => layers.layers.thresholdedReLU({theta: 0.36}).apply(x) as tf.Tensor,
  ),
  opCase(
    'masking',
    'layer',
    [distinct(2, 3, 3)],
    (x: tf.Tensor) => layers.layers.masking({maskValue: 0}).apply(x) as tf.Tensor,
  ),
  opCase('argMax', 'as indices of gather', [distinct(3, 4)], (x: tf.Tensor) =>
    tf.gather(tf.transpose(x), tf.argMax(x, 1)),
  ),
  ...gathers,
  opCase('gatherND', 'rows', [[3, 4, 2]], (x: tf.Tensor) =>
    tf.gatherND(x, ints([0, 3, 2, 1, 0, 3], [3, 2])),
  ),
  opCase('gatherND', 'slices', [[4, 3]], (x: tf.Tensor) => tf.gatherND(x, ints([3, 0, 3], [3, 1]))),
  opCase('scatterND', 'rows, one twice', [[3, 2]], (updates: tf.Tensor) =>
    tf.scatterND(ints([1, 3, 1], [3, 1]), updates, [5, 2]),
  ),
  opCase(
    'tensorScatterUpdate',
    'rows',
    [
      [4, 2],
      [2, 2],
    ],
    (x: tf.Tensor, updates: tf.Tensor) => tf.tensorScatterUpdate(x, ints([1, 3], [2, 1]), updates),
  ),
  ...([1, 3] as const).map((k) =>
    opCase('topk', `${k} of 7`, [distinct(2, 2, 7)], (x: tf.Tensor) => tf.topk(x, k).values),
  ),
  opCase('topk', 'of a vector', [distinct(9)], (x: tf.Tensor) => tf.topk(x, 4).values),
  opCase('topk', 'as a threshold', [distinct(3, 6)], (x: tf.Tensor) => {
    const {values} = tf.topk(x, 3);
    return tf.mul(x, tf.cast(tf.greaterEqual(x, tf.slice(values, [0, 2], [3, 1])), 'float32'));
  }),
  opCase('unsortedSegmentSum', 'rows', [[4, 2]], (x: tf.Tensor) =>
    tf.unsortedSegmentSum(x, ints([1, 0, 1, 2], [4]) as tf.Tensor1D, 3),
  ),
  opCase(
    'maxPoolWithArgmax',
    '2x2',
    [distinct(2, 4, 4, 2)],
    (x: tf.Tensor4D) => tf.maxPoolWithArgmax(x, 2, 2, 'valid')['result'] as tf.Tensor,
  ),
  opCase('booleanMask', 'fixed', [[4, 2]], (x: tf.Tensor) =>
    tf.gather(x, ints([0, 2], [2]) as tf.Tensor1D),
  ),
  opCase('where', 'broadcast', [positive(2, 1, 3), [4, 1]], (a: tf.Tensor, b: tf.Tensor) =>
    tf.where(tf.tensor2d([1, 0, 1, 1], [4, 1], 'bool'), a, b),
  ),
];
