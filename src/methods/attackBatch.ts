import * as tf from '@tensorflow/tfjs-core';

import {PGD_DEFAULTS, pgdAttack, type PgdOptions} from '../attacks/pgdAttack';
import type {Attack} from '../core/attack';
import {isTensor} from '../core/checks/checkTensors';
import {classifierInMode, type ClassifierMode} from '../core/classifierMode';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {withIdentity} from '../core/identity';
import type {AttackLoss} from '../core/loss';
import type {Rng} from '../core/rng';
import type {TrainingStep} from '../core/trainingMethod';

/** Settings of {@link trainingAttack}. */
export interface TrainingAttackSettings extends Pick<
  PgdOptions,
  'norm' | 'epsilon' | 'stepSize' | 'steps' | 'clip' | 'startDeviation'
> {
  /** Makes the first iterate where the step has randomness. */
  readonly start?: ((x: tf.Tensor, rng: Rng) => tf.Tensor) | undefined;
}

/**
 * The attack that methods train against unless told otherwise: PGD in L∞ with ε 8/255, 10 steps of
 * 2/255, from a random start where the step has randomness. Its first call checks pixels, labels and
 * logits; after that it reads nothing back from the device.
 *
 * @param settings - What a method's published code has in place of these.
 * @internal
 */
export function trainingAttack<I extends tf.Tensor>(
  settings: TrainingAttackSettings = {},
): Attack<I> {
  let isChecked = false;
  const attack: Attack<I> = (model, x, labels, context) => {
    const {start, ...others} = settings;
    const rng = context?.rng;
    const adversarial = pgdAttack(model, x, labels, {
      ...others,
      // Without a generator the attack starts at x.
      start: start && rng && ((input: tf.Tensor) => start(input, rng)),
      ...context,
      checkValues: !isChecked,
    });
    isChecked = true;
    return adversarial;
  };
  const {norm, epsilon, steps} = PGD_DEFAULTS;
  return withIdentity(attack, {name: 'pgdAttack', norm, epsilon, steps, ...settings});
}

/** How {@link attackBatch} attacks. */
export interface AttackBatchOptions {
  /** What the method wants ascended. @defaultValue undefined: the attack's own loss */
  readonly loss?: AttackLoss | undefined;
  /** Which batch norm statistics the attack sees. @defaultValue 'inference' */
  readonly mode?: ClassifierMode | undefined;
}

/**
 * Runs a method's attack on the batch of a step, with the randomness of this step (its stream
 * `'attack'`), where training stands, and the loss that the method wants ascended.
 *
 * @param step - What the method's `objective` got.
 * @param attack - The attack.
 * @param options - See {@link AttackBatchOptions}.
 * @returns The adversarial inputs, never the batch's own tensor; disposed after the step.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {
 *   attackBatch,
 *   crossEntropy,
 *   klDivergence,
 *   pgdAttack,
 *   type TrainingMethod,
 * } from 'lt-robust';
 *
 * // TRADES: the attack ascends the divergence from the clean answer.
 * const trades = (beta: number): TrainingMethod<tf.Tensor2D> => ({
 *   async objective(step) {
 *     const {x, labels} = step.batch;
 *     const clean = step.own(step.model.inference(x));
 *     const adversarial = await attackBatch(step, pgdAttack, {loss: (z) => klDivergence(clean, z)});
 *     return {
 *       adversarial,
 *       loss: (student) => {
 *         const z = student(x).logits;
 *         const kl = klDivergence(z, student(adversarial).logits);
 *         return tf.mean<tf.Scalar>(tf.add(crossEntropy(z, labels), tf.mul(beta, kl)));
 *       },
 *     };
 *   },
 * });
 * ```
 */
export async function attackBatch<I extends tf.Tensor>(
  step: TrainingStep<I>,
  attack: Attack<I>,
  options: AttackBatchOptions = {},
): Promise<I> {
  const {loss, mode = 'inference'} = options;
  const {x, labels} = step.batch;
  const {rng} = step;
  const model = classifierInMode(step.model, mode, 'attackBatch');
  const adversarial = await attack(model, x, labels, {
    // The number of epochs is read only if the attack asks: a training that depends on its length
    // cannot be prolonged.
    position: {
      epoch: step.epoch,
      step: step.step,
      get epochs() {
        return step.epochs;
      },
    },
    ...(rng === undefined ? {} : {rng: rng.fork('attack')}),
    ...(loss === undefined ? {} : {loss}),
  });
  checkAttacked(adversarial, x);
  return step.own(adversarial === x ? tf.clone(x) : adversarial);
}

// The attack is the caller's, so its result is checked here.
function checkAttacked(adversarial: unknown, x: tf.Tensor): void {
  const isAlike = isTensor(adversarial) && tf.util.arraysEqual(adversarial.shape, x.shape);
  if (isAlike) return;
  throw new InvalidArgumentError({
    where: 'attackBatch',
    argument: 'attack',
    expected: `return the perturbed batch, ${describeValue(x)}`,
    found: describeValue(adversarial),
    remedy:
      adversarial === undefined
        ? 'Return what the attack gives: a body in braces needs `return`.'
        : 'Of an attack that gives a result with more in it, return its `adversarial`.',
  });
}
