import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import {gradientOf, type Gradient} from './kernel';

const BINARY = [
  tf.BitwiseAnd,
  tf.Equal,
  tf.Greater,
  tf.GreaterEqual,
  tf.Less,
  tf.LessEqual,
  tf.LogicalAnd,
  tf.LogicalOr,
  tf.NotEqual,
];

/** Kernels whose outputs are constant wherever they have a derivative, and their inputs. */
const CONSTANT: Readonly<Record<string, string[]>> = {
  ...Object.fromEntries(BINARY.map((name) => [name, ['a', 'b']])),
  ...Object.fromEntries(
    [tf.All, tf.Any, tf.ArgMax, tf.ArgMin, tf.LogicalNot].map((name) => [name, ['x']]),
  ),
  [tf.Multinomial]: ['logits'],
  [tf.NonMaxSuppressionV3]: ['boxes', 'scores'],
  [tf.SearchSorted]: ['sortedSequence', 'values'],
};

/**
 * Zero gradients of comparisons, logic and operations that pick an index. tfjs has them for some
 * only, and in the type of the input, which its engine refuses unless it is float32.
 */
export const ZERO_GRADIENTS: Readonly<Record<string, Gradient>> = Object.fromEntries(
  Object.entries(CONSTANT).map(([kernel, inputs]) => [
    kernel,
    gradientOf(inputs, (_, saved: readonly tf.Tensor[]) =>
      Object.fromEntries(
        saved.map(({shape}, i): [string, () => tf.Tensor] => [
          at(inputs, i),
          () => tf.zeros(shape),
        ]),
      ),
    ),
  ]),
);
