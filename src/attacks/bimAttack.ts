import type * as tf from '@tensorflow/tfjs-core';

import type {Model} from '../core/classifier';
import {type Defaults, type Unset, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import type {PgdOptions} from './pgdAttack';
import {ASCENT_DEFAULTS, WATCH_DEFAULTS, type WatchOptions} from './search/ascentOptions';
import {iteratedAscent, iteratedAscentAsync} from './search/iteratedAscent';

/** Options of {@link bimAttack}: those of {@link pgdAttack}, without a random start. */
export interface BimOptions extends Omit<PgdOptions, 'rng' | 'startDeviation' | 'start'> {
  /**
   * Accepted, and ignored, so that it is an {@link Attack} as it stands: it draws nothing at random.
   */
  readonly rng?: Rng | undefined;
}

const DEFAULTS: Defaults<BimOptions, Unset<typeof ASCENT_DEFAULTS> | 'stepSize'> = {
  ...ASCENT_DEFAULTS,
  stepSize: undefined,
  steps: 10,
};

/**
 * Basic iterative method: {@link pgdAttack} from `x` itself, so that it is deterministic. Steps are
 * a quarter of epsilon by default, which at 8/255 is the 2/255 of torchattacks; Foolbox takes a
 * fifth, the paper one grey level.
 *
 * Cost: `steps` forward passes and as many backward passes to the input.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link BimOptions}.
 * @returns Perturbed inputs, the shape of `x`; the caller disposes them.
 * @throws {@link InvalidArgumentError} as {@link pgdAttack} does.
 * @see Kurakin et al. 2017, Adversarial Examples in the Physical World, Sec. 2.2.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {bimAttack} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1], [-2, 2]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const options = {epsilon: 0.1, stepSize: 0.02, steps: 3};
 * const adversarial = bimAttack(model, tf.tensor2d([[0.5, 0.5]]), labels, options);
 * adversarial.dataSync(); // => [0.44, 0.56]
 * ```
 */
export function bimAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: BimOptions = {},
): I {
  const settings = withDefaults('bimAttack', DEFAULTS, options);
  return iteratedAscent('bimAttack', model, x, labels, {...settings, ...FROM_X});
}

const FROM_X = {rng: undefined, startDeviation: undefined};

/** Options of {@link bimAttackAsync}: those of {@link bimAttack}, and how it is watched. */
export interface BimAsyncOptions extends BimOptions, WatchOptions {}

const ASYNC_DEFAULTS: Defaults<BimAsyncOptions, Unset<typeof DEFAULTS> | keyof WatchOptions> = {
  ...DEFAULTS,
  ...WATCH_DEFAULTS,
};

/**
 * {@link bimAttack} for long attacks, as {@link pgdAttackAsync} is {@link pgdAttack}: the same result.
 *
 * Cost: as {@link bimAttack}.
 *
 * @param model - As for {@link bimAttack}.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link BimAsyncOptions}.
 * @returns Perturbed inputs, the shape of `x`; the caller disposes them.
 * @throws As {@link pgdAttackAsync}.
 * @see Kurakin et al. 2017, Adversarial Examples in the Physical World, Sec. 2.2.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {bimAttackAsync} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1], [-2, 2]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const options = {epsilon: 0.1, stepSize: 0.02, steps: 3};
 * const adversarial = await bimAttackAsync(model, tf.tensor2d([[0.5, 0.5]]), labels, options);
 * adversarial.dataSync(); // => [0.44, 0.56]
 * ```
 */
export async function bimAttackAsync<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: BimAsyncOptions = {},
): Promise<I> {
  const settings = withDefaults('bimAttackAsync', ASYNC_DEFAULTS, options);
  return iteratedAscentAsync('bimAttackAsync', model, x, labels, {...settings, ...FROM_X});
}
