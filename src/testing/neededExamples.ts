import {binomialBounds} from '../metrics/binomialTail';

const MOST = 1_000_000;

/**
 * About how many examples would decide a claim, if the fraction of robust ones stayed as it is.
 *
 * @param share - Robust accuracy seen so far.
 * @param total - Examples seen so far.
 * @param atLeast - What is claimed.
 * @param levels - Confidence of the lower bound, and of the upper one.
 * @returns A number above `total`, to two digits; `null` if a million would not do.
 */
export function neededExamples(
  share: number,
  total: number,
  atLeast: number,
  {confidence, joint}: {readonly confidence: number; readonly joint: number},
): number | null {
  const decides = (size: number): boolean => {
    const correct = Math.round(share * size);
    return share >= atLeast
      ? binomialBounds(correct, size, confidence)[0] >= atLeast
      : binomialBounds(correct, size, joint)[1] < atLeast;
  };
  let high = total + 1;
  while (!decides(high)) {
    if (high >= MOST) return null;
    high = Math.min(MOST, high * 2);
  }
  // Rounding of the count aside, the bounds narrow as the number grows, so that this is near the
  // smallest.
  let low = total;
  while (high - low > Math.max(1, low / 100)) {
    const middle = Math.floor((low + high) / 2);
    if (decides(middle)) high = middle;
    else low = middle;
  }
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(high)) - 1);
  return Math.max(total + 1, Math.ceil(high / digit) * digit);
}
