import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {epsilonSteps, shrinkEpsilon} from '../../src/testing/shrinkEpsilon';

describe('epsilonSteps', () => {
  it('are grey levels for linf, whatever the rounding of epsilon', () => {
    const steps = epsilonSteps('linf', 8 / 255, [0, 1]);
    expect(steps).toHaveLength(8);
    steps.forEach((step, i) => expect(step).toBeCloseTo((i + 1) / 255, 12));
    expect(epsilonSteps('linf', Math.fround(8 / 255), [0, 1])).toHaveLength(8);
    expect(epsilonSteps('linf', 8, [0, 255])).toHaveLength(8);
    expect(epsilonSteps('linf', 2.5 / 255, null).map((step) => step * 255)).toEqual([1, 2, 2.5]);
  });

  it('are 32nds for L2, and epsilon is among them', () => {
    expect(epsilonSteps('l2', 0.5, [0, 1])).toHaveLength(32);
    expect(epsilonSteps('l2', 0.5, [0, 1]).at(-1)).toBe(0.5);
    expect(epsilonSteps('linf', 0, [0, 1])).toEqual([0]);
    expect(epsilonSteps('linf', 40, null)).toHaveLength(256);
  });
});

describe('epsilonSteps, one by one', () => {
  it('are a grey level apart in the units of the range, up to 256 of them', () => {
    expect(epsilonSteps('linf', 8 / 255, [-1, 1])).toEqual([1, 2, 3, 4].map((k) => (k * 2) / 255));
    const whole = epsilonSteps('linf', 1, [0, 1]);
    expect(whole).toHaveLength(255);
    whole.forEach((step, i) => expect(step).toBeCloseTo((i + 1) / 255, 12));
    const most = epsilonSteps('linf', 255.5 / 255, null);
    expect(most.slice(-2).map((step) => step * 255)).toEqual([255, 255.5]);
  });

  it('are shares of epsilon where there would be more levels, and of an L2 norm', () => {
    epsilonSteps('linf', 40, null).forEach((step, i) => {
      expect(step).toBeCloseTo(((i + 1) * 40) / 256, 12);
    });
    epsilonSteps('l2', 0.5, [0, 1]).forEach((step, i) =>
      expect(step).toBeCloseTo((i + 1) / 64, 12),
    );
  });
});

describe('shrinkEpsilon', () => {
  it.prop([fc.integer({min: 1, max: 40}), fc.integer({min: 1, max: 40})])(
    'finds the smallest step that breaks, in a few attacks',
    async (a, b) => {
      const [threshold, count] = [Math.min(a, b), Math.max(a, b)];
      let attacks = 0;
      const {epsilon, adversarial} = await shrinkEpsilon(
        Array.from({length: count}, (_, i) => i + 1),
        Float32Array.of(count),
        async (at) => {
          attacks++;
          return at >= threshold ? Float32Array.of(at) : undefined;
        },
      );
      expect(epsilon).toBe(threshold);
      expect(adversarial[0]).toBe(threshold); // what was found there, not at a larger one
      expect(attacks).toBeLessThanOrEqual(Math.ceil(Math.log2(count + 1)));
    },
  );
});
