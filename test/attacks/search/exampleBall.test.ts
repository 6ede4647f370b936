import {describe, expect, it} from 'vitest';

import {ballOf, distanceOf, roundingTolerance} from '../../../src/attacks/search/exampleBall';
import {featureThreat} from '../../../src/core/featureThreat';
import type {ThreatModel} from '../../../src/core/threatModel';

const floats = (...values: number[]) => Float32Array.from(values);

describe('distanceOf', () => {
  it('is the norm of the difference', () => {
    const [point, center] = [floats(0.5, -1, 2), floats(0.25, -1, 5)];
    expect(distanceOf('linf', point, center)).toBe(3);
    expect(distanceOf('l2', floats(3, 1, 0), floats(0, 1, 4))).toBe(5);
    expect(distanceOf('linf', center, center)).toBe(0);
    expect(distanceOf('l2', center, center)).toBe(0);
  });

  it('is in doubles', () => {
    const [point, center] = [floats(0.1, 0.7), floats(0.3, 0.2)];
    const [a, b] = [Math.fround(0.1) - Math.fround(0.3), Math.fround(0.7) - Math.fround(0.2)];
    expect(distanceOf('l2', point, center)).toBe(Math.sqrt(a * a + b * b));
    expect(distanceOf('linf', point, center)).toBe(b);
  });

  it.each(['linf', 'l2'] as const)('is NaN where a pixel is, %s', (norm) => {
    expect(distanceOf(norm, floats(NaN, 0), floats(0, 0))).toBeNaN();
    expect(distanceOf(norm, floats(9, NaN, 5), floats(0, 0, 0))).toBeNaN();
  });
});

describe('roundingTolerance', () => {
  it('grows with the bound and with the pixels', () => {
    const linf = {norm: 'linf', epsilon: 0} as const;
    const l2 = {norm: 'l2', epsilon: 0} as const;
    const center = floats(-300, 2);
    const of = (epsilon: number, threat: ThreatModel) => roundingTolerance(epsilon, threat, center);
    expect(of(0, {...linf, clip: [0, 1]})).toBe(2 ** -24);
    expect(of(0.5, {...linf, clip: [0, 1]})).toBe(0.5e-6 + 2 ** -24);
    expect(of(0, {...linf, clip: [-4, 1]})).toBe(4 * 2 ** -24);
    expect(of(0, {...linf, clip: [0, 255]})).toBe(255 * 2 ** -24);
    expect(of(0, {...linf, clip: null})).toBe(300 * 2 ** -24);
    expect(of(0, {...l2, clip: [0, 1]})).toBe(1e-6);
    expect(of(2, {...l2, clip: [0, 1]})).toBe(2e-6 + 1e-6);
    expect(of(0, {...l2, clip: [0, 255]})).toBe(1e-6 * 255);
    expect(of(0, {...l2, clip: null})).toBe(1e-6 * 300);
  });
});

describe('ballOf', () => {
  const center = floats(30, 1e5, 1);
  const look = (
    threat: Parameters<typeof featureThreat>[1],
    point: Float32Array,
  ): {distance: number; isInBall: boolean; isInRange: boolean} =>
    ballOf(featureThreat('f', threat, [1, 3]), 0, center, [3]).look(point);

  it('has the plain ball where features say nothing', () => {
    const threat = {norm: 'linf', epsilon: 2, clip: [0, 1e5]} as const;
    expect(look(threat, floats(32, 1e5, 0))).toEqual({
      ...{distance: 2, isInBall: true, isInRange: true},
    });
    expect(look(threat, floats(33, 1e5, 0)).isInBall).toBe(false);
    expect(look(threat, floats(30, 100_001, 0)).isInRange).toBe(false);
  });

  it('measures in budgets, and a feature without one must not move', () => {
    const threat = {norm: 'linf', epsilon: [[5, 1000, 0]], clip: null} as const;
    expect(look(threat, floats(35, 1e5 - 500, 1))).toEqual({
      ...{distance: 1, isInBall: true, isInRange: true},
    });
    expect(look(threat, floats(35.01, 1e5, 1)).isInBall).toBe(false);
    expect(look(threat, floats(30, 1e5, 1 + 2 ** -23)).isInBall).toBe(false);
    expect(look(threat, floats(NaN, 1e5, 1)).isInBall).toBe(false);
    expect(look({...threat, norm: 'l2'}, floats(33, 1e5 + 800, 1)).isInBall).toBe(true);
    expect(look({...threat, norm: 'l2'}, floats(33.1, 1e5 + 800, 1))).toMatchObject({
      isInBall: false,
    });
  });

  it('allows what float32 rounds away, and no more', () => {
    const threat = {norm: 'linf', epsilon: [[1, 0.001, 1]], clip: null} as const;
    const next = 1e5 + 2 ** -7; // the float32 above 1e5
    expect(look(threat, floats(30, next, 1)).isInBall).toBe(true);
    expect(look(threat, floats(30, next + 0.02, 1)).isInBall).toBe(false);
  });

  it('has ranges by feature', () => {
    const clip = [
      [18, 0, 0],
      [80, 1e5, 1],
    ] as const;
    const threat = {norm: 'linf', epsilon: 60, clip, mask: [[1, 1, 1]]} as const;
    expect(look(threat, floats(80, 1e5, 0)).isInRange).toBe(true);
    expect(look(threat, floats(81, 1e5, 0)).isInRange).toBe(false);
    expect(look(threat, floats(80, 1e5, -0.1)).isInRange).toBe(false);
  });
});
