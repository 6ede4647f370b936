import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {Attack} from '../core/attack';
import type {CheckpointValue} from '../core/checkpoint';
import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import {checkClassCounts} from '../core/checks/checkTensors';
import {CLASSIFIER_MODES, type ClassifierMode} from '../core/classifierMode';
import {withIdentity} from '../core/identity';
import {type Defaults, withDefaults} from '../core/options';
import type {TrainingMethod} from '../core/trainingMethod';
import {balancedSoftmax} from '../losses/balancedSoftmax';
import {rebalancedWeights} from '../losses/rebalancedWeights';
import {tailFeatureLoss} from '../losses/tailFeatureLoss';
import {weightedCrossEntropy} from '../losses/weightedCrossEntropy';
import {attackBatch, trainingAttack} from './attackBatch';
import {unclippedStart} from './starts';

/** What {@link reatTraining} remembers: how often each class was predicted. */
export type ReatMemory = {
  /** The epoch that is counted. */
  readonly epoch: number;
  /** Predictions of each class in the epoch before; at first, the examples of each class. */
  readonly before: readonly number[];
  /** Predictions of each class in this epoch so far. */
  readonly counted: readonly number[];
};

/** Options of {@link reatTraining}. */
export interface ReatTrainingOptions<I extends tf.Tensor = tf.Tensor4D> {
  /** Training examples of each class, n_i ≥ 1; `classCounts(labels, numClasses)` counts them. */
  readonly classCounts: ArrayLike<number>;
  /** Weight ≥ 0 of {@link tailFeatureLoss}; 0 leaves it out, and the model needs no features. @defaultValue 1 */
  readonly tailWeight?: number | undefined;
  /** How the tail loss is computed, see {@link tailFeatureLoss}. @defaultValue 'repo' */
  readonly mode?: 'repo' | 'pairwise' | undefined;
  /** First class of the tail, which reaches to the last; by default 2⌊C/3⌋ + 1. */
  readonly tailFrom?: number | undefined;
  /** Bound > 1 of the weights of the attack, see {@link rebalancedWeights}; by default none. */
  readonly maxRatio?: number | undefined;
  /**
   * Makes the adversarial inputs. It is handed the weighted cross-entropy as the loss to ascend; a
   * closure passes it on with `...context`.
   * @defaultValue pgdAttack with L∞ 8/255, 10 steps of 2/255, from x + U(-8/255, 8/255), not clipped
   */
  readonly attack?: Attack<I> | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly attackMode?: ClassifierMode | undefined;
}

const WHERE = 'reatTraining';
const EPSILON = 8 / 255;

/**
 * REAT: an attack that is balanced over the classes that it leads to, a balanced softmax, and a
 * loss of the features of the tail. It remembers how many adversarial inputs were predicted as each
 * class in the last epoch, and weights the classes in the attack by {@link rebalancedWeights}.
 *
 * | | as published |
 * | --- | --- |
 * | inner loss | cross-entropy weighted by last epoch's predictions (weighted mean) |
 * | attack | L∞ 8/255, 10 steps of 2/255, start x + U(-ε, ε) not clipped, inference mode |
 * | outer loss | balanced softmax, τ 1, and {@link tailFeatureLoss} as coded |
 * | training passes | x' |
 * | optimizer | SGD 0.1, momentum 0.9, weight decay 5e-4, ×0.1 after epochs 60, 75 of 80, batch 128 |
 *
 * The weights scale each example's loss by a positive factor, which the sign of an L∞ step takes out
 * again: they act through other attacks only.
 *
 * Cost of a step: the attack and one training pass; the predictions are read from the device.
 *
 * @param options - See {@link ReatTrainingOptions}; `classCounts` is required.
 * @returns The method, for `trainStep` (with `memory`) and `train`. The model has to give features,
 *   as a `tf.LayersModel` does.
 * @throws {@link InvalidArgumentError} if a class is empty or an option is out of range.
 * @see Li et al. 2023, Alleviating the Effect of Data Imbalance on Adversarial Training, and its code.
 * @example
 * ```ts
 * import {reatTraining} from 'lt-robust';
 *
 * const method = reatTraining({classCounts: [500, 50, 5]});
 * method.memory?.initial; // => {epoch: 1, before: [500, 50, 5], counted: [0, 0, 0]}
 * ```
 */
export function reatTraining<I extends tf.Tensor = tf.Tensor4D>(
  options: ReatTrainingOptions<I>,
): TrainingMethod<I, ReatMemory> {
  const defaults: Defaults<ReatTrainingOptions<I>, 'tailFrom' | 'maxRatio'> = {
    classCounts: [],
    tailWeight: 1,
    mode: 'repo',
    tailFrom: undefined,
    maxRatio: undefined,
    attack: trainingAttack<I>({start: unclippedStart(EPSILON)}),
    attackMode: 'inference',
  };
  const settings = withDefaults(WHERE, defaults, options);
  const {classCounts, tailWeight, mode, tailFrom, maxRatio, attack, attackMode} = settings;
  checkClassCounts(WHERE, classCounts);
  checkNumber(WHERE, 'tailWeight', tailWeight, {min: 0});
  checkOneOf(WHERE, 'mode', mode, ['repo', 'pairwise']);
  checkOneOf(WHERE, 'attackMode', attackMode, CLASSIFIER_MODES);
  rebalancedWeights(classCounts, classCounts, {maxRatio}); // checks maxRatio
  if (tailFrom !== undefined) {
    checkNumber(WHERE, 'tailFrom', tailFrom, {min: 0, max: classCounts.length, integer: true});
  }
  const none = Array.from(classCounts, () => 0);
  const inEpoch = (memory: ReatMemory, epoch: number): ReatMemory =>
    epoch === memory.epoch ? memory : {epoch, before: memory.counted, counted: none};
  const method: TrainingMethod<I, ReatMemory> = {
    numClasses: classCounts.length,
    async objective(step) {
      const {labels} = step.batch;
      const {before} = inEpoch(step.memory, step.epoch);
      const weights = rebalancedWeights(classCounts, before, {maxRatio});
      const adversarial = await attackBatch(step, attack, {
        mode: attackMode,
        loss: (z, y) => weightedCrossEntropy(z, y, weights),
      });
      return {
        adversarial,
        loss: (student) => {
          const pass = student(adversarial);
          const hard = balancedSoftmax(pass.logits, labels, classCounts);
          if (tailWeight === 0) return tf.mean<tf.Scalar>(hard);
          const tail = tailFeatureLoss(pass.features, labels, classCounts, {mode, tailFrom});
          return tf.mean<tf.Scalar>(tf.add(hard, tf.mul(tailWeight, tail)));
        },
        look: (student) => {
          const predicted = tf.argMax(student(adversarial).logits, 1);
          return tf.sum(tf.oneHot(predicted, classCounts.length), 0);
        },
      };
    },
    memory: {
      initial: {epoch: 1, before: Array.from(classCounts), counted: none},
      next(memory, seen, {epoch}) {
        const {counted, ...rest} = inEpoch(memory, epoch);
        return {...rest, counted: counted.map((n, c) => n + at(seen, c))};
      },
      accepts: (memory) => isReatMemory(memory, classCounts.length),
    },
  };
  return withIdentity(method, {name: WHERE, ...settings, classCounts: Array.from(classCounts)});
}

// Epochs and counts are whole numbers, one count for each class.
function isReatMemory(memory: CheckpointValue, numClasses: number): boolean {
  const isWhole = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
  if (typeof memory !== 'object' || memory === null || !('epoch' in memory)) return false;
  return (
    isWhole(memory['epoch']) &&
    [memory['before'], memory['counted']].every(
      (counts) => Array.isArray(counts) && counts.length === numClasses && counts.every(isWhole),
    )
  );
}
