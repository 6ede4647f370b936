import type * as tf from '@tensorflow/tfjs-core';

import {checkClip} from '../core/threatModel';
import {pgdAttack} from '../attacks/pgdAttack';
import {at} from '../core/at';
import type {Attack} from '../core/attack';
import {checkNumber} from '../core/checks/checkNumber';
import {checkClassCounts} from '../core/checks/checkTensors';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import {byExample} from '../core/featureMap';
import {randomStart} from '../math/ball';

/** Options of {@link classBudgets}. */
export interface ClassBudgetsOptions {
  /** Training examples of each class, n_i ≥ 1; `classCounts(labels, numClasses)` counts them. */
  readonly classCounts: ArrayLike<number>;
  /** Mean size ε > 0 of the L∞ perturbation over the training set. @defaultValue 0.03137254901960784 */
  readonly epsilon?: number | undefined;
  /** Length > 0 of a step at that size; it grows with the budget. @defaultValue 0.00784313725490196 */
  readonly stepSize?: number | undefined;
  /** Steps of the attack, ≥ 1. @defaultValue 10 */
  readonly steps?: number | undefined;
  /**
   * Intensity a in `[0, 1]`: how far the budgets of the classes differ in the end. 0.3 for CIFAR-10,
   * 0.4 for CIFAR-100. @defaultValue 0.3
   */
  readonly intensity?: number | undefined;
  /**
   * Fraction b in `(0, 1]` of the epochs over which the intensity grows from 0. 0.8 for CIFAR-10,
   * 0.6 for CIFAR-100. @defaultValue 0.8
   */
  readonly warmup?: number | undefined;
  /** Range of pixels, or `null` for none. @defaultValue [0, 1] */
  readonly clip?: readonly [min: number, max: number] | null | undefined;
}

const DEFAULTS: Defaults<ClassBudgetsOptions> = {
  classCounts: [],
  epsilon: 0.03137254901960784,
  stepSize: 0.00784313725490196,
  steps: 10,
  intensity: 0.3,
  warmup: 0.8,
  clip: [0, 1],
};

const WHERE = 'classBudgets';

/**
 * The factors of the classes' budgets, (1 - a) + k √ln(n_max / n_c), with k such that their mean over
 * the examples is 1: rare classes are attacked harder, the largest class less.
 *
 * @param classCounts - Training examples of each class, n_i ≥ 1.
 * @param intensity - a in `[0, 1]`; 0 gives all the factor 1.
 * @returns One factor for each class; all 1 where the counts are equal.
 * @throws {@link InvalidArgumentError} if a class is empty or a is out of range.
 * @see RobustLT, whose code has them.
 * @example
 * ```ts
 * import {classBudgetFactors} from 'lt-robust';
 *
 * classBudgetFactors([90, 10], 0.3); // => [0.7, 3.7]
 * ```
 */
export function classBudgetFactors(classCounts: ArrayLike<number>, intensity: number): number[] {
  checkClassCounts(WHERE, classCounts);
  checkNumber(WHERE, 'intensity', intensity, {min: 0, max: 1});
  const counts = Array.from(classCounts);
  const total = counts.reduce((a, b) => a + b, 0);
  const largest = counts.reduce((a, b) => Math.max(a, b), 0);
  const rarity = counts.map((n) => Math.sqrt(Math.log(largest / n)));
  const mean = rarity.reduce((sum, v, c) => sum + (v * at(counts, c)) / total, 0);
  if (mean === 0) return counts.map(() => 1);
  return rarity.map((v) => 1 - intensity + (intensity * v) / mean);
}

/**
 * An attack for training whose budget depends on the class and on the epoch, as in RobustLT. It goes
 * into any method by its option `attack`, and ascends what the method wants ascended. In the first
 * epoch all classes have ε; from then on the intensity grows, until (e - 1) is `warmup` times the
 * epochs. Steps are in proportion to the budget; the start is drawn in the ball of ε for all.
 *
 * | | as published |
 * | --- | --- |
 * | budgets | a 0.3, b 0.8 for CIFAR-10; a 0.4, b 0.6 for CIFAR-100 |
 * | statistics in the attack | those of the batch, not updated: `attackMode: 'batch-statistics'` |
 *
 * The labels are read from the device, asynchronously.
 *
 * @param options - See {@link ClassBudgetsOptions}; `classCounts` is required.
 * @returns The attack. It needs to know where training stands, as every method of this package
 *   tells it; elsewhere it has the full intensity.
 * @throws {@link InvalidArgumentError} if a class is empty or an option is out of range.
 * @see RobustLT, whose code has it.
 * @example
 * ```ts
 * import {classBudgets, tradesTraining} from 'lt-robust';
 *
 * const attack = classBudgets({classCounts: [500, 50, 5]});
 * const method = tradesTraining({attack, attackMode: 'batch-statistics'});
 * ```
 */
export function classBudgets<I extends tf.Tensor = tf.Tensor4D>(
  options: ClassBudgetsOptions,
): Attack<I> {
  const settings = withDefaults(WHERE, DEFAULTS, options);
  const {classCounts, epsilon, stepSize, steps, intensity, warmup, clip} = settings;
  checkClip(WHERE, 'clip', clip);
  classBudgetFactors(classCounts, intensity); // checks both
  checkNumber(WHERE, 'epsilon', epsilon, {above: 0});
  checkNumber(WHERE, 'stepSize', stepSize, {above: 0});
  checkNumber(WHERE, 'steps', steps, {min: 1, integer: true});
  checkNumber(WHERE, 'warmup', warmup, {above: 0, max: 1});
  const base = {norm: 'linf', epsilon, clip} as const;
  const attack: Attack<I> = async (model, x, labels, context) => {
    const position = context?.position;
    const rng = context?.rng;
    const grown =
      position === undefined ? 1 : Math.min((position.epoch - 1) / (warmup * position.epochs), 1);
    const factors = classBudgetFactors(classCounts, intensity * grown);
    const perExample = Array.from(await labels.data(), (c) => factors[c] ?? 1);
    const scaled = (length: number) =>
      byExample(
        perExample.map((factor) => factor * length),
        x.rank,
      );
    return pgdAttack(model, x, labels, {
      ...context,
      epsilon: scaled(epsilon),
      stepSize: scaled(stepSize),
      start: rng && ((input: tf.Tensor) => randomStart(input, base, rng, context?.exampleIds)),
      ...{steps, clip, checkValues: false},
    });
  };
  return withIdentity(attack, {name: WHERE, ...settings, classCounts: Array.from(classCounts)});
}
