import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import type {Rng} from '../../core/rng';

/** Where an ascent starts: a point, or a function of `x` and the attack's `rng`. */
export type StartPoint =
  tf.Tensor | {start(x: tf.Tensor, rng: Rng | undefined): tf.Tensor}['start'];

/**
 * The point that a caller wants to start at.
 *
 * @param where - The public attack, for the error message.
 * @returns A tensor of the caller's own scope, of the shape of `x`.
 * @throws {@link InvalidArgumentError} if it has another shape.
 */
export function ownStart<I extends tf.Tensor>(
  where: string,
  start: StartPoint,
  x: I,
  rng: Rng | undefined,
): I {
  const point = typeof start === 'function' ? start(x, rng) : start;
  if (!(point instanceof tf.Tensor) || !tf.util.arraysEqual(point.shape, x.shape)) {
    throw new InvalidArgumentError({
      where,
      argument: 'start',
      expected: `be a tensor of the shape of x, [${x.shape.join(', ')}], or give one`,
      found: describeValue(point),
      remedy: 'Start at x plus noise of its shape.',
    });
  }
  return tf.clone(point) as I;
}
