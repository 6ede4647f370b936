// Keeps divisions finite where a window was not changed yet.
const TINY_NORM = 1e-12;

/** The pixels of two windows, and what may be spent on them. */
export interface Windows {
  /** Number of pixels of the first window, those that come first in `changes`. */
  readonly filled: number;
  readonly channels: number;
  /** What is added to the first window, of length 1: a value for each of its pixels. */
  readonly pattern: Float64Array;
}

/**
 * Takes away the change in two windows and spends it, with its share of what the ball has left, on
 * the first: the old change of that window, made unit length, plus or minus the pattern.
 *
 * @param changes - The change at each pixel of both windows, the channels of a pixel together;
 *   overwritten with the new one, which is 0 outside the first window.
 * @param windows - See {@link Windows}.
 * @param left - What is left of the squared radius, shared by the channels.
 * @param signs - Of the pattern, by channel.
 * @returns Sums of squares before and after.
 */
export function refill(
  changes: Float64Array,
  {filled, channels, pattern}: Windows,
  left: number,
  signs: Float64Array,
): {before: number; after: number} {
  const end = filled * channels;
  let before = 0;
  let after = 0;
  for (let channel = 0; channel < channels; channel++) {
    const sign = signs[channel] ?? NaN;
    let inFilled = 0;
    for (let i = channel; i < end; i += channels) {
      inFilled += (changes[i] ?? NaN) * (changes[i] ?? NaN);
    }
    let inBoth = inFilled;
    for (let i = end + channel; i < changes.length; i += channels) {
      inBoth += (changes[i] ?? NaN) * (changes[i] ?? NaN);
      changes[i] = 0;
    }
    before += inBoth;
    const length = Math.sqrt(inFilled) + TINY_NORM;
    let squares = 0;
    for (let i = channel, pixel = 0; i < end; i += channels, pixel++) {
      const value = sign * (pattern[pixel] ?? NaN) + (changes[i] ?? NaN) / length;
      changes[i] = value;
      squares += value * value;
    }
    // The maximum is taken of the sum, not of `left` alone: where the rounding of pixels made the
    // whole change too long, it is taken back here.
    const budget = Math.max(left / channels + inBoth, 0);
    const factor = Math.sqrt(budget) / (Math.sqrt(squares) + TINY_NORM);
    for (let i = channel; i < end; i += channels) changes[i] = (changes[i] ?? NaN) * factor;
    after += squares * factor * factor;
  }
  return {before, after};
}
