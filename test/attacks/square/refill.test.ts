import {describe, expect, it} from 'vitest';

import {refill} from '../../../src/attacks/square/refill';
import {expectClose} from '../../support/tensors';

const squares = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value ** 2, 0);

describe('refill', () => {
  it('adds the pattern to the unit change of the first window, at the length of both', () => {
    // One channel, two pixels a window: (3, 4) is (.6, .8) at length 5; the second has length 12.
    const changes = Float64Array.of(3, 4, 12, 0);
    const pattern = Float64Array.of(0, 1);
    const sums = refill(changes, {filled: 2, channels: 1, pattern}, 0, Float64Array.of(1));
    expectClose(
      changes,
      [(13 * 0.6) / Math.hypot(0.6, 1.8), (13 * 1.8) / Math.hypot(0.6, 1.8), 0, 0],
      1e-11,
    );
    expect(sums.before).toBe(169);
    expect(sums.after).toBeCloseTo(169, 9);
  });

  it('turns the pattern round where the sign is negative', () => {
    const changes = Float64Array.of(3, 4);
    const windows = {filled: 2, channels: 1, pattern: Float64Array.of(0, 1)};
    refill(changes, windows, 0, Float64Array.of(-1));
    expectClose(
      changes,
      [(5 * 0.6) / Math.hypot(0.6, 0.2), (-5 * 0.2) / Math.hypot(0.6, 0.2)],
      1e-11,
    );
  });

  it('shares what is left equally, and keeps channels apart', () => {
    const changes = Float64Array.of(3, 0, 0, 0, 4, 1);
    const windows = {filled: 2, channels: 2, pattern: Float64Array.of(1, 0)};
    const sums = refill(changes, windows, 48, Float64Array.of(1, -1));
    // Channel 0: 3² + 4² + 24; channel 1: 1² + 24.
    expectClose(changes, [7, -5, 0, 0, 0, 0], 1e-11);
    expect(sums.before).toBe(26);
    expect(sums.after).toBeCloseTo(74, 9);
  });

  it('takes back a change that rounding made too long', () => {
    const windows = {filled: 1, channels: 1, pattern: Float64Array.of(1)};
    const long = Float64Array.of(2);
    expect(refill(long, windows, -3, Float64Array.of(1)).after).toBeCloseTo(1, 9);
    expectClose(long, [1], 1e-11);
    const nothing = Float64Array.of(2);
    refill(nothing, windows, -5, Float64Array.of(1));
    expect([...nothing]).toEqual([0]);
  });

  it('stays finite where the pattern meets its negative', () => {
    const changes = Float64Array.of(-2);
    const windows = {filled: 1, channels: 1, pattern: Float64Array.of(1)};
    const {after} = refill(changes, windows, 1, Float64Array.of(1));
    expect(Number.isFinite(changes[0])).toBe(true);
    expect(after).toBeCloseTo(squares(changes), 9);
  });

  it('fills an untouched window with the pattern alone', () => {
    const changes = new Float64Array(2);
    const windows = {filled: 2, channels: 1, pattern: Float64Array.of(0.6, -0.8)};
    const {before, after} = refill(changes, windows, 4, Float64Array.of(-1));
    expectClose(changes, [-1.2, 1.6], 1e-11);
    expect(before).toBe(0);
    expect(after).toBeCloseTo(4, 9);
  });
});
