/**
 * After how many iterations APGD looks back and may halve its step: a first window of 22 % of them,
 * each next one 3 % shorter, none under 6 %. The rule is that of AutoAttack's code, whose windows
 * are whole numbers of iterations; the paper's formula gives the same for multiples of 100 only.
 *
 * @param steps - Iterations in all.
 * @returns Increasing; each at most `steps`.
 */
export function checkpoints(steps: number): number[] {
  const whole = (share: number) => Math.max(Math.trunc(share * steps), 1);
  const shrink = whole(0.03);
  const shortest = whole(0.06);
  const found: number[] = [];
  let length = whole(0.22);
  for (let at = length; at <= steps; at += length) {
    found.push(at);
    length = Math.max(length - shrink, shortest);
  }
  return found;
}
