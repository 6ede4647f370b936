import {at} from '../../core/at';

/** Row `row` of `[batch, classes]` values. */
export const rowOf = (values: Float32Array, row: number, numClasses: number): Float32Array =>
  values.subarray(row * numClasses, (row + 1) * numClasses);

/**
 * The class that a row of logits predicts: the largest, the first of equal ones. −1, which is no
 * class, if a logit is not finite: such an output is wrong whatever the label.
 */
export function predictedClass(logits: Float32Array): number {
  let best = 0;
  let largest = -Infinity;
  for (let c = 0; c < logits.length; c++) {
    const value = logits[c] ?? NaN;
    if (!Number.isFinite(value)) return -1;
    if (value > largest) {
      best = c;
      largest = value;
    }
  }
  return best;
}

/** `z_y − max_{j ≠ y} z_j`: negative where another class wins. */
export function marginOf(logits: Float32Array, label: number): number {
  let other = -Infinity;
  for (let c = 0; c < logits.length; c++) {
    const value = logits[c] ?? NaN;
    if (c !== label && value > other) other = value;
  }
  return (logits[label] ?? NaN) - other;
}

/** Classes from the largest logit to the smallest; of equal ones the lower index first. */
export const rankedClasses = (logits: Float32Array): number[] =>
  Array.from(logits, (_, c) => c).sort((a, b) => at(logits, b) - at(logits, a) || a - b);
