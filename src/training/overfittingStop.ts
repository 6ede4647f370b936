import type * as tf from '@tensorflow/tfjs-core';

import {isPlainObject, plainOptions} from '../core/options';
import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {trainingAttack} from '../methods/attackBatch';

/** When a training is stopped for catastrophic overfitting. */
export interface OverfittingStop<I extends tf.Tensor = tf.Tensor4D> {
  /**
   * The training stops at an epoch in which the accuracy on one training batch under `attack` fell
   * by more than this fraction, in `[0, 1]`. @defaultValue 0.2
   */
  readonly fall?: number | undefined;
  /**
   * What the batch is attacked with after every epoch; it has to be stronger than the attack of the
   * training.
   * @defaultValue pgdAttack with L∞ 8/255, 5 steps of 2/255, a random start
   */
  readonly attack?: Attack<I> | undefined;
}

/** A stop with its defaults filled in. */
export interface CompleteStop<I extends tf.Tensor> {
  readonly fall: number;
  readonly attack: Attack<I>;
}

// As published: five steps of PGD.
const PROBE = {steps: 5, stepSize: 2 / 255};

/**
 * Checks a recipe's stop, and fills in its defaults.
 *
 * @param where - Name for error messages.
 * @param stop - The recipe's.
 * @returns The stop with its defaults; `undefined` for `undefined`.
 * @throws {@link InvalidArgumentError} if it is no object, has an unknown option, or `fall` is out of
 *   range.
 */
export function completeStop<I extends tf.Tensor>(
  where: string,
  stop: OverfittingStop<I> | undefined,
): CompleteStop<I> | undefined {
  if (stop === undefined) return undefined;
  const isObject = isPlainObject(stop);
  const given: OverfittingStop<I> = isObject ? plainOptions(where, stop, 'fall') : {};
  const {fall = 0.2, attack = trainingAttack<I>(PROBE), ...unknown} = given;
  if (!isObject || Object.keys(unknown).length > 0 || typeof attack !== 'function') {
    throw new InvalidArgumentError({
      where,
      argument: 'overfittingStop',
      expected: 'be {fall, attack}, both optional',
      found: describeValue(stop),
      remedy: 'Write overfittingStop: {}, or leave it out.',
    });
  }
  checkNumber(where, 'overfittingStop.fall', fall, {min: 0, max: 1});
  return {fall, attack};
}
