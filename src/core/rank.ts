import type * as tf from '@tensorflow/tfjs-core';

/** The types of tensors by their rank. */
interface Ranks {
  readonly 1: tf.Tensor1D;
  readonly 2: tf.Tensor2D;
  readonly 3: tf.Tensor3D;
  readonly 4: tf.Tensor4D;
  readonly 5: tf.Tensor5D;
}

const hasRank = <R extends keyof Ranks>(tensor: tf.Tensor, rank: R): tensor is Ranks[R] =>
  tensor.rank === rank;

const hasRankOf = <T extends tf.Tensor>(tensor: tf.Tensor, other: T): tensor is T =>
  tensor.rank === other.rank;

/**
 * Narrows the type of a tensor to the rank that it has by construction. The rank is checked, so
 * that a mistake in this package throws here.
 *
 * @param tensor - Comes back as it is.
 * @param rank - From 1 to 5.
 */
export function ofRank<R extends keyof Ranks>(tensor: tf.Tensor, rank: R): Ranks[R] {
  if (!hasRank(tensor, rank)) throw new RangeError(`a tensor of rank ${tensor.rank}, not ${rank}`);
  return tensor;
}

/**
 * Narrows the type of a tensor to that of another tensor of the same rank.
 *
 * @param tensor - Comes back as it is.
 * @param other - Gives the type.
 */
export function ofRankOf<T extends tf.Tensor>(tensor: tf.Tensor, other: T): T {
  if (!hasRankOf(tensor, other)) {
    throw new RangeError(`a tensor of rank ${tensor.rank}, not ${other.rank}`);
  }
  return tensor;
}
