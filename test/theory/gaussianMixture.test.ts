import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {sampleGaussianMixture} from '../../src/theory/gaussianMixture';

describe('sampleGaussianMixture', () => {
  it('has the shares, the means and the variance of Eq. (2)', () => {
    const size = 40_000;
    const {x, labels} = sampleGaussianMixture({
      ...{eta: 0.7, dimensions: 2, imbalanceRatio: 4, size},
      rng: createRng(3),
    });
    expect(x).toHaveLength(2 * size);
    const tail = labels.filter((c) => c === 1).length;
    expect(Math.abs(tail / size - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / size));
    for (const c of [0, 1]) {
      for (const k of [0, 1]) {
        const values = Array.from(x).filter((_, i) => i % 2 === k && labels[i >> 1] === c);
        const mean = values.reduce((a, b) => a + b) / values.length;
        const variance = values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length;
        expect(Math.abs(mean - (c === 0 ? 0.7 : -0.7))).toBeLessThan(4 / Math.sqrt(values.length));
        expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
      }
    }
  });

  it('draws the class of an example, then its coordinates, and nothing else', () => {
    const [used, rng] = [createRng(4), createRng(4)];
    const mixture = {eta: 0.5, dimensions: 3, imbalanceRatio: 2};
    const {x, labels} = sampleGaussianMixture({...mixture, size: 20, rng: used});
    for (let i = 0; i < 20; i++) {
      const isTail = rng.uniform() < 1 / 3;
      expect(labels[i]).toBe(isTail ? 1 : 0);
      const mean = isTail ? -0.5 : 0.5;
      for (let k = 0; k < 3; k++) expect(x[3 * i + k]).toBeCloseTo(mean + rng.normal(), 14);
    }
    expect(used.uniform()).toBe(rng.uniform());
  });

  it('is the same with the same seed, and has a mean of 1 in two dimensions by default', () => {
    const draw = (seed: number) => sampleGaussianMixture({size: 50, rng: createRng(seed)});
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1).x).toHaveLength(100);
    const mixture = {eta: 1, dimensions: 2, imbalanceRatio: 1};
    expect(draw(1)).toEqual(sampleGaussianMixture({...mixture, size: 50, rng: createRng(1)}));
  });

  it('refuses what is no mixture', () => {
    const rng = createRng(1);
    expect(() => sampleGaussianMixture({size: 0, rng})).toThrow(/^sampleGaussianMixture: "size"/);
    expect(() => sampleGaussianMixture({size: 1.5, rng})).toThrow(/"size" must be an integer/);
    for (const wrong of [{eta: 0}, {eta: -1}, {dimensions: 0}, {dimensions: 1.5}]) {
      const [name = ''] = Object.keys(wrong);
      expect(() => sampleGaussianMixture({size: 1, rng, ...wrong})).toThrow(
        new RegExp(`^sampleGaussianMixture: "${name}"`),
      );
    }
    expect(() => sampleGaussianMixture({size: 1, rng, imbalanceRatio: 0.9})).toThrow(
      /"imbalanceRatio" must be .*>= 1, found 0.9/,
    );
    const smallest = {size: 1, dimensions: 1, imbalanceRatio: 1};
    expect(sampleGaussianMixture({...smallest, rng}).x).toHaveLength(1);
    expect(() => sampleGaussianMixture({size: 1} as {size: number; rng: typeof rng})).toThrow(
      /^sampleGaussianMixture: "rng" must be given: examples are drawn from it/,
    );
  });
});
