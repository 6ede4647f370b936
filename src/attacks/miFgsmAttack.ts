import * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../core/checks/checkNumber';
import type {Model} from '../core/classifier';
import {type Defaults, type Unset, withDefaults} from '../core/options';
import {steepestAscent} from '../math/ball';
import {exampleAxes} from '../math/perExample';
import {PGD_DEFAULTS, type PgdOptions} from './pgdAttack';
import type {StepDirection} from './search/ascent';
import {WATCH_DEFAULTS, type WatchOptions} from './search/ascentOptions';
import {iteratedAscent, iteratedAscentAsync} from './search/iteratedAscent';

/** Options of {@link miFgsmAttack}: those of {@link pgdAttack}, and the memory of its steps. */
export interface MiFgsmOptions extends PgdOptions {
  /** Decay factor μ ≥ 0 of the velocity; 0 gives PGD. @defaultValue 1 */
  readonly decay?: number | undefined;
}

const DEFAULTS: Defaults<MiFgsmOptions, Unset<typeof PGD_DEFAULTS>> = {...PGD_DEFAULTS, decay: 1};

// Where a gradient is zero so is its mean: the quotient has to be zero, not NaN.
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Momentum iterative FGSM: {@link pgdAttack} along a velocity that sums up the gradients so far,
 * each divided by its mean magnitude. Its steps turn less from one to the next, so that the result
 * transfers better to other models; see {@link transferAttack}. Under L2 a step goes along the
 * velocity over its length.
 *
 * Cost: `steps` forward passes and as many backward passes to the input.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link MiFgsmOptions}.
 * @returns Perturbed inputs, the shape of `x`; the caller disposes them.
 * @throws {@link InvalidArgumentError} as {@link pgdAttack} does, and if `decay` is below 0.
 * @see Dong et al. 2018, Boosting Adversarial Attacks with Momentum, Algorithm 1 (which divides by
 *   the sum of magnitudes: the same direction).
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {miFgsmAttack} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1], [-2, 2]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const adversarial = miFgsmAttack(model, tf.tensor2d([[0.5, 0.5]]), labels, {epsilon: 0.1});
 * adversarial.dataSync(); // => [0.4, 0.6]
 * ```
 */
export function miFgsmAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: MiFgsmOptions = {},
): I {
  const {decay, ...settings} = withDefaults('miFgsmAttack', DEFAULTS, options);
  checkNumber('miFgsmAttack', 'decay', decay, {min: 0});
  return iteratedAscent('miFgsmAttack', model, x, labels, settings, accumulated(decay));
}

// The sum of the gradients so far, each made unit length, with the older ones decayed.
function accumulated<I extends tf.Tensor>(decay: number): StepDirection<I> {
  let velocity: I | undefined; // outlives the tidy of a step
  return {
    of: (gradient, norm) => {
      const magnitude = tf.mean(tf.abs(gradient), exampleAxes(gradient), true);
      const unit = tf.div<I>(gradient, tf.maximum(magnitude, SMALLEST_NORMAL));
      const next = tf.keep(
        velocity === undefined ? unit : tf.add<I>(tf.mul(velocity, decay), unit),
      );
      velocity?.dispose();
      velocity = next;
      return steepestAscent(next, norm);
    },
    dispose: () => {
      velocity?.dispose();
    },
  };
}

/** Options of {@link miFgsmAttackAsync}: those of {@link miFgsmAttack}, and how it is watched. */
export interface MiFgsmAsyncOptions extends MiFgsmOptions, WatchOptions {}

const ASYNC_DEFAULTS: Defaults<MiFgsmAsyncOptions, Unset<typeof DEFAULTS> | keyof WatchOptions> = {
  ...DEFAULTS,
  ...WATCH_DEFAULTS,
};

/**
 * {@link miFgsmAttack} for long attacks, as {@link pgdAttackAsync} is {@link pgdAttack}: the same
 * result.
 *
 * Cost: as {@link miFgsmAttack}.
 *
 * @param model - As for {@link miFgsmAttack}.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link MiFgsmAsyncOptions}.
 * @returns Perturbed inputs, the shape of `x`; the caller disposes them.
 * @throws As {@link pgdAttackAsync}, and {@link InvalidArgumentError} if `decay` is below 0.
 * @see Dong et al. 2018, Boosting Adversarial Attacks with Momentum, Algorithm 1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {miFgsmAttackAsync} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1], [-2, 2]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const x = tf.tensor2d([[0.5, 0.5]]);
 * const adversarial = await miFgsmAttackAsync(model, x, labels, {epsilon: 0.1});
 * adversarial.dataSync(); // => [0.4, 0.6]
 * ```
 */
export async function miFgsmAttackAsync<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: MiFgsmAsyncOptions = {},
): Promise<I> {
  const where = 'miFgsmAttackAsync';
  const {decay, ...settings} = withDefaults(where, ASYNC_DEFAULTS, options);
  checkNumber(where, 'decay', decay, {min: 0});
  return iteratedAscentAsync(where, model, x, labels, settings, accumulated(decay));
}
