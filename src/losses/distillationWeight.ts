import {checkNumber} from '../core/checks/checkNumber';
import {checkOneOf} from '../core/checks/checkOneOf';
import type {Position} from '../core/position';

/** @internal */
export const DISTILLATION_SCHEDULES = ['linear', 'constant'] as const;

/** How the weight of the distillation changes over the epochs; see {@link distillationWeight}. */
export type DistillationSchedule = (typeof DISTILLATION_SCHEDULES)[number];

/**
 * The weight T(α, e) of the distillation term in epoch e: `'linear'` grows as α e/E and reaches α
 * in the last epoch, `'constant'` is α throughout.
 *
 * @param alpha - α ≥ 0, the weight at the end.
 * @param epoch - Epoch e, counted from 1 to `epochs`.
 * @param epochs - Epochs E of the whole training.
 * @param schedule - `'linear'` (default) or `'constant'`.
 * @returns The weight, for {@link selfDistillationLoss}.
 * @throws {@link InvalidArgumentError} if a number is out of range or the schedule is unknown.
 * @see Lee, Cho & Kim 2025, Indirect Gradient Matching for Adversarial Robust Distillation, App. C.
 *   Its code has 200 in place of E.
 * @example
 * ```ts
 * import {distillationWeight} from 'lt-robust';
 *
 * distillationWeight(60, 25, 100); // => 15
 * distillationWeight(60, 25, 100, 'constant'); // => 60
 * ```
 */
export function distillationWeight(
  alpha: number,
  epoch: number,
  epochs: number,
  schedule: DistillationSchedule = 'linear',
): number {
  checkNumber('distillationWeight', 'alpha', alpha, {min: 0});
  checkNumber('distillationWeight', 'epochs', epochs, {min: 1, integer: true});
  checkNumber('distillationWeight', 'epoch', epoch, {min: 1, max: epochs, integer: true});
  checkOneOf('distillationWeight', 'schedule', schedule, DISTILLATION_SCHEDULES);
  return schedule === 'constant' ? alpha : (alpha * epoch) / epochs;
}

/**
 * {@link distillationWeight} at the current epoch. A constant weight does not read the number of
 * epochs, since a training that depends on its length cannot be prolonged.
 *
 * @internal
 */
export const distillationWeightAt = (
  alpha: number,
  at: Position,
  schedule: DistillationSchedule,
): number =>
  schedule === 'constant' ? alpha : distillationWeight(alpha, at.epoch, at.epochs, schedule);
