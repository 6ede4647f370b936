import type * as tf from '@tensorflow/tfjs-core';

import {checkClip} from '../core/threatModel';
import {pgdAttack} from '../attacks/pgdAttack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import type {Loss} from '../core/loss';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {crossEntropy} from '../losses/crossEntropy';
import {pgdTraining} from './pgdTraining';

/** Options of {@link fastAt}. */
export interface FastAtOptions {
  /** Size ε > 0 of the L∞ perturbation. @defaultValue 0.03137254901960784 */
  readonly epsilon?: number | undefined;
  /** Length of the one step, > 0; published as 1.25 ε. @defaultValue 0.0392156862745098 */
  readonly stepSize?: number | undefined;
  /** Range of pixels, or `null` for none. @defaultValue [0, 1] */
  readonly clip?: readonly [min: number, max: number] | null | undefined;
  /** What to ascend and to descend, one value per example. @defaultValue crossEntropy */
  readonly loss?: Loss | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'training' */
  readonly attackMode?: ClassifierMode | undefined;
}

const DEFAULTS: Defaults<FastAtOptions> = {
  epsilon: 0.03137254901960784,
  stepSize: 0.0392156862745098,
  clip: [0, 1],
  loss: crossEntropy,
  attackMode: 'training',
};

const WHERE = 'fastAt';

/**
 * Fast adversarial training: one step of the sign of the gradient from a random start, projected
 * into the ball, at the price of two passes. A cheap baseline. It can overfit catastrophically:
 * accuracy under PGD falls to 0 within an epoch while that under its own attack rises. A recipe with
 * `overfittingStop: {}` stops there, as the published code does with --early-stop.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | cross-entropy |
 * | attack | L∞ 8/255, one step of 10/255, uniform start, training mode: it moves the statistics |
 * | outer loss | cross-entropy |
 * | training passes | that of the attack, x' |
 * | optimizer | SGD, momentum 0.9, weight decay 5e-4, rate 0 → 0.2 → 0 with the peak at 40 % of 15 epochs |
 *
 * Cost of a step: two forward and two backward passes.
 *
 * @param options - See {@link FastAtOptions}.
 * @returns The method, for `trainStep` and `train`; without `rng` it starts at x, which is FGSM.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Wong, Rice & Kolter 2020, Fast Is Better than Free, Algorithm 3, and its code.
 * @example
 * ```ts
 * import {balancedSoftmax, fastAt} from 'lt-robust';
 *
 * const method = fastAt({loss: (z, y) => balancedSoftmax(z, y, [500, 50, 5])});
 * ```
 */
export function fastAt<I extends tf.Tensor = tf.Tensor4D>(
  options: FastAtOptions = {},
): TrainingMethod<I> {
  const settings = withDefaults(WHERE, DEFAULTS, options);
  const {epsilon, stepSize, clip, loss, attackMode} = settings;
  checkClip(WHERE, 'clip', clip);
  checkNumber(WHERE, 'epsilon', epsilon, {above: 0});
  checkNumber(WHERE, 'stepSize', stepSize, {above: 0});
  checkOneOf(WHERE, 'attackMode', attackMode, CLASSIFIER_MODES);
  const method = pgdTraining<I>({
    attackMode,
    loss,
    attack: (model, x, labels, context) =>
      pgdAttack(model, x, labels, {
        ...{loss, ...context, epsilon, stepSize, clip},
        ...{steps: 1, checkValues: false},
      }),
  });
  return withIdentity(method, {name: WHERE, ...settings});
}
