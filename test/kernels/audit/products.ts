import * as tf from '@tensorflow/tfjs-core';

import {type OpCase, opCase} from './opCase';

const EINSUMS: readonly (readonly [string, ...number[][]])[] = [
  ['ij,jk->ik', [2, 3], [3, 4]],
  ['bsd,btd->bst', [2, 3, 4], [2, 2, 4]],
  ['bst,btd->bsd', [2, 3, 2], [2, 2, 4]],
  ['bhqd,bhkd->bhqk', [2, 2, 3, 2], [2, 2, 4, 2]],
  ['bsi,ij->bsj', [2, 3, 4], [4, 2]],
  ['i,j->ji', [3], [4]],
  ['ij,ij->', [2, 3], [2, 3]],
  ['abi,cb->ca', [2, 3, 4], [5, 3]],
  ['ij->ji', [2, 3]],
  ['ijk->j', [2, 3, 4]],
];

const einsums = EINSUMS.map(([equation, ...shapes]) =>
  opCase('einsum', equation, shapes, (...x: tf.Tensor[]) => tf.einsum(equation, ...x)),
);

/** Zeros among the values: what divides by them fails. */
const withZeros = (x: tf.Tensor) =>
  tf.mul(x, tf.reshape(tf.tensor1d([1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1]), x.shape));

const cumprods = (
  [
    ['axis 1', 1, false, false],
    ['axis 0, exclusive', 0, true, false],
    ['axis 1, reverse', 1, false, true],
    ['axis 1, exclusive, reverse', 1, true, true],
  ] as [string, number, boolean, boolean][]
).flatMap(([variant, axis, exclusive, reverse]) => [
  opCase('cumprod', variant, [[3, 4]], (x: tf.Tensor) => tf.cumprod(x, axis, exclusive, reverse)),
  opCase('cumprod', `${variant}, zeros`, [[3, 4]], (x: tf.Tensor) =>
    tf.cumprod(withZeros(x), axis, exclusive, reverse),
  ),
]);

/** Products of tensors, and of the values of one. */
export const PRODUCTS: readonly OpCase[] = [
  ...einsums,
  ...cumprods,
  opCase('prod', 'axis 1', [[3, 4]], (x: tf.Tensor) => tf.prod(x, 1)),
  opCase('prod', 'all', [[2, 3]], (x: tf.Tensor) => tf.prod(x)),
  opCase('prod', 'axes 0 and 2, kept', [[2, 3, 2]], (x: tf.Tensor) => tf.prod(x, [0, 2], true)),
  opCase('prod', 'zeros', [[3, 4]], (x: tf.Tensor) => tf.prod(withZeros(x), 1)),
  opCase('prod', 'last axis', [[2, 2, 3]], (x: tf.Tensor) => tf.prod(x, -1)),
  opCase(
    'matMul',
    'weight of all rows',
    [
      [2, 3, 4],
      [4, 2],
    ],
    (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b),
  ),
  opCase(
    'matMul',
    'matrices of all batches',
    [
      [2, 3, 3, 4],
      [3, 4, 2],
    ],
    (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b),
  ),
  opCase(
    'matMul',
    'broadcast, transposed',
    [
      [3, 4, 2],
      [5, 4],
    ],
    (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, true, true),
  ),
];
