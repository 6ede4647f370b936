import {describe, expect, it} from 'vitest';

import {fabConstants, fabStepper, fabSteps} from '../../../src/attacks/fab/fabStep';
import {expectClose} from '../../support/tensors';

const PUBLISHED = {alphaMax: 0.1, overshoot: 1.05};

describe('fabConstants', () => {
  it('are those of norm and range', () => {
    expect(fabConstants(3, {norm: 'linf', clip: [0, 4]}, PUBLISHED)).toEqual({
      ...{size: 3, isL2: false, flat: 0, min: 0, max: 4, middle: 2, half: 2},
      ...PUBLISHED,
    });
    const endless = fabConstants(3, {norm: 'l2', clip: null}, PUBLISHED);
    expect(endless).toMatchObject({isL2: true, flat: 1e-8, min: -Infinity, max: Infinity});
    expect(endless.half).toBeGreaterThan(1e99);
  });
});

describe('fabStepper', () => {
  it.each([
    // From the clean point both projections are one: 1.05 of the way, along w or its sign.
    ['l2', [0.5, 0.5, 0.5], [0.5 - 1.05 * 0.06, 0.5, 0.5 + 1.05 * 0.08]],
    ['linf', [0.5, 0.5, 0.5], [0.5 - 1.05 / 14, 0.5, 0.5 + 1.05 / 14]],
  ] as const)('goes beyond the hyperplane in %s', (norm, from, to) => {
    const current = Float32Array.from(from);
    const step = fabStepper(fabConstants(3, {norm, clip: [0, 1]}, PUBLISHED));
    step(current, Float32Array.from(from), Float32Array.of(3, 0, -4), 0.5);
    expectClose(current, to, 1e-6);
  });

  it('is drawn to the clean point by the share of the lengths, alphaMax at most', () => {
    const clean = Float32Array.of(0, 0);
    const w = Float32Array.of(1, 0);
    const of = (alphaMax: number) => {
      const current = Float32Array.of(1, 2);
      const step = fabStepper(fabConstants(2, {norm: 'l2', clip: null}, {alphaMax, overshoot: 1}));
      // The hyperplane is z0 = 4: 3 from current, 4 from clean.
      step(current, clean, w, -3);
      return [...current];
    };
    expectClose(of(1), [4, 2 * (4 / 7)], 1e-6);
    expectClose(of(0.1), [4, 1.8], 1e-6);
  });

  it('stays in the range', () => {
    const current = Float32Array.of(0.9, 0.2);
    const step = fabStepper(fabConstants(2, {norm: 'linf', clip: [0, 1]}, PUBLISHED));
    step(current, Float32Array.of(0.9, 0.2), Float32Array.of(1, 1), -0.3);
    // Both up by 0.15, were it not for the bound of the first: 0.1, and 0.2 for the second.
    expectClose(current, [1, 0.2 + 1.05 * 0.2], 1e-6);
  });
});

describe('fabSteps', () => {
  it('lends steps on any backend, once', () => {
    const current = Float32Array.of(0.5, 0.5);
    let calls = 0;
    fabSteps(fabConstants(2, {norm: 'l2', clip: [0, 1]}, PUBLISHED))((step) => {
      calls++;
      step(current, Float32Array.of(0.5, 0.5), Float32Array.of(0, 2), 0.4);
    });
    expect(calls).toBe(1);
    expectClose(current, [0.5, 0.5 - 1.05 * 0.2], 1e-6);
  });
});
