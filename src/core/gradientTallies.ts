import type {AttackTally} from './attackResult';
import {UnusableGradientError} from './errors';

/** For how many examples the gradient to the input is useless at the start of an attack. */
export interface GradientCounts {
  /** Examples whose gradient is zero in every value. */
  readonly zero: number;
  /** Examples whose gradient has NaN or an infinite value. */
  readonly nonFinite: number;
  /** Examples that were looked at. */
  readonly total: number;
}

/** What to do about a gradient that is zero. */
export const ZERO_GRADIENT_ADVICE =
  'Rounding, steps and saturated units hide the gradient: attack a smooth stand-in for them, or use ' +
  'squareAttack, which needs none.';

/** What to do about a gradient that is not finite. */
export const NON_FINITE_GRADIENT_ADVICE =
  'Look for a square root of zero, a division by zero or an overflow in the model.';

/** Counts that are a warning as soon as there is one such example. */
export function gradientTallies({zero, nonFinite, total}: GradientCounts): AttackTally[] {
  const limits = {total, share: 0, atLeast: 1};
  return [
    {
      ...{code: 'zero-gradient', what: 'The gradient to the input is zero', count: zero},
      ...{advice: ZERO_GRADIENT_ADVICE, ...limits},
    },
    {
      ...{code: 'non-finite-gradient', what: 'The gradient to the input is not finite'},
      ...{count: nonFinite, advice: NON_FINITE_GRADIENT_ADVICE, ...limits},
    },
  ];
}

/** Throws if no example has a gradient that an attack can follow. */
export function checkUsableGradients(where: string, counts: GradientCounts): void {
  const {zero, nonFinite, total} = counts;
  if (total > 0 && zero + nonFinite >= total) throw new UnusableGradientError({where, ...counts});
}
