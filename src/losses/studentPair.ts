import type * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../core/describeValue';
import {checkLogits, checkSameShape} from '../core/checks/checkTensors';
import {InvalidArgumentError} from '../core/errors';

/** One model's logits on the adversarial and on the clean input. */
export interface CleanAndAdversarial {
  /** `[batch, classes]` float32: at the adversarial input `x'`. */
  readonly adversarial: tf.Tensor2D;
  /** `[batch, classes]` float32: at the clean input `x`. Not needed where its weight is 0. */
  readonly clean?: tf.Tensor2D | undefined;
}

/**
 * Throws unless the logits have the same shape, and those at the clean input are given if they are
 * needed.
 *
 * @returns The clean logits, or `undefined` where they are not needed.
 * @internal
 */
export function checkPair(
  where: string,
  argument: string,
  pair: CleanAndAdversarial,
  needsClean: boolean,
): tf.Tensor2D | undefined {
  if (typeof pair !== 'object' || (pair as unknown) === null) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: 'be {adversarial, clean}, logits at both inputs',
      found: describeValue(pair),
      remedy: 'Pass an object with both.',
    });
  }
  checkLogits(where, pair.adversarial, undefined, `${argument}.adversarial`);
  if (!needsClean) return undefined;
  if (pair.clean === undefined) {
    throw new InvalidArgumentError({
      where,
      argument: `${argument}.clean`,
      expected: 'be given: its weight is not 0',
      found: 'undefined',
      remedy: 'Pass the logits at the clean input, or put all weight on the adversarial one.',
    });
  }
  checkSameShape(where, `${argument}.clean`, pair.clean, pair.adversarial);
  return pair.clean;
}
