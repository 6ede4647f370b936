import type * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {HARL_DEFAULTS, checkHarlOptions, harlLoss, type HarlLossOptions} from '../losses/harlLoss';
import {trainingAttack} from './attackBatch';
import {naturalTraining} from './naturalTraining';
import {PASS_MODES, type PassMode} from './passes';
import {pgdTraining} from './pgdTraining';
import {switchAt} from './switchAt';
import {withExtraPass} from './withExtraPass';

/** Options of {@link harlTraining}: those of {@link harlLoss}, and how it trains. */
export interface HarlTrainingOptions<I extends tf.Tensor = tf.Tensor4D> extends HarlLossOptions {
  /** Number ≥ 0 of epochs that train by clean cross-entropy first. @defaultValue 40 */
  readonly cleanEpochs?: number | undefined;
  /**
   * Makes the adversarial inputs; it ascends plain cross-entropy.
   * @defaultValue pgdAttack with L∞ 0.031, 10 steps of 0.003, from Gaussian noise of deviation 0.001
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
  /**
   * `'shared'`: one training pass, at x, later at x'; `'published'`: at x twice, later at x and x'.
   * @defaultValue 'shared'
   */
  readonly passes?: PassMode | undefined;
}

const WHERE = 'harlTraining';

/**
 * TAET: clean cross-entropy first, then the hierarchical loss {@link harlLoss} on adversarial inputs.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | cross-entropy |
 * | attack | L∞ 0.031, 10 steps of 0.003, start x + 0.001 N(0, 1), inference mode |
 * | outer loss | cross-entropy of x for 40 of 100 epochs, then HARL of x', all weights 0.1 |
 * | training passes | x, x; then x, x': here one, unless `passes` is `'published'` |
 * | optimizer | SGD 0.1, momentum 0.9, weight decay 5e-4, ×0.1 after epochs 75, 90 of 100, batch 128 |
 *
 * Cost of a step: one training pass, and the attack after the clean epochs.
 *
 * @param options - See {@link HarlTrainingOptions}.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Wang et al. 2025, TAET: Two-Stage Adversarial Equalization Training on Long-Tailed
 *   Distributions, and its code (which enlarges images to 224 pixels).
 * @example
 * ```ts
 * import {harlTraining} from 'lt-robust';
 *
 * const method = harlTraining({cleanEpochs: 10});
 * ```
 */
export function harlTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: HarlTrainingOptions<I> = {},
): TrainingMethod<I> {
  const defaults: Defaults<HarlTrainingOptions<I>> = {
    ...HARL_DEFAULTS,
    cleanEpochs: 40,
    attack: trainingAttack<I>({epsilon: 0.031, stepSize: 0.003, startDeviation: 0.001}),
    attackMode: 'inference',
    passes: 'shared',
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {cleanEpochs, attack, attackMode, passes, ...weights} = settings;
  checkHarlOptions(WHERE, weights);
  checkNumber(WHERE, 'cleanEpochs', cleanEpochs, {min: 0, integer: true});
  checkOneOf(WHERE, 'attackMode', attackMode, CLASSIFIER_MODES);
  checkOneOf(WHERE, 'passes', passes, PASS_MODES);
  const published = (method: TrainingMethod<I>) =>
    passes === 'published' ? withExtraPass(method) : method;
  const adversarial = pgdTraining<I>({attack, attackMode, loss: (z, y) => harlLoss(z, y, weights)});
  const [before, after] = [published(naturalTraining<I>()), published(adversarial)];
  return withIdentity(switchAt(cleanEpochs + 1, before, after), {name: WHERE, ...settings});
}
