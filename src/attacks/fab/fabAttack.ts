import type * as tf from '@tensorflow/tfjs-core';

import {checkNumber} from '../../core/checks/checkNumber';
import {checkCount} from '../../core/checks/checkTensors';
import type {Model} from '../../core/classifier';
import {type Defaults, type Unset, withDefaults} from '../../core/options';
import type {FeatureThreatModel} from '../../core/featureThreat';
import {checkRestarts, FAB_DEFAULTS, fabRuns, runFab} from './runFab';
import {
  MINIMAL_NORM_DEFAULTS,
  type MinimalNormOptions,
  type MinimalNormResult,
  minimalNormVerdicts,
} from '../search/minimalNorm';

export {runFab};

const WHERE = 'fabAttack';

/** Options of {@link fabAttack}. */
export interface FabOptions extends MinimalNormOptions {
  /**
   * Largest norm that counts as success, in the units of `x`; one value, one per example, or one per
   * feature, which then also measure the distance. Only restarts are guided by it. @defaultValue undefined, any: the smallest perturbation found
   */
  readonly epsilon?: FeatureThreatModel['epsilon'] | undefined;
  /**
   * FAB-T: a run towards each of the `numTargets` wrong classes that are most likely at `x`, in
   * place of one run towards the class that is nearest at each step, whose steps cost as many
   * backward passes as there are wrong classes. In both forms any wrong class counts as success.
   * @defaultValue false
   */
  readonly targeted?: boolean | undefined;
  /** With `targeted`: how many classes; at most all wrong ones. @defaultValue 9 */
  readonly numTargets?: number | undefined;
  /** Iterations of a run. @defaultValue 100 */
  readonly steps?: number | undefined;
  /**
   * Runs for each target, or in all. The first starts at `x`; the others need `rng`, and start
   * at distance ε / 2 (without `epsilon`: ε = 0.3 for L∞ and 1 for L2, for `clip` [0, 1]).
   * @defaultValue 1
   */
  readonly restarts?: number | undefined;
  /** α_max: largest weight of the hyperplane's point nearest to `x` in a step. @defaultValue 0.1 */
  readonly alphaMax?: number | undefined;
  /** η ≥ 1: how far a step goes beyond the hyperplane. @defaultValue 1.05 */
  readonly overshoot?: number | undefined;
  /**
   * β: the fraction of a perturbation that is kept once it has crossed the boundary.
   * @defaultValue 0.9
   */
  readonly backward?: number | undefined;
  /**
   * Grey levels of the valid range, 256 for 8-bit images: candidates are put on them before they
   * are judged (L∞: away from `x`; L2: to the nearest), and `epsilon` is held in whole levels, so
   * that the result may be saved as an image. Between candidates the search is continuous. `x`
   * must lie on them. @defaultValue undefined, any value
   */
  readonly quantize?: number | undefined;
  /**
   * Whether the search of an example ends at the first point within `epsilon`, which is then not the
   * nearest. With `false`, or without `epsilon`, every run is completed for every example, and
   * distances are the smallest found. The verdicts are the same. @defaultValue true
   */
  readonly earlyStop?: boolean | undefined;
}

const DEFAULTS: Defaults<FabOptions, Unset<typeof MINIMAL_NORM_DEFAULTS>> = {
  ...MINIMAL_NORM_DEFAULTS,
  ...FAB_DEFAULTS,
};

const widthOf = (clip: FeatureThreatModel['clip']): number => {
  const [min, max] = clip ?? [0, 1];
  return typeof min === 'number' && typeof max === 'number' ? max - min : 1;
};

// FAB's own epsilon, for restarts where none is given and values from 0 to 1.
const START_EPSILON = {linf: 0.3, l2: 1};

/**
 * Fast adaptive boundary attack (FAB): looks for the smallest perturbation that changes the
 * prediction. Each step linearises the boundary, projects both the iterate and the clean input onto
 * it, exactly and within the pixel range, and mixes the two; a point that crosses the boundary is
 * pulled back towards the clean input. There is no step size, and the first run is deterministic.
 * On a linear model it finds the exact distance times 1.0052.
 *
 * Cost for each example that stays: `targeted` (FAB-T, as in AutoAttack) 2 forward passes and 1
 * backward pass per step and target. Otherwise every step differentiates every class, each with a
 * forward pass of its own: `classes` forward and `classes − 1` backward passes. With 10 classes
 * that is less than FAB-T spends on its 9 targets, with 100 about seven times as much. One forward
 * pass comes first, and one verifies what was found.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link FabOptions}. Without `epsilon` every perturbation counts as success,
 *   whatever its norm.
 * @returns The nearest points found (with `earlyStop` and `epsilon`: the first within it), and the
 *   smallest distances.
 * @throws {@link InvalidArgumentError} if shapes disagree, pixels leave `clip`, a label is no class
 *   of the model, the model gives probabilities or NaN at `x`, a setting is out of range, or
 *   `restarts` needs a generator. What `onProgress` throws, and the reason of `signal`, reject the
 *   call as they are.
 * @see Croce & Hein 2020, Minimally Distorted Adversarial Examples with a Fast Adaptive Boundary
 *   Attack, Algorithm 1; the targeted form: Croce & Hein 2020, Reliable Evaluation of Adversarial
 *   Robustness, Sec. 5. As in their code restarts start within epsilon, not within the best norm so
 *   far.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {fabAttack} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[2, 0], [0, 3]]));
 * const labels = tf.tensor1d([0], 'int32');
 * const result = await fabAttack(model, tf.tensor2d([[0.8, 0.5]]), labels);
 * result.distances; // => [0.0201] = 0.1 / 5, times 1.0052
 * ```
 */
export async function fabAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: FabOptions = {},
): Promise<MinimalNormResult<I>> {
  const settings = withDefaults(WHERE, DEFAULTS, options);
  const {norm, clip} = settings;
  checkCount(WHERE, 'numTargets', settings.numTargets);
  checkCount(WHERE, 'steps', settings.steps);
  checkCount(WHERE, 'restarts', settings.restarts);
  checkNumber(WHERE, 'alphaMax', settings.alphaMax, {min: 0, max: 1});
  checkNumber(WHERE, 'overshoot', settings.overshoot, {min: 1});
  checkNumber(WHERE, 'backward', settings.backward, {min: 0, max: 1});
  checkRestarts(WHERE, settings);
  // With an epsilon, that of the problem is used: it has only the rows that are attacked.
  const startEpsilon =
    settings.epsilon === undefined ? START_EPSILON[norm] * widthOf(clip) : undefined;
  return minimalNormVerdicts(WHERE, model, x, labels, settings, {
    iterations: (numClasses) => settings.steps * fabRuns(settings, numClasses),
    run: (problem) => runFab(problem, {...settings, startEpsilon}),
  });
}
