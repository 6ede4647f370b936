import {at} from '../core/at';
import type {Norm, ThreatModel} from '../core/threatModel';

/** The values that epsilon is tried at, ascending; the last one is epsilon itself. */
export function epsilonSteps(norm: Norm, epsilon: number, clip: ThreatModel['clip']): number[] {
  const level = (clip === null ? 1 : clip[1] - clip[0]) / 255;
  // Steps are grey levels for L∞; an L2 norm is not a number of levels.
  const levels = norm === 'linf' ? Math.ceil((epsilon / level) * (1 - 1e-6)) : 32;
  const count = Math.min(256, Math.max(1, levels));
  const unit = norm === 'linf' && levels <= 256 ? level : epsilon / count;
  return Array.from({length: count}, (_, i) => (i === count - 1 ? epsilon : (i + 1) * unit));
}

/**
 * The smallest of the steps at which an attack succeeds, by bisection: it needs as many attacks as
 * the number of steps has binary digits. An attack that succeeds at one step and fails at a larger
 * one may hide a smaller one.
 *
 * @param steps - Ascending; the attack succeeds at the last.
 * @param found - What it found there.
 * @param attackAt - What the attack finds at an epsilon, or `undefined` where it fails.
 */
export async function shrinkEpsilon(
  steps: readonly number[],
  found: Float32Array,
  attackAt: (epsilon: number) => Promise<Float32Array | undefined>,
): Promise<{readonly epsilon: number; readonly adversarial: Float32Array}> {
  let low = -1;
  let high = steps.length - 1;
  let adversarial = found;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const smaller = await attackAt(at(steps, middle));
    if (smaller === undefined) low = middle;
    else [high, adversarial] = [middle, smaller];
  }
  return {epsilon: at(steps, high), adversarial};
}
