import {fc, it} from '@fast-check/vitest';
import {describe, expect, it as test} from 'vitest';

import type {Norm} from '../../../src/core/threatModel';
import {
  emptyProjection,
  hyperplaneProjections,
  hyperplaneSetting,
  lesser,
  writeStep,
} from '../../../src/attacks/fab/hyperplane';

type Clip = readonly [number, number] | null;

const dot = (w: readonly number[], t: readonly number[]) =>
  w.reduce((sum, value, i) => sum + value * (t[i] as number), 0);

/** The step to `w·z = b`, and the norm that is returned. */
function project(t: number[], w: number[], b: number, norm: Norm, clip: Clip = [0, 1]) {
  const step = new Float64Array(t.length).fill(NaN);
  const excess = dot(w, t) - b;
  const {
    normal,
    setNormal,
    project: compute,
  } = hyperplaneProjections(t.length, hyperplaneSetting({norm, clip}));
  const projection = emptyProjection(t.length);
  setNormal(Float64Array.from(w));
  compute(projection, Float64Array.from(t), excess);
  writeStep(step, projection, normal);
  return {step: [...step], length: projection.length};
}

const normOf = (norm: Norm, d: readonly number[]) =>
  norm === 'l2' ? Math.hypot(...d) : Math.max(...d.map(Math.abs));

/** The oracle: bisection on λ, for values from 0 to 1. */
function bisected(t: number[], w: number[], b: number, norm: Norm): number[] {
  const excess = dot(w, t) - b;
  const at = (lambda: number) =>
    w.map((value, i) => {
      const down = value * excess > 0;
      const room = down ? (t[i] as number) : 1 - (t[i] as number);
      const length = Math.min(norm === 'l2' ? lambda * Math.abs(value) : lambda, room);
      return value === 0 ? 0 : down ? -length : length;
    });
  let low = 0;
  let high = 1e6;
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (Math.abs(dot(w, at(middle))) < Math.abs(excess)) low = middle;
    else high = middle;
  }
  return at(high);
}

function expectSteps(actual: readonly number[], expected: readonly number[], tolerance: number) {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(tolerance);
  });
}

describe('hyperplaneProjections, golden values', () => {
  // attacks.md 12.7.
  test.each([
    ['A', [0.5, 0.5], [1, 2], 1.2, [-0.1, -0.1], [-0.06, -0.12]],
    ['B', [0.05, 0.5], [1, 1], 0.25, [-0.05, -0.25], [-0.05, -0.25]],
    ['C', [0.9, 0.2, 0.5], [-1, 2, 0], -0.9, [0.1, -0.15, 0], [0.08, -0.16, 0]],
    ['D', [0.9, 0.2, 0.5], [-1, 2, 0], -1.2, [0.1, -0.2, 0], [0.1, -0.2, 0]],
    ['E', [0.5, 0.5], [1, 2], 1.8, [0.1, 0.1], [0.06, 0.12]],
    ['F', [0.5, 0.5], [1, 2], 1.5, [0, 0], [0, 0]],
    ['G', [0, 0.5], [1, 1], 0.25, [0, -0.25], [0, -0.25]],
    [
      'H',
      [0.2, 0.8, 0.4, 0.6],
      [3, -1, 2, -4],
      -1.5,
      [0.03, -0.03, 0.03, -0.03],
      [0.03, -0.01, 0.02, -0.04],
    ],
  ])('%s', (_, t, w, b, linf, l2) => {
    for (const [norm, expected] of [
      ['linf', linf],
      ['l2', l2],
    ] as const) {
      const {step, length} = project(t, w, b, norm);
      expectSteps(step, expected, 1e-15);
      expect(length).toBeCloseTo(normOf(norm, expected), 14);
    }
  });
});

describe('lesser', () => {
  it.prop([
    fc.double({noNaN: true, noDefaultInfinity: true}),
    fc.double({noNaN: true, noDefaultInfinity: true}),
  ])('is Math.min of finite numbers', (a, b) => {
    expect(lesser(a, b) === Math.min(a, b)).toBe(true); // 0 and −0 are one
    expect(lesser(Number.MAX_VALUE, b) === b).toBe(true);
  });
});

describe('hyperplaneProjections', () => {
  test('maps any range: the same problem ten times as wide and moved', () => {
    for (const norm of ['linf', 'l2'] as const) {
      const t = [0.05, 0.5, 0.9];
      const w = [1, 1, -0.25];
      const narrow = project(t, w, 0.02, norm);
      const wide = project(
        t.map((value) => 10 * value - 3),
        w,
        10 * 0.02 - 3 * 1.75,
        norm,
        [-3, 7],
      );
      expectSteps(
        wide.step,
        narrow.step.map((value) => 10 * value),
        1e-12,
      );
      expect(wide.length).toBeCloseTo(10 * narrow.length, 12);
    }
  });

  test('has the plain closed form without a range', () => {
    const w = [3, -4, 0];
    const linf = project([9, -2, 5], w, 0, 'linf', null); // 35 / 7
    expectSteps(linf.step, [-5, 5, 0], 1e-14);
    expect(linf.length).toBeCloseTo(5, 14);
    const l2 = project([9, -2, 5], w, 0, 'l2', null); // 35 / 25
    expectSteps(l2.step, [-4.2, 5.6, 0], 1e-14);
    expect(l2.length).toBeCloseTo(7, 14);
  });

  test('leaves coordinates with |w| < 1e-8 alone under L2 only, measured for values from 0 to 1', () => {
    const w = [1e-8, 0.99e-8, 0];
    expectSteps(project([1, 1, 1], w, 0, 'l2').step, [-1, 0, 0], 1e-15);
    expectSteps(project([1, 1, 1], w, 0, 'linf').step, [-1, -1, 0], 1e-15);
    expectSteps(project([10, 10], [1e-9, 0.99e-9], 0, 'l2', [0, 10]).step, [-10, 0], 1e-14);
    expectSteps(project([11, 11], [1e-9, 0.99e-9], 0, 'l2', [1, 11]).step, [-10, 0], 1e-14);
    expectSteps(project([1, 1], [1e-8, 0.99e-8], 0, 'l2', null).step, [-1.99, 0], 1e-9);
  });

  test.each(['linf', 'l2'] as const)('does not move along a zero normal (%s)', (norm) => {
    for (const clip of [[0, 1], null] as const) {
      for (const b of [-1, 0, 1]) {
        const {step, length} = project([0.2, 0.7], [0, 0], b, norm, clip);
        expectSteps(step, [0, 0], 0);
        expect(length).toBe(0);
      }
    }
  });

  test.each(['linf', 'l2'] as const)('goes to every bound when it has to (%s)', (norm) => {
    // Just reachable, and beyond.
    for (const b of [0, -5]) {
      const {step, length} = project([0.25, 0.5], [2, 1], b, norm);
      expectSteps(step, [-0.25, -0.5], 1e-15);
      expect(length).toBeCloseTo(norm === 'l2' ? Math.sqrt(0.3125) : 0.5, 14);
    }
    expectSteps(project([0.25, 0.5], [2, -1], 9, norm).step, [0.75, -0.5], 1e-15);
  });

  const unit = fc.oneof(fc.double({min: 0, max: 1, noNaN: true}), fc.constantFrom(0, 1, 0.5));
  const weight = fc.oneof(
    fc.integer({min: -4000, max: 4000}).map((value) => value / 1000),
    fc.constantFrom(0, 1, -1),
  );
  const problem = fc.integer({min: 1, max: 12}).chain((n) =>
    fc.record({
      t: fc.array(unit, {minLength: n, maxLength: n}),
      w: fc.array(weight, {minLength: n, maxLength: n}),
      b: fc.double({min: -10, max: 10, noNaN: true}),
      other: fc.array(unit, {minLength: n, maxLength: n}),
      norm: fc.constantFrom<Norm>('linf', 'l2'),
    }),
  );

  it.prop([problem], {numRuns: 400})('agrees with bisection', ({t, w, b, norm}) => {
    const {step, length} = project(t, w, b, norm);
    expectSteps(step, bisected(t, w, b, norm), 1e-9);
    expect(length).toBeCloseTo(normOf(norm, step), 12);
  });

  it.prop([problem], {numRuns: 200})(
    'stays in the range and meets the hyperplane where it can (23)',
    ({t, w, b, norm}) => {
      const {step} = project(t, w, b, norm);
      const z = t.map((value, i) => value + (step[i] as number));
      z.forEach((value) => expect(value >= -1e-15 && value <= 1 + 1e-15).toBe(true));
      const c = dot(w, t) - b;
      const reach = w.reduce((sum, value, i) => {
        const room = value * c > 0 ? (t[i] as number) : 1 - (t[i] as number);
        return sum + Math.abs(value) * room;
      }, 0);
      const left = Math.abs(dot(w, z) - b);
      const expected = Math.max(0, Math.abs(c) - reach);
      expect(Math.abs(left - expected)).toBeLessThan(1e-12 * (1 + Math.abs(b)));
    },
  );

  it.prop([problem], {numRuns: 200})(
    'is the shortest step: no other point of the hyperplane is nearer (24)',
    ({t, w, other, norm}) => {
      // The hyperplane through a point of the range: reachable, with that point as a competitor.
      const {length} = project(t, w, dot(w, other), norm);
      const distance = normOf(
        norm,
        other.map((value, i) => value - (t[i] as number)),
      );
      expect(length).toBeLessThanOrEqual(distance + 1e-12);
    },
  );

  it.prop([problem, fc.constantFrom(2, -1, -0.5, 3, 0.01)], {numRuns: 200})(
    'does not depend on the scale of the hyperplane (25)',
    ({t, w, b, norm}, scale) => {
      const scaled = project(
        t,
        w.map((value) => scale * value),
        scale * b,
        norm,
      );
      expectSteps(scaled.step, project(t, w, b, norm).step, 1e-9);
    },
  );

  it.prop([problem], {numRuns: 100})('does not move from the hyperplane (26)', ({t, w, norm}) => {
    expectSteps(
      project(t, w, dot(w, t), norm).step,
      w.map(() => 0),
      1e-15,
    );
  });

  it.prop([problem], {numRuns: 200})(
    'moves what is free by one |d| (L∞), or by one d / w (L2) (28)',
    ({t, w, b, norm}) => {
      const {step} = project(t, w, b, norm);
      const free = step.flatMap((d, i) => {
        const z = (t[i] as number) + d;
        const value = w[i] as number;
        const isFree = value !== 0 && z > 1e-12 && z < 1 - 1e-12;
        return isFree ? [norm === 'l2' ? d / value : Math.abs(d)] : [];
      });
      free.forEach((value) => expect(value).toBeCloseTo(free[0] as number, 9));
    },
  );
});
