import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';

/**
 * A value whose gradient is written out, as `tf.customGrad` has it, with the kept tensors under their names.
 *
 * @param inputs - The tensors that the value is differentiated to. `forward` closes over them.
 * @param forward - Computes the value, and the tensors that the gradient needs.
 * @param gradient - From the gradient at the value and the kept tensors to the gradients at the inputs, in
 *   their order; a single one if there is one input.
 * @returns The value; the caller disposes it.
 */
export function withGradient<T extends tf.Tensor, K extends Readonly<Record<string, tf.Tensor>>>(
  inputs: readonly tf.Tensor[],
  forward: () => {readonly value: T; readonly keep: K},
  gradient: (dy: T, kept: K) => tf.Tensor | tf.Tensor[],
): T {
  const operation = tf.customGrad<T>((...given) => {
    const {value, keep} = forward();
    const save = given.at(-1);
    // What tfjs hands over last; it keeps the tensors until the tape is done, and only while one is written.
    if (typeof save === 'function') save(Object.values(keep));
    return {value, gradFunc: (dy, saved) => gradient(dy, keptUnder(keep, saved))};
  });
  return operation(...inputs);
}

// The saved tensors are copies of the kept ones, in the same order and so of the same types.
function keptUnder<K extends Readonly<Record<string, tf.Tensor>>>(
  keep: K,
  saved: readonly tf.Tensor[],
): K {
  return Object.fromEntries(Object.keys(keep).map((name, i) => [name, at(saved, i)])) as K;
}
