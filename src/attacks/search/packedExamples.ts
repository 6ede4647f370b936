import * as tf from '@tensorflow/tfjs-core';

/** The values of examples, one after another, on the JavaScript side. */
export interface PackedExamples<I extends tf.Tensor> {
  /** Shape of one example. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** A view of the values of one example: changing it changes `values`. */
  readonly of: (index: number) => Float32Array;
  /** A copy of some examples, in the order of `positions`. */
  readonly gather: (positions: Int32Array) => PackedExamples<I>;
  /** All of them as a tensor; the caller disposes it. */
  readonly upload: () => I;
}

/**
 * Values as examples.
 *
 * @param values - One example after the other.
 * @param like - A batch `[any, ...]` of examples of the same shape.
 */
export function packedExamples<I extends tf.Tensor>(
  values: Float32Array,
  like: I,
): PackedExamples<I> {
  const shape = like.shape.slice(1);
  const size = tf.util.sizeFromShape(shape);
  const of = (index: number) => values.subarray(index * size, (index + 1) * size);
  return {
    shape,
    values,
    of,
    gather: (positions) => {
      const gathered = new Float32Array(positions.length * size);
      positions.forEach((position, i) => {
        gathered.set(of(position), i * size);
      });
      return packedExamples(gathered, like);
    },
    upload: () => tf.tensor(values, [values.length / size, ...shape]) as I,
  };
}
