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
