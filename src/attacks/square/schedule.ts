import type {Norm} from '../../core/threatModel';

/** How long the search is, and how large its windows are. */
export interface SquareSchedule {
  readonly queries: number;
  readonly pInit: number;
  readonly rescaleSchedule: boolean;
}

// Made for 10 000 iterations: after each of these the fraction is halved.
const HALVED_AFTER = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

/**
 * The part of the image that the window of an iteration covers.
 *
 * @param iteration - From 0.
 * @param schedule - With `rescaleSchedule` the halvings are stretched to its number of queries.
 */
export function windowFraction(
  iteration: number,
  {queries, pInit, rescaleSchedule}: SquareSchedule,
): number {
  const place = rescaleSchedule ? Math.trunc((iteration / queries) * 10_000) : iteration;
  return pInit / 2 ** HALVED_AFTER.filter((last) => place > last).length;
}

/** Side of the window that covers a fraction of an image; for L2 odd, at least 3. */
export function windowSide(fraction: number, norm: Norm, height: number, width: number): number {
  const nearest = Math.round(Math.sqrt(fraction * height * width));
  const wanted = norm === 'l2' ? Math.max(nearest, 3) : Math.max(nearest, 1);
  const odd = norm === 'l2' && wanted % 2 === 0 ? wanted + 1 : wanted;
  return Math.min(odd, height, width);
}
