import type * as tf from '@tensorflow/tfjs-core';

import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkClassCounts} from '../core/checks/checkTensors';
import type {ClassifierMode} from '../core/classifierMode';
import type {Loss} from '../core/loss';
import {withIdentity} from '../core/identity';
import {withDefaults, type Defaults} from '../core/options';
import {balancedSoftmax} from '../losses/balancedSoftmax';
import {trainingAttack} from './attackBatch';
import {pgdTraining} from './pgdTraining';
import type {TrainingMethod} from '../core/trainingMethod';

/** Options of {@link atBslTraining}. */
export interface AtBslTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** Training examples of each class, n_i ≥ 1; `classCounts(labels, numClasses)` counts them. */
  readonly classCounts: ArrayLike<number>;
  /** Strength of the class prior, τ ≥ 0. @defaultValue 1 */
  readonly tau?: number | undefined;
  /**
   * Makes the adversarial inputs, on the model in `attackMode`; it ascends plain cross-entropy.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, a random start, no value checks
   */
  readonly attack?: Attack<I> | undefined;
  /**
   * Which batch norm statistics the attack sees, as in {@link PgdTrainingOptions}.
   * @defaultValue 'inference'
   */
  readonly attackMode?: ClassifierMode | undefined;
}

/**
 * AT-BSL: PGD adversarial training that descends the balanced softmax, so that rare classes are
 * learned by a margin. The prior is in the training loss only, neither in the attack nor in the
 * model. (Its code starts the attack from Gaussian noise: `startDeviation: 0.001`.)
 *
 * @param options - See {@link AtBslTrainingOptions}; `classCounts` is required.
 * @returns The method, for `trainStep` and `train`.
 * @throws {@link InvalidArgumentError} if a class is empty or τ < 0.
 * @see Yue et al. 2024, Revisiting Adversarial Training under Long-Tailed Distributions;
 *   Long-tailed Adversarial Training with Self-Distillation, Eq. (1).
 * @example
 * ```ts
 * import {atBslTraining} from 'lt-robust';
 *
 * const method = atBslTraining({classCounts: [500, 50, 5]});
 * ```
 */
export function atBslTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: AtBslTrainingOptions<I>,
): TrainingMethod<I> {
  const defaults: Defaults<AtBslTrainingOptions<I>> = {
    classCounts: [],
    tau: 1,
    attack: trainingAttack<I>(),
    attackMode: 'inference',
  };
  const {classCounts, tau, attack, attackMode} = withDefaults('atBslTraining', defaults, options);
  checkClassCounts('atBslTraining', classCounts);
  checkNumber('atBslTraining', 'tau', tau, {min: 0});
  const loss: Loss = (z, y) => balancedSoftmax(z, y, classCounts, {tau});
  const method = {
    ...pgdTraining({attack, attackMode, loss}),
    numClasses: classCounts.length,
  };
  const counts = Array.from(classCounts);
  return withIdentity(method, {
    name: 'atBslTraining',
    classCounts: counts,
    tau,
    attack,
    attackMode,
  });
}
