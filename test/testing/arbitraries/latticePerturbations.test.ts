import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {latticePerturbations} from '../../../src/testing/arbitraries/latticePerturbations';
import {threatModels} from '../../../src/testing/arbitraries/threatModels';
import {shrunk} from '../../support/shrunk';

const problems = threatModels({
  clips: [
    [0, 1],
    [-1, 1],
  ],
}).chain((threat) => fc.tuple(fc.constant(threat), latticePerturbations([2, 2, 2, 1], threat)));

describe('latticePerturbations', () => {
  it.prop([problems])(
    'are whole levels within epsilon',
    ([{norm, epsilon, clip}, {values, shape}]) => {
      const level = (clip![1] - clip![0]) / 255;
      expect(shape).toEqual([2, 2, 2, 1]);
      for (let row = 0; row < 2; row++) {
        const levels = Array.from(values.subarray(4 * row, 4 * row + 4), (value) => value / level);
        for (const value of levels) expect(value).toBeCloseTo(Math.round(value), 4);
        const whole = levels.map(Math.round);
        const length = norm === 'linf' ? Math.max(...whole.map(Math.abs)) : Math.hypot(...whole);
        expect(length).toBeLessThanOrEqual((epsilon / level) * (1 + 1e-6));
      }
    },
  );

  it('refuse a shape without a batch axis, and give a typed array as an array', () => {
    expect(() => latticePerturbations([])).toThrow(/"shape" must be \[batch, \.\.\.\]/);
    const [drawn] = fc.sample(latticePerturbations(Int32Array.of(1, 2) as never), 1);
    expect(drawn?.shape).toEqual([1, 2]);
  });

  it('reach epsilon', () => {
    const drawn = fc.sample(latticePerturbations([1, 4], {epsilon: 8 / 255}), {
      seed: 1,
      numRuns: 200,
    });
    const most = Math.max(...drawn.flatMap(({values}) => Array.from(values, Math.abs)));
    expect(most).toBeCloseTo(8 / 255, 6);
  });

  it('shrink toward one level of one pixel', () => {
    const arbitrary = latticePerturbations([1, 3], {epsilon: 8 / 255});
    expect([...shrunk(arbitrary, () => true).values].map(Math.abs)).toEqual([0, 0, 0]);
    const {values} = shrunk(arbitrary, ({values: v}) => Math.abs(v[1]!) > 0.01);
    expect(Array.from(values, (value) => Math.abs(Math.round(255 * value)))).toEqual([0, 3, 0]);
  });
});

describe('options of latticePerturbations', () => {
  const levelsOf = (...given: Parameters<typeof latticePerturbations>) =>
    fc
      .sample(latticePerturbations(...given), {numRuns: 400, seed: 1})
      .map(({values}) => Array.from(values));
  const most = (lists: readonly (readonly number[])[]) =>
    Math.max(...lists.flat().map((value) => Math.abs(value)));

  it('have their defaults: 8 of the 255 levels of [0, 1], linf', () => {
    const drawn = levelsOf([1, 4]);
    expect(most(drawn)).toBeCloseTo(8 / 255, 6);
    // Each value by itself: an L2 ball would not hold them.
    expect(drawn.some((row) => Math.hypot(...row) > 9 / 255)).toBe(true);
    expect(drawn.some((row) => row.some((value) => value < -7.5 / 255))).toBe(true);
  });

  it('have an epsilon for each example, of either norm', () => {
    for (const norm of ['linf', 'l2'] as const) {
      const drawn = levelsOf([3, 2], {norm, epsilon: [0, 2 / 255, 4 / 255]});
      const rows = [0, 1, 2].map((i) => drawn.map((row) => row.slice(2 * i, 2 * i + 2)));
      const reached = rows.map((some) => Math.round(255 * most(some)));
      expect(reached).toEqual([0, 2, 4]);
    }
  });

  it('come near the sphere for l2, and never go beyond', () => {
    const drawn = levelsOf([2, 3], {norm: 'l2', epsilon: 20 / 255});
    for (const from of [0, 3]) {
      const lengths = drawn.map((row) => 255 * Math.hypot(...row.slice(from, from + 3)));
      expect(Math.max(...lengths)).toBeLessThanOrEqual(20 + 1e-4);
      expect(Math.max(...lengths)).toBeGreaterThan(19);
      expect(Math.min(...lengths)).toBeLessThan(8);
    }
  });

  it('count the levels of the range; without one a level is 1/255', () => {
    const unit = (values: readonly number[]) =>
      Math.min(...values.map(Math.abs).filter((value) => value > 0));
    expect(unit(levelsOf([1, 4], {epsilon: 0.1, clip: null}).flat())).toBeCloseTo(1 / 255, 6);
    expect(unit(levelsOf([1, 4], {epsilon: 1, clip: [-1, 1], levels: 5}).flat())).toBe(0.5);
    expect(unit(levelsOf([1, 4], {epsilon: 1, levels: 2}).flat())).toBe(1);
  });

  it('take a batch of none', () => {
    expect(levelsOf([0, 4])[0]).toEqual([]);
  });

  it('are refused with what they must be', () => {
    expect(() => latticePerturbations([])).toThrow(
      'latticePerturbations: "shape" must be [batch, ...], found an empty list. ' +
        'Begin with the number of examples: [8, 28, 28, 1].',
    );
    expect(() => latticePerturbations([-1])).toThrow('"shape[0]" must be an integer >= 0');
    expect(() => latticePerturbations([1, 1.5])).toThrow('"shape[1]" must be an integer >= 0');
    for (const levels of [1, 2.5]) {
      expect(() => latticePerturbations([1], {levels})).toThrow(
        'latticePerturbations: "levels" must be an integer >= 2',
      );
    }
    expect(() => latticePerturbations([2], {epsilon: [0.1]})).toThrow(
      'latticePerturbations: "epsilon" must',
    );
    expect(() => latticePerturbations([1], {eps: 1} as never)).toThrow('latticePerturbations: ');
  });
});
