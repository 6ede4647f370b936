import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {ballPoints} from '../../../src/testing/arbitraries/ballPoints';
import {imageBatches} from '../../../src/testing/arbitraries/imageBatches';
import type {PlainTensor} from '../../../src/testing/arbitraries/plainTensor';
import {threatModels} from '../../../src/testing/arbitraries/threatModels';
import {shrunk} from '../../support/shrunk';

const offsets = (point: PlainTensor, center: PlainTensor) =>
  Array.from(point.values, (value, i) => value - center.values[i]!);

const problems = fc
  .tuple(imageBatches({count: 1}), threatModels())
  .chain(([center, threat]) =>
    fc.tuple(fc.constant(center), fc.constant(threat), ballPoints(center, threat)),
  );

describe('ballPoints', () => {
  it.prop([problems])('lie in ball and range, exactly', ([center, threat, point]) => {
    const moved = offsets(point, center);
    const norm = threat.norm === 'linf' ? Math.max(...moved.map(Math.abs)) : Math.hypot(...moved);
    expect(point.shape).toEqual(center.shape);
    expect(norm).toBeLessThanOrEqual(threat.epsilon);
    for (const value of point.values) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
  });

  it.each(['linf', 'l2'] as const)('come near the border of the %s ball', (norm) => {
    const center = {values: new Float32Array(3).fill(0.5), shape: [1, 3]};
    const drawn = fc.sample(ballPoints(center, {norm, epsilon: 0.25}), {numRuns: 500, seed: 1});
    const norms = drawn.map((point) => {
      const moved = offsets(point, center);
      return norm === 'linf' ? Math.max(...moved.map(Math.abs)) : Math.hypot(...moved);
    });
    expect(Math.max(...norms)).toBeGreaterThan(0.24);
    expect(Math.min(...norms)).toBeLessThan(0.1);
    // The center itself is one of a thousand radii, or steps.
    expect(norms.filter((length) => length === 0).length).toBeLessThan(50);
  });

  it.each(['linf', 'l2'] as const)('move each example of a batch by itself: %s', (norm) => {
    const center = {values: new Float32Array(4).fill(0.5), shape: [2, 2]};
    const drawn = fc.sample(ballPoints(center, {norm, epsilon: 0.25}), {numRuns: 100, seed: 1});
    // The first example goes up and the second down, about every fourth time.
    const apart = drawn.filter(({values: [a = 0, , b = 0]}) => a > 0.5 && b < 0.5);
    expect(apart.length).toBeGreaterThan(5);
  });

  it('have an epsilon for each example', () => {
    const center = {values: new Float32Array([0.5, 0.5]), shape: [2, 1]};
    for (const point of fc.sample(ballPoints(center, {epsilon: [0, 0.25]}), 50)) {
      expect(point.values[0]).toBe(0.5);
    }
  });

  it('shrink toward the center, in all coordinates that do not matter', () => {
    const center = {values: new Float32Array([0.5, 0.5, 0.5]), shape: [1, 3]};
    const {values} = shrunk(ballPoints(center, {epsilon: 0.25}), ({values: v}) => v[1]! > 0.6);
    expect([values[0], values[2]]).toEqual([0.5, 0.5]);
    expect(values[1]).toBeCloseTo(0.6, 3); // of 1000 steps the first one beyond
    expect(shrunk(ballPoints(center, {norm: 'l2', epsilon: 1}), () => true).values).toEqual(
      center.values,
    );
  });
});

describe('ballPoints, of a batch', () => {
  const center = {values: new Float32Array(4).fill(0.5), shape: [2, 1, 2, 1]};
  const lengths = (point: PlainTensor) => {
    const [a = NaN, b = NaN, c = NaN, d = NaN] = offsets(point, center);
    return [Math.hypot(a, b), Math.hypot(c, d)] as const;
  };

  it('measure each example by itself, within its own epsilon', () => {
    const threat = {norm: 'l2', epsilon: [0.125, 0.25]} as const;
    const drawn = fc.sample(ballPoints(center, threat), {numRuns: 500, seed: 1}).map(lengths);
    const [first, second] = [drawn.map(([one]) => one), drawn.map(([, two]) => two)];
    expect(Math.max(...first)).toBeLessThanOrEqual(0.125);
    expect(Math.max(...first)).toBeGreaterThan(0.12);
    expect(Math.max(...second)).toBeLessThanOrEqual(0.25);
    expect(Math.max(...second)).toBeGreaterThan(0.24);
    // The radii are drawn apart: a short one beside a long one.
    expect(drawn.some(([one, two]) => one < 0.03 && two > 0.2)).toBe(true);
  });

  it('have every radius as often as any other', () => {
    const threat = {norm: 'l2', epsilon: 0.25} as const;
    const drawn = fc.sample(ballPoints(center, threat), {numRuns: 2000, seed: 1}).map(lengths);
    const mean = drawn.reduce((sum, [one]) => sum + one, 0) / drawn.length;
    // Uniform in [0, 0.25]: 0.125, with a standard deviation of 0.0016. fast-check draws ends more often.
    expect(Math.abs(mean - 0.125)).toBeLessThan(0.02);
  });

  it('stay in the range, which may be another one or none', () => {
    const dark = {values: new Float32Array(4), shape: [2, 2]};
    const valuesIn = (clip: readonly [number, number] | null | undefined) =>
      fc
        .sample(ballPoints(dark, {epsilon: 0.25, ...(clip === undefined ? {} : {clip})}), 200)
        .flatMap(({values}) => Array.from(values));
    expect(Math.min(...valuesIn(undefined))).toBe(0);
    expect(Math.min(...valuesIn(null))).toBeLessThan(-0.2);
    const narrow = valuesIn([-0.125, 0.1875]);
    expect([Math.min(...narrow), Math.max(...narrow)]).toEqual([-0.125, 0.1875]);
  });

  it('have the epsilon that attacks have, if none is given', () => {
    const drawn = fc.sample(ballPoints(center), {numRuns: 300, seed: 1});
    const most = Math.max(...drawn.flatMap((point) => offsets(point, center).map(Math.abs)));
    expect(most).toBeLessThanOrEqual(8 / 255);
    expect(most).toBeGreaterThan(7.9 / 255);
  });

  it('take a batch of none', () => {
    const none = {values: new Float32Array(0), shape: [0, 3]};
    expect(fc.sample(ballPoints(none, {norm: 'l2', epsilon: 1}), 1)).toEqual([none]);
  });

  it('refuse what is no batch, and what is no threat model', () => {
    const wrong: unknown = {values: [0.5], shape: [1, 1]};
    expect(() => ballPoints(wrong as PlainTensor)).toThrow(
      'ballPoints: "center" must be {values, shape}, a Float32Array and its shape, found',
    );
    expect(() => ballPoints(center, {epsilon: [0.1]})).toThrow(
      'ballPoints: "epsilon" must be a number, or one number for each of the 2 examples',
    );
    expect(() => ballPoints(center, {epsilon: -1})).toThrow('ballPoints: "epsilon" must');
  });
});
