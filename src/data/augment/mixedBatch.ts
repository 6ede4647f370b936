import * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from '../../core/checks/checkForm';
import {checkGiven, hasParts} from '../../core/checks/checkGiven';
import {at} from '../../core/at';
import {checkBatch} from '../../core/checks/checkTensors';
import {checkLabelValues} from '../../core/checks/checkValues';
import {readsCheaply} from '../../core/checks/readsAtOnce';
import type {Batch} from '../../core/dataset';
import type {Loss} from '../../core/loss';
import type {Rng} from '../../core/rng';

/** A batch in which each example is a mixture of two. The caller disposes all four tensors. */
export interface MixedBatch<I extends tf.Tensor = tf.Tensor4D> {
  /** The mixed examples, as many as before. */
  readonly x: I;
  /** `[batch, classes]` float32: the weight of each class; every row sums to 1. */
  readonly labels: tf.Tensor2D;
  /** `[batch]` int32: the label that has the weight `weight`. */
  readonly first: tf.Tensor1D;
  /** `[batch]` int32: the label that has the weight 1 − `weight`. */
  readonly second: tf.Tensor1D;
  /** Weight of the first label, in `[0, 1]`, the same for the whole batch. */
  readonly weight: number;
}

/** A random mixture of the examples of a batch with each other. */
export type Mixing<I extends tf.Tensor = tf.Tensor4D> = (
  batch: Batch<I>,
  rng: Rng,
) => MixedBatch<I>;

/**
 * Mixes each example with the one before it (the first with the last), as torchvision does: a
 * batch that was drawn at random needs no further shuffle.
 *
 * @param where - Public function, for the error messages.
 * @param batch - What to mix.
 * @param numClasses - Length of a row of labels.
 * @param weight - Weight of an example's own label.
 * @param blend - The mixed examples, from the batch and the same batch one example further.
 * @internal
 */
export function mixNeighbours<I extends tf.Tensor>(
  where: string,
  {x, labels}: Batch<I>,
  numClasses: number,
  weight: number,
  blend: (x: I, other: I) => I,
): MixedBatch<I> {
  checkBatch(where, x, labels);
  if (readsCheaply()) checkLabelValues(where, labels, numClasses);
  const mixed = tf.tidy(() => {
    const second = oneFurther(labels);
    const share = (of: tf.Tensor1D, amount: number) =>
      tf.mul(tf.cast(tf.oneHot(of, numClasses), 'float32'), amount);
    return {
      x: blend(x, oneFurther(x)),
      labels: tf.add<tf.Tensor2D>(share(labels, weight), share(second, 1 - weight)),
      first: tf.clone(labels),
      second,
    };
  });
  return {...mixed, weight};
}

// Example i becomes example i + 1, the last one the first. A gather of images is slow on wasm.
function oneFurther<T extends tf.Tensor>(examples: T): T {
  const last = at(examples.shape, 0) - 1;
  const rest = examples.shape.slice(1).map(() => 0);
  const head = tf.slice(examples, [0, ...rest], [last, ...rest.map(() => -1)]);
  const tail = tf.slice(examples, [last, ...rest], [1, ...rest.map(() => -1)]);
  return tf.concat([tail, head]) as T;
}

/**
 * A loss for a mixed batch from any loss for labels: that of the first label times its weight plus
 * that of the second times the rest. For losses that are linear in the label (cross-entropy,
 * balanced softmax) this is the loss of the soft labels `batch.labels`.
 *
 * @param loss - A loss of logits and labels, such as `crossEntropy`.
 * @param batch - The mixed batch that the logits belong to.
 * @returns A function of logits `[batch, classes]` to one value per example, in nats.
 * @throws {@link InvalidArgumentError} if `loss` is no function or `batch` is not mixed.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng, crossEntropy} from 'lt-robust';
 * import {mixedLoss, mixUp} from 'lt-robust/data';
 *
 * const batch = {x: tf.tensor2d([[0], [1]]), labels: tf.tensor1d([0, 1], 'int32')};
 * const mixed = mixUp<tf.Tensor2D>({numClasses: 2})(batch, createRng(1));
 * const logits = tf.tensor2d([[0, 0], [0, 0]]);
 * mixedLoss(crossEntropy, mixed)(logits).dataSync(); // => [0.6931, 0.6931] = ln 2
 * ```
 */
export function mixedLoss<I extends tf.Tensor>(
  loss: Loss,
  batch: MixedBatch<I>,
): (logits: tf.Tensor2D) => tf.Tensor1D {
  checkFunction('mixedLoss', 'loss', loss, 'Pass one such as crossEntropy.');
  const isMixed = hasParts(batch, 'first', 'second') && typeof batch.weight === 'number';
  const expected = 'be {x, first, second, weight}';
  checkGiven('mixedLoss', 'batch', batch, isMixed, expected, 'Pass what mixUp or cutMix gave.');
  const {first, second, weight} = batch;
  return (logits) =>
    tf.tidy(() =>
      tf.add(tf.mul(loss(logits, first), weight), tf.mul(loss(logits, second), 1 - weight)),
    );
}
