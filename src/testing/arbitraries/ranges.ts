import * as fc from 'fast-check';

import {checkGiven} from '../../core/checks/checkGiven';
import {checkNumber} from '../../core/checks/checkNumber';

/** A number that is fixed, or a smallest and a largest one. */
export type CountRange = number | readonly [min: number, max: number];

/** Both ends of a range. */
export function endsOf(where: string, argument: string, range: CountRange): [number, number] {
  const isPair = Array.isArray(range) && range.length === 2;
  const expected = 'be a whole number, or [min, max]';
  const isRight = typeof range === 'number' || isPair;
  checkGiven(where, argument, range, isRight, expected, 'Pass 3, or [1, 4], say.');
  const [min, max] = typeof range === 'number' ? [range, range] : range;
  checkNumber(where, `${argument}[0]`, min, {min: 0, integer: true});
  checkNumber(where, `${argument}[1]`, max, {min, integer: true});
  return [min, max];
}

/** An integer of a range; it shrinks toward the smallest. */
export function integerIn(
  where: string,
  argument: string,
  range: CountRange,
): fc.Arbitrary<number> {
  const [min, max] = endsOf(where, argument, range);
  return fc.integer({min, max});
}

/**
 * A list of which only the first few entries are used. Lists are drawn at their full length and
 * cut: a shorter list, tried while shrinking, then begins as the longer one did.
 */
export const listOf = (item: fc.Arbitrary<number>, length: number): fc.Arbitrary<number[]> =>
  fc.array(item, {minLength: length, maxLength: length, size: 'max'});
