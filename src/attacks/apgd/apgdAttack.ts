import type * as tf from '@tensorflow/tfjs-core';

import type {AttackResult} from '../../core/attackResult';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkOneOf} from '../../core/checks/checkOneOf';
import {checkRng} from '../../core/checks/checkRng';
import {checkCount} from '../../core/checks/checkTensors';
import type {Model} from '../../core/classifier';
import {InvalidArgumentError} from '../../core/errors';
import {isLoss, type AttackLoss} from '../../core/loss';
import {type Defaults, type Unset, withDefaults} from '../../core/options';
import type {Rng} from '../../core/rng';
import {runApgd} from './runApgd';
import {APGD_DEFAULTS, apgdRuns} from './settings';
import {attackVerdicts} from '../search/attackVerdicts';
import {VERDICT_DEFAULTS, type VerdictOptions} from '../search/verdictOptions';

export {runApgd};

const WHERE = 'apgdAttack';

/** Options of {@link apgdAttack}. */
export interface ApgdOptions extends VerdictOptions {
  /**
   * What to ascend: cross-entropy, the difference of logits ratio ({@link dlrLoss}), or its
   * targeted form ({@link targetedDlrLoss}) once for each of the `numTargets` wrong classes that
   * are most likely at `x` (APGD-T; any wrong class counts as success). Or a loss of your own, one
   * value per example. @defaultValue 'ce'
   */
  readonly loss?: 'ce' | 'dlr' | 'targeted-dlr' | AttackLoss | undefined;
  /** Iterations of a run. @defaultValue 100 */
  readonly steps?: number | undefined;
  /**
   * Number of runs, for each target with the targeted loss. More than one needs `rng`.
   * @defaultValue 1
   */
  readonly restarts?: number | undefined;
  /** With the targeted loss: how many classes; at most all wrong ones. @defaultValue 9 */
  readonly numTargets?: number | undefined;
  /**
   * Fraction of a step that is steepest ascent; the rest repeats the last move. @defaultValue 0.75
   */
  readonly momentum?: number | undefined;
  /** Fraction of the steps between two checkpoints that must raise the loss. @defaultValue 0.75 */
  readonly rho?: number | undefined;
  /**
   * Evaluations whose gradients are averaged at every point, for models that add noise themselves
   * (expectation over transformation); 20 in the rand version of AutoAttack. @defaultValue 1
   */
  readonly gradientSamples?: number | undefined;
  /**
   * What the loss after the first step is compared with, to count as a rise: 0, as in AutoAttack's
   * code, or the loss at the start, as in the paper. @defaultValue 'zero'
   */
  readonly firstComparison?: 'zero' | 'start' | undefined;
  /**
   * `'best-loss'` returns the point of the highest loss over all runs for every example, including
   * those misclassified without an attack: an inner attack for training. It disables early stopping,
   * and cannot be used with the targeted loss. @defaultValue 'broken'
   */
  readonly returns?: 'broken' | 'best-loss' | undefined;
  /**
   * Where runs start: on the surface of the ball, at a point drawn from this generator, one for
   * each restart, target and example. It is forked, never advanced: a second call with it starts at
   * the same points. Pass `exampleIds` where batches share it. @defaultValue none: start at `x`
   */
  readonly rng?: Rng | undefined;
}

const DEFAULTS: Defaults<ApgdOptions, Exclude<Unset<typeof VERDICT_DEFAULTS>, 'loss'>> = {
  ...VERDICT_DEFAULTS,
  ...APGD_DEFAULTS,
};

/**
 * Auto-PGD (APGD): projected gradient ascent with momentum that needs no step size. Steps start
 * at 2ε, and are halved for an example, which then goes on from its best point, whenever its loss
 * has risen too seldom between two checkpoints. Any iterate that the model gets wrong counts.
 *
 * Cost, for each example that stays robust and each run: `steps + 1` forward and `steps` backward
 * passes (times `gradientSamples`, but for the last forward pass). A broken example costs no
 * more. One forward pass comes first, and one verifies what was found.
 *
 * @param model - `x` to logits, or a `tf.LayersModel` as it is; runs in inference mode, and nothing
 *   in it changes.
 * @param x - `[batch, ...]` float32 clean inputs inside `clip`; unchanged.
 * @param labels - `[batch]` int32 true classes.
 * @param options - See {@link ApgdOptions}.
 * @returns The perturbed inputs where the attack succeeded, clean ones elsewhere, and what it cost.
 * @throws {@link InvalidArgumentError} if shapes disagree, pixels leave `clip`, a label is no class
 *   of the model, the model gives probabilities or NaN at `x`, or a setting is out of range. What
 *   `onProgress` throws, and the reason of `signal`, reject the call as they are.
 * @see Croce & Hein 2020, Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse
 *   Parameter-free Attacks, Algorithm 1; checkpoints and comparisons as in their code (windows of
 *   whole iterations, "at most" in condition 1). L2 steps have length 1 times the step size
 *   however small the gradient; theirs shrink with gradients under 1e-12.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {apgdAttack} from 'lt-robust';
 *
 * const model = (x: tf.Tensor2D): tf.Tensor2D => tf.matMul(x, tf.tensor2d([[2, 0], [0, 3]]));
 * const labels = tf.tensor1d([0, 0], 'int32');
 * const x = tf.tensor2d([[0.8, 0.5], [0.8, 0.2]]);
 * const result = await apgdAttack(model, x, labels, {epsilon: 0.03, steps: 10});
 * result.success; // => [true, false]
 * result.distances; // => [0.03, 0]
 * ```
 */
export async function apgdAttack<I extends tf.Tensor = tf.Tensor4D>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  options: ApgdOptions = {},
): Promise<AttackResult<I>> {
  const settings = withDefaults(WHERE, DEFAULTS, options);
  checkSettings(settings);
  return attackVerdicts(WHERE, model, x, labels, settings, {
    iterations: (numClasses) => (settings.steps + 1) * apgdRuns(settings, numClasses),
    run: (problem) => runApgd(problem, settings),
    everyPoint: settings.returns === 'best-loss',
  });
}

function checkSettings(settings: typeof DEFAULTS): void {
  if (!isLoss(settings.loss)) {
    checkOneOf(WHERE, 'loss', settings.loss, ['ce', 'dlr', 'targeted-dlr']);
  }
  for (const name of ['steps', 'restarts', 'numTargets', 'gradientSamples'] as const) {
    checkCount(WHERE, name, settings[name]);
  }
  checkNumber(WHERE, 'momentum', settings.momentum, {min: 0, max: 1});
  checkNumber(WHERE, 'rho', settings.rho, {min: 0, max: 1});
  checkOneOf(WHERE, 'firstComparison', settings.firstComparison, ['zero', 'start']);
  checkOneOf(WHERE, 'returns', settings.returns, ['broken', 'best-loss']);
  if (settings.returns === 'best-loss' && settings.loss === 'targeted-dlr') {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'returns',
      expected: "be 'broken' with the loss 'targeted-dlr'",
      found: "'best-loss'",
      remedy: 'Losses towards different targets cannot be compared: pass another loss.',
    });
  }
  if (settings.restarts > 1) checkRng(WHERE, settings.rng, 'every restart starts at random');
}
