import type * as tf from '@tensorflow/tfjs-core';

import type {Model} from '../core/classifier';
import {type Defaults, type Unset, withDefaults} from '../core/options';
import {
  ASCENT_DEFAULTS,
  type AscentOptions,
  WATCH_DEFAULTS,
  type WatchOptions,
} from './search/ascentOptions';
import {iteratedAscent, iteratedAscentAsync} from './search/iteratedAscent';

/**
 * Options of {@link fgsmAttack}. It draws nothing at random: `rng` and `exampleIds` are accepted,
 * and ignored, so that it is an {@link Attack} as it stands.
 */
export type FgsmOptions = AscentOptions;

/**
 * Fast gradient sign method: one step of length epsilon along the sign of the input gradient (for
 * L2, along the gradient), clipped to the pixel range. Exact against linear two-class models; cheap
 * and weak against others: measure robustness with {@link pgdAttack}.
 *
 * Cost: one forward and one backward pass to the input.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link FgsmOptions}.
 * @returns Perturbed inputs, the shape of `x`; the caller disposes them.
 * @throws {@link InvalidArgumentError} as {@link pgdAttack} does.
 * @see Goodfellow et al. 2015, Explaining and Harnessing Adversarial Examples, Sec. 4.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {fgsmAttack} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1], [-2, 2]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const adversarial = fgsmAttack(model, tf.tensor2d([[0.5, 0.5]]), labels, {epsilon: 0.1});
 * adversarial.dataSync(); // => [0.4, 0.6]
 * ```
 */
export function fgsmAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: FgsmOptions = {},
): I {
  const settings = withDefaults('fgsmAttack', ASCENT_DEFAULTS, options);
  return iteratedAscent('fgsmAttack', model, x, labels, oneStep(settings));
}

// Starts at x even where there is a generator.
const oneStep = <S extends typeof ASCENT_DEFAULTS>(settings: S) => ({
  ...settings,
  ...{stepSize: settings.epsilon, steps: 1, rng: undefined, startDeviation: undefined},
});

/** Options of {@link fgsmAttackAsync}: those of {@link fgsmAttack}, and how it is watched. */
export interface FgsmAsyncOptions extends FgsmOptions, WatchOptions {}

const ASYNC_DEFAULTS: Defaults<
  FgsmAsyncOptions,
  Unset<typeof ASCENT_DEFAULTS> | keyof WatchOptions
> = {
  ...ASCENT_DEFAULTS,
  ...WATCH_DEFAULTS,
};

/**
 * {@link fgsmAttack} with asynchronous reads, so that `checkValues` works on WebGPU too: the same
 * result.
 *
 * Cost: as {@link fgsmAttack}.
 *
 * @param model - As for {@link fgsmAttack}.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link FgsmAsyncOptions}.
 * @returns Perturbed inputs, the shape of `x`; the caller disposes them.
 * @throws As {@link pgdAttackAsync}.
 * @see Goodfellow et al. 2015, Explaining and Harnessing Adversarial Examples, Sec. 4.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {fgsmAttackAsync} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[1, -1], [-2, 2]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const x = tf.tensor2d([[0.5, 0.5]]);
 * const adversarial = await fgsmAttackAsync(model, x, labels, {epsilon: 0.1});
 * adversarial.dataSync(); // => [0.4, 0.6]
 * ```
 */
export async function fgsmAttackAsync<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: FgsmAsyncOptions = {},
): Promise<I> {
  const settings = withDefaults('fgsmAttackAsync', ASYNC_DEFAULTS, options);
  return iteratedAscentAsync('fgsmAttackAsync', model, x, labels, oneStep(settings));
}
