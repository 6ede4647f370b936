import type * as tf from '@tensorflow/tfjs-core';

import type {Model} from '../core/classifier';
import {type Defaults, type Unset, withDefaults} from '../core/options';
import type {Rng} from '../core/rng';
import {
  ASCENT_DEFAULTS,
  type AscentOptions,
  type StepSize,
  WATCH_DEFAULTS,
  type WatchOptions,
} from './search/ascentOptions';
import {iteratedAscent, iteratedAscentAsync} from './search/iteratedAscent';
import type {StartPoint} from './search/startPoint';

const WHERE = 'pgdAttack';

/** Options of {@link pgdAttack}. */
export interface PgdOptions extends AscentOptions {
  /**
   * Length of a step in `norm`, in the units of `x`; one value, one per example or one per feature.
   * With an epsilon per feature one value is a share of epsilon.
   * @defaultValue a quarter of epsilon (2/255 at 8/255)
   */
  readonly stepSize?: StepSize | undefined;
  /** Number of steps, each one forward and one backward pass; 0 returns the start. @defaultValue 10 */
  readonly steps?: number | undefined;
  /**
   * Start at a random point of the ball, drawn from this generator. It is forked, never advanced: a
   * second call with it starts at the same point. In a loop, hand over `rng.fork(batch)`, or
   * `exampleIds`. @defaultValue none: start at `x`
   */
  readonly rng?: Rng | undefined;
  /**
   * With `rng`: start at `x` plus Gaussian noise of this standard deviation instead, as the code of
   * TRADES and AT-BSL does with 0.001.
   * @defaultValue none: uniform in the ball
   */
  readonly startDeviation?: number | undefined;
  /**
   * Start at this point instead, of the shape of `x`, or at the one that a function makes of `x` and
   * `rng`: noise of one's own (RoBal's is one-sided, REAT's is not clipped), or what an earlier
   * attack left. It may lie outside of ball and range, for the first step projects. A tensor stays
   * the caller's. @defaultValue none: `x`, or a random point with `rng`
   */
  readonly start?: StartPoint | undefined;
}

/**
 * Defaults of {@link PgdOptions}.
 *
 * @internal
 */
export const PGD_DEFAULTS: Defaults<
  PgdOptions,
  Unset<typeof ASCENT_DEFAULTS> | 'stepSize' | 'startDeviation' | 'start'
> = {
  ...ASCENT_DEFAULTS,
  stepSize: undefined,
  steps: 10,
  startDeviation: undefined,
  start: undefined,
};

/**
 * Projected gradient descent: steepest-ascent steps on a loss, each projected back into the ball
 * around `x` and into the pixel range; the last iterate is returned. Without `rng` it starts at `x`
 * and is deterministic (the basic iterative method).
 *
 * Where the model is so sure that float32 loses the gradient of cross-entropy, steps take the
 * direction that it has in the limit, that of the margin. A synchronous call cannot be aborted by
 * other code of its thread: use {@link pgdAttackAsync} for long attacks.
 *
 * Cost: `steps` forward passes and as many backward passes to the input.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link PgdOptions}.
 * @returns Perturbed inputs, the shape of `x`; the caller disposes them.
 * @throws {@link InvalidArgumentError} if shapes disagree, pixels leave `clip`, a label is no class
 *   of the model, the model gives probabilities or NaN, or a setting is out of range.
 * @throws {@link UnusableGradientError} if the first gradient is zero or not finite for every
 *   example, unless the attack is called in training (`position`). An example whose gradient is not
 *   finite comes back clean.
 * @see Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks, Sec. 2.1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {pgdAttack} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1], [-2, 2]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const adversarial = pgdAttack(model, tf.tensor2d([[0.5, 0.5]]), labels, {epsilon: 0.1});
 * adversarial.dataSync(); // => [0.4, 0.6]
 * ```
 * @example
 * Rows of a table: age, income and a flag that nobody can change, each with a budget and a range.
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {pgdAttack} from 'lt-robust';
 *
 * const weights = tf.tensor2d([[0.02, -0.02], [0.00001, -0.00001], [1, -1]]);
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, weights);
 * const x = tf.tensor2d([[20, 50000, 1]]);
 * const adversarial = pgdAttack(model, x, tf.tensor1d([0], 'int32'), {
 *   epsilon: tf.tensor1d([5, 1000, 0]),
 *   clip: [tf.tensor1d([18, 0, 0]), tf.tensor1d([80, 100000, 1])],
 * });
 * adversarial.dataSync(); // => [18, 49000, 1]
 * ```
 */
export function pgdAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: PgdOptions = {},
): I {
  const settings = withDefaults(WHERE, PGD_DEFAULTS, options);
  return iteratedAscent(WHERE, model, x, labels, settings);
}

/** Options of {@link pgdAttackAsync}: those of {@link pgdAttack}, and how it is watched. */
export interface PgdAsyncOptions extends PgdOptions, WatchOptions {}

const ASYNC_DEFAULTS: Defaults<PgdAsyncOptions, Unset<typeof PGD_DEFAULTS> | keyof WatchOptions> = {
  ...PGD_DEFAULTS,
  ...WATCH_DEFAULTS,
};

/**
 * {@link pgdAttack} for long attacks: the same result, and between steps it yields to the event loop,
 * reports progress and looks at `signal`. All reads from the device are asynchronous, so that
 * `checkValues` works on WebGPU too.
 *
 * Cost: as {@link pgdAttack}.
 *
 * @param model - As for {@link pgdAttack}.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link PgdAsyncOptions}.
 * @returns Perturbed inputs, the shape of `x`; the caller disposes them.
 * @throws As {@link pgdAttack}; what `onProgress` throws, and the reason of `signal`, reject the call
 *   as they are.
 * @see Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks, Sec. 2.1.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {pgdAttackAsync} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1], [-2, 2]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const controller = new AbortController();
 * const adversarial = await pgdAttackAsync(model, tf.tensor2d([[0.5, 0.5]]), labels, {
 *   epsilon: 0.1,
 *   signal: controller.signal,
 *   onProgress: ({done, total}) => console.log(`step ${done} of ${total}`),
 * });
 * adversarial.dataSync(); // => [0.4, 0.6]
 * ```
 */
export async function pgdAttackAsync<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: PgdAsyncOptions = {},
): Promise<I> {
  const settings = withDefaults('pgdAttackAsync', ASYNC_DEFAULTS, options);
  return iteratedAscentAsync('pgdAttackAsync', model, x, labels, settings);
}
