import * as tf from '@tensorflow/tfjs-core';

import {checkFunction} from '../../core/checks/checkForm';
import {checkGiven} from '../../core/checks/checkGiven';
import {checkRng} from '../../core/checks/checkRng';
import {isTensor} from '../../core/checks/checkTensors';
import type {AsyncAugmentation, Augmentation} from './augmentation';

/**
 * Applies augmentations one after another, each with a random stream of its own, so that changing
 * one does not change what another draws.
 *
 * @param augmentations - What to apply, in order: synchronous ones, asynchronous ones, your own.
 * @returns An augmentation that does all of it. It disposes the intermediate tensors, also when one
 *   throws.
 * @throws {@link InvalidArgumentError} if one of them is no function or returns no tensor.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {createRng} from 'lt-robust';
 * import {augmentInTurn, cropAndFlip, randAugment} from 'lt-robust/data';
 *
 * // The order of the papers: RandAugment, then crop and flip.
 * const augment = augmentInTurn(randAugment(), cropAndFlip());
 * const x = tf.fill<tf.Rank.R4>([2, 32, 32, 3], 0.5);
 * const y = await augment(x, createRng(1));
 * y.shape; // => [2, 32, 32, 3]
 * ```
 */
export function augmentInTurn(
  ...augmentations: readonly (Augmentation | AsyncAugmentation)[]
): AsyncAugmentation {
  augmentations.forEach((augment, i) => {
    const remedy = 'Call it first: cropAndFlip(), not cropAndFlip.';
    checkFunction('augmentInTurn', `augmentations[${i}]`, augment, remedy);
  });
  return async (x, rng) => {
    checkRng('augmentInTurn', rng, 'every augmentation draws from a fork of it');
    let current = tf.clone(x);
    try {
      for (const [i, augment] of augmentations.entries()) {
        const next = await augment(current, rng.fork(i));
        const remedy = 'Let it return the changed batch.';
        const name = `augmentations[${i}]`;
        checkGiven('augmentInTurn', name, next, isTensor(next), 'return a tensor', remedy);
        if (next !== current) current.dispose();
        current = next;
      }
      return current;
    } catch (error) {
      current.dispose();
      throw error;
    }
  };
}
