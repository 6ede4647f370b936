import {describe, expect, it} from 'vitest';

import {windowFraction, windowSide} from '../../../src/attacks/square/schedule';

const PLAIN = {queries: 5000, pInit: 0.8, rescaleSchedule: false};
const RESCALED = {...PLAIN, rescaleSchedule: true};

// attacks.md 12.2: iteration at which the fraction changes, and to what.
const changes = (schedule: typeof PLAIN): [number, number][] =>
  Array.from({length: schedule.queries}, (_, i) => i)
    .filter((i) => i === 0 || windowFraction(i, schedule) !== windowFraction(i - 1, schedule))
    .map((i) => [i, windowFraction(i, schedule)]);

describe('windowFraction', () => {
  it('halves after the published iterations', () => {
    expect(changes(PLAIN)).toEqual([
      [0, 0.8],
      [11, 0.4],
      [51, 0.2],
      [201, 0.1],
      [501, 0.05],
      [1001, 0.025],
      [2001, 0.0125],
      [4001, 0.00625],
    ]);
  });

  it('stretches them to the number of queries if asked to', () => {
    expect(changes(RESCALED)).toEqual([
      [0, 0.8],
      [6, 0.4],
      [26, 0.2],
      [101, 0.1],
      [251, 0.05],
      [501, 0.025],
      [1001, 0.0125],
      [2001, 0.00625],
      [3001, 0.003125],
      [4001, 0.0015625],
    ]);
  });

  it('ends at a 512th of where it starts', () => {
    const long = {queries: 20_000, pInit: 0.5, rescaleSchedule: false};
    expect(windowFraction(6000, long)).toBe(0.5 / 128);
    expect(windowFraction(8000, long)).toBe(0.5 / 256);
    expect(windowFraction(8001, long)).toBe(0.5 / 512);
    expect(windowFraction(19_999, long)).toBe(0.5 / 512);
  });

  it('truncates the rescaled iteration', () => {
    // 3 of 2900 is 10.3 of 10 000: still the first window.
    const schedule = {queries: 2900, pInit: 0.8, rescaleSchedule: true};
    expect([3, 4].map((i) => windowFraction(i, schedule))).toEqual([0.8, 0.4]);
  });
});

describe('windowSide', () => {
  const fractions = [0.8, 0.4, 0.2, 0.1, 0.05, 0.025, 0.0125, 0.00625];

  it.each([
    [28, 'linf', [25, 18, 13, 9, 6, 4, 3, 2]],
    [28, 'l2', [25, 19, 13, 9, 7, 5, 3, 3]],
    [32, 'linf', [29, 20, 14, 10, 7, 5, 4, 3]],
    [32, 'l2', [29, 21, 15, 11, 7, 5, 5, 3]],
    [64, 'linf', [57, 40, 29, 20, 14, 10, 7, 5]],
    [64, 'l2', [57, 41, 29, 21, 15, 11, 7, 5]],
  ] as const)('of an image with side %i in %s is the published one', (side, norm, expected) => {
    expect(fractions.map((fraction) => windowSide(fraction, norm, side, side))).toEqual(expected);
  });

  it('is at least 1, or 3 for L2, and at most the shorter side of the image', () => {
    expect(windowSide(1e-5, 'linf', 28, 28)).toBe(1);
    expect(windowSide(1e-5, 'l2', 28, 28)).toBe(3);
    expect(windowSide(0.8, 'linf', 4, 100)).toBe(4);
    expect(windowSide(0.8, 'l2', 100, 4)).toBe(4);
    expect(windowSide(0.5, 'l2', 8, 2)).toBe(2);
    expect(windowSide(0.5, 'linf', 6, 12)).toBe(6);
  });
});
