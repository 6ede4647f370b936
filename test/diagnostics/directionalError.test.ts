import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {
  directionalError,
  dot,
  moved,
  randomSigns,
  rootMeanSquare,
} from '../../src/diagnostics/directionalError';

const probe = (slopes: number[], f: (h: number) => number[], scale = 1) => {
  const distances: number[] = [];
  const at = async (h: number) => {
    distances.push(h);
    return f(h);
  };
  return {slopes, at, scale, distances};
};

describe('directionalError', () => {
  it('is the distance of slopes and differences, relative to the larger', async () => {
    const f = (h: number) => [3 * h + 7, 4 * h];
    expect(await directionalError(probe([3, 4], f), [0.5], 0.05)).toBeCloseTo(0, 12);
    expect(await directionalError(probe([3, 0], f), [0.5], 0.05)).toBeCloseTo(0.8, 12);
    expect(await directionalError(probe([6, 8], f), [0.5], 0.05)).toBeCloseTo(0.5, 12);
  });

  it('takes the best of the steps, and stops at a tenth of the tolerance', async () => {
    const kink = (h: number) => [Math.max(h, -0.1) + 0.02 * h ** 3];
    const p = probe([1], kink);
    expect(await directionalError(p, [1, 0.05, 0.01], 0.05)).toBeCloseTo(0.00005, 8);
    expect(p.distances).toEqual([1, -1, 0.05, -0.05]);
  });

  it('skips what rounding hides, and passes what vanishes in it', async () => {
    const tiny = probe([1e-6], () => [0]);
    expect(await directionalError(tiny, [1e-2, 1e-3], 0.05)).toBe(0);
    expect(
      await directionalError(
        probe([1e-6], () => [0], 1e-9),
        [1e-2],
        0.05,
      ),
    ).toBe(1);
    // Not finite is no agreement.
    expect(
      await directionalError(
        probe([1], () => [NaN]),
        [1e-2],
        0.05,
      ),
    ).toBe(Infinity);
  });
});

it('passes a right slope that float32 shows by a few of its steps only', async () => {
  // Next to 1 float32 has steps of 1.2e-7: of 2e-7 it shows 2.4e-7.
  const single = (slope: number) => (h: number) => [Math.fround(1 + slope * h)];
  const right = probe([1e-4], single(1e-4));
  const [after = NaN] = await right.at(1e-3);
  const [before = NaN] = await right.at(-1e-3);
  expect(Math.abs((after - before) / 2e-3 / 1e-4 - 1)).toBeGreaterThan(0.05);
  expect(await directionalError(right, [1e-3], 0.05)).toBe(0);
  // A slope that stands out of the rounding is compared.
  expect(await directionalError(probe([0.2], single(0.1)), [1e-2], 0.05)).toBeCloseTo(0.5, 3);
});

describe('directionalError at its limits', () => {
  it('is relative to the differences, too, where these are the larger', async () => {
    const f = (h: number) => [6 * h, 8 * h];
    expect(await directionalError(probe([3, 4], f), [0.5], 0.05)).toBeCloseTo(0.5, 12);
    expect(await directionalError(probe([0, 0], f), [0.5], 0.05)).toBeCloseTo(1, 12);
  });

  it('tries every step in order where none is good enough, and keeps the smallest error', async () => {
    // Off by 0.5 at the first step, by 0.1 at the second, by 0.3 at the third.
    const off: Record<number, number> = {1: 0.5, 0.5: 0.1, 0.25: 0.3};
    const p = probe([1], (h) => [h * (1 - (off[Math.abs(h)] as number))]);
    expect(await directionalError(p, [1, 0.5, 0.25], 0.05)).toBeCloseTo(0.1, 12);
    expect(p.distances).toEqual([1, -1, 0.5, -0.5, 0.25, -0.25]);
  });

  it('does not stop at an error that is within the tolerance but not within a tenth of it', async () => {
    const off: Record<number, number> = {1: 0.02, 0.5: 0.001};
    const p = probe([1], (h) => [h * (1 - (off[Math.abs(h)] as number))]);
    expect(await directionalError(p, [1, 0.5], 0.05)).toBeCloseTo(0.001, 12);
  });

  it('stops at exactly a tenth of the tolerance', async () => {
    const flat = probe([1], () => [0]);
    expect(await directionalError(flat, [1, 0.5], 10)).toBe(1);
    expect(flat.distances).toEqual([1, -1]);
  });

  it('takes rounding to be 3e-7 of the scale, by the root of the rows, over the step', async () => {
    // 20 times that, for four rows at a step of 0.5 and a scale of 2: 4.8e-5.
    const error = (slope: number) => {
      const zero = () => [0, 0, 0, 0];
      return directionalError(probe([slope, 0, 0, 0], zero, 2), [0.5], 0.05);
    };
    expect(await error(4.7e-5)).toBe(0);
    expect(await error(4.9e-5)).toBe(1);
  });

  it('is 0 without steps, and does not let one NaN hide a good step', async () => {
    expect(await directionalError(probe([1], () => [1]), [], 0.05)).toBe(0); // prettier-ignore
    const nan = probe([1], (h) => [Math.abs(h) > 0.5 ? NaN : h]);
    expect(await directionalError(nan, [1, 0.1], 0.05)).toBeCloseTo(0, 12);
  });
});

describe('its vectors', () => {
  it('are signs, sums and sizes', () => {
    const signs = randomSigns(100, createRng(1));
    expect(new Set(signs)).toEqual(new Set([1, -1]));
    expect(signs).toEqual(randomSigns(100, createRng(1)));
    const drawn = createRng(1);
    expect(Array.from(signs)).toEqual(
      Array.from({length: 100}, () => (drawn.uniform() < 0.5 ? -1 : 1)),
    );
    expect(rootMeanSquare(Float32Array.of(3, -4))).toBeCloseTo(Math.sqrt(12.5), 12);
    expect(rootMeanSquare(Float32Array.of())).toBe(0);
    expect([...moved(Float32Array.of(1, 2), Float32Array.of(1, -1), 0.5)]).toEqual([1.5, 1.5]);
    expect(dot([1, 2], Float32Array.of(3, 4))).toBe(11);
  });
});
