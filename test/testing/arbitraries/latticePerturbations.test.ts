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
