import {describe, expect, it} from 'vitest';

import {featureFabSteps} from '../../../src/attacks/fab/featureSteps';
import {fabConstants, fabStepper} from '../../../src/attacks/fab/fabStep';
import {featureThreat, type FeatureThreatModel} from '../../../src/core/featureThreat';
import {createRng} from '../../../src/core/rng';
import {isByFeature} from '../../../src/math/featureBall';

const settings = {alphaMax: 0.1, overshoot: 1.05};
const size = 6;
const rng = createRng(9);
const draw = (scale: number, middle: number) =>
  Float32Array.from({length: size}, () => middle + scale * rng.normal());

const steps = (given: FeatureThreatModel) => {
  const threat = featureThreat('f', given, [1, size]);
  if (!isByFeature(threat)) throw new Error('no features');
  return featureFabSteps([size], threat, settings);
};

describe.each(['linf', 'l2'] as const)('featureFabSteps, %s', (norm) => {
  it('are the plain ones where every budget is 1 and every range the same', () => {
    const own = steps({norm, epsilon: 1, clip: [0, new Array<number>(size).fill(1)]});
    const plain = fabStepper(fabConstants(size, {norm, clip: [0, 1]}, settings));
    for (let i = 0; i < 50; i++) {
      const clean = draw(0.1, 0.5);
      const point = clean.map((value) => Math.min(Math.max(value + 0.2 * rng.normal(), 0), 1));
      const [normal, value] = [draw(1, 0), rng.normal()];
      const [a, b] = [point.slice(), point.slice()];
      own(0, a, clean, normal, value);
      plain(b, clean, normal, value);
      a.forEach((found, k) => {
        expect(found).toBeCloseTo(b[k] ?? NaN, 5);
      });
    }
  });

  it('take a range that all features share, with budgets of their own', () => {
    const budgets = [1, 2, 0.5, 1, 3, 1];
    const shared = steps({norm, epsilon: [budgets], clip: [0, 1]});
    const each = new Array<number>(size).fill(1);
    const own = steps({norm, epsilon: [budgets], clip: [0, each]});
    for (let i = 0; i < 20; i++) {
      const clean = draw(0.1, 0.5);
      const [normal, value] = [draw(1, 0), rng.normal()];
      const [a, b] = [clean.slice(), clean.slice()];
      shared(0, a, clean, normal, value);
      own(0, b, clean, normal, value);
      expect(a).toEqual(b);
      expect(a).not.toEqual(clean);
    }
  });

  it('do not depend on the units of a feature', () => {
    const units = [1, 10, 0.01, 3, 500, 0.2];
    const ends = [units.map((unit) => -2 * unit), units.map((unit) => 2 * unit)] as const;
    const own = steps({norm, epsilon: [units], clip: ends});
    const plain = steps({norm, epsilon: [new Array<number>(size).fill(1)], clip: [-2, [2]]});
    for (let i = 0; i < 50; i++) {
      const [clean, point, normal] = [draw(0.5, 0), draw(0.5, 0), draw(1, 0)];
      const value = rng.normal();
      const inUnits = (values: Float32Array) => values.map((each, k) => each * (units[k] ?? NaN));
      const a = inUnits(point);
      own(...([0, a, inUnits(clean), normal.map((w, k) => w / (units[k] ?? NaN))] as const), value);
      const b = point.slice();
      plain(0, b, clean, normal, value);
      a.forEach((found, k) => {
        expect(found / (units[k] ?? NaN)).toBeCloseTo(b[k] ?? NaN, 4);
      });
    }
  });

  it('leave alone what may not move', () => {
    const own = steps({norm, epsilon: 1, clip: null, mask: [1, 0, 1, 0, 1, 1]});
    const clean = draw(1, 0);
    const point = clean.slice();
    own(0, point, clean, draw(1, 0), 2);
    expect([point[1], point[3]]).toEqual([clean[1], clean[3]]);
    expect(point[0]).not.toBe(clean[0]);
  });
});
