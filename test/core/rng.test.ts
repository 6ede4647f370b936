import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {createRng, restoreRng, type Rng} from '../../src/core/rng';

const draw = (rng: Rng, n: number): number[] => Array.from({length: n}, () => rng.uniform());

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const correlation = (a: number[], b: number[]): number => {
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (u: number[], mu: number, v: number[], mv: number) =>
    mean(u.map((x, i) => (x - mu) * ((v[i] as number) - mv)));
  return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
};

const anySeed = fc.integer({min: 0, max: 0xffffffff});
const anyLabel = fc.oneof(fc.string(), fc.integer());

describe('createRng', () => {
  // Recorded: published results and checkpoints depend on these values never changing.
  it('draws the recorded values', () => {
    const rng = createRng(7);
    expect(draw(rng, 2)).toEqual([0.4288262418298082, 0.16327633236452965]);
    expect([rng.seed(), rng.seed()]).toEqual([1098853284, 929934315]);
    expect([rng.integer(10), rng.integer(10), rng.integer(1000)]).toEqual([2, 7, 337]);
    expect(rng.normal()).toBeCloseTo(1.2857165803874284, 12);
    expect(rng.normal()).toBeCloseTo(0.07680051717121929, 12);
    expect(createRng(0).uniform()).toBe(0.026203556439960973);
    expect(createRng(0xffffffff).uniform()).toBe(0.7098895377667317);
  });

  it('forks to the recorded streams', () => {
    const fork = createRng(7).fork('attack');
    expect(fork.uniform()).toBe(0.2922573374841484);
    expect(fork.fork(3).uniform()).toBe(0.4920783784792988);
    expect(fork.fork('3').uniform()).toBe(0.9194711448329987);
  });

  it.each([-1, 2 ** 32, 0.5, NaN, '1'])('refuses the seed %s', (seed) => {
    expect(() => createRng(seed as number)).toThrow(/createRng: "seed" must be an integer >= 0/);
  });

  it.prop([anySeed, anySeed], {numRuns: 30})('has one stream per seed', (a, b) => {
    expect(draw(createRng(a), 3)).toEqual(draw(createRng(a), 3));
    fc.pre(a !== b);
    expect(draw(createRng(a), 3)).not.toEqual(draw(createRng(b), 3));
  });
});

describe('Rng', () => {
  it('is uniform on [0, 1): moments, bins and serial correlation', () => {
    const values = draw(createRng(1), 20_000);
    expect(values.every((u) => u >= 0 && u < 1)).toBe(true);
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / 20_000));
    const bins = new Array<number>(20).fill(0);
    for (const u of values) bins[Math.floor(u * 20)] = (bins[Math.floor(u * 20)] as number) + 1;
    const chi2 = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi2).toBeLessThan(43.8); // 0.999 quantile for 19 degrees of freedom
    expect(Math.abs(correlation(values.slice(1), values.slice(0, -1)))).toBeLessThan(0.03);
  });

  it('has standard normal numbers: four moments', () => {
    const rng = createRng(2);
    const values = Array.from({length: 20_000}, () => rng.normal());
    const moment = (k: number) => mean(values.map((z) => z ** k));
    expect(Math.abs(moment(1))).toBeLessThan(0.03);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.04);
    expect(Math.abs(moment(3))).toBeLessThan(0.11);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.28);
  });

  it.prop([anySeed, fc.integer({min: 1, max: 1e6})], {numRuns: 50})(
    'has integers below the bound and seeds that tfjs takes',
    (seed, bound) => {
      const rng = createRng(seed);
      const value = rng.integer(bound);
      expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
      const next = rng.seed();
      expect(Number.isInteger(next) && next >= 1 && next < 2 ** 31).toBe(true);
    },
  );

  it('reaches every integer about equally often', () => {
    const rng = createRng(3);
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) {
      const value = rng.integer(3);
      counts[value] = (counts[value] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(110);
    expect(rng.integer(1)).toBe(0);
  });

  it.each([0, -1, 1.5])('refuses the bound %s', (bound) => {
    expect(() => createRng(1).integer(bound)).toThrow(/Rng\.integer: "bound" must be an integer/);
  });
});

describe('Rng.fork', () => {
  it.prop([anySeed, anyLabel, fc.integer({min: 0, max: 5})], {numRuns: 30})(
    'depends on key and label only, and does not advance its parent',
    (seed, label, draws) => {
      const drawn = createRng(seed);
      draw(drawn, draws);
      const fresh = createRng(seed);
      expect(draw(drawn.fork(label), 3)).toEqual(draw(fresh.fork(label), 3));
      expect(draw(drawn.fork(label), 3)).toEqual(draw(fresh.fork(label), 3));
      expect(draw(fresh, 3)).toEqual(draw(createRng(seed), 3));
    },
  );

  it.prop([anySeed, anyLabel, anyLabel], {numRuns: 30})(
    'gives other streams to other labels, to the parent and to grandchildren',
    (seed, a, b) => {
      const rng = createRng(seed);
      const first = draw(rng.fork(a), 2);
      expect(first).not.toEqual(draw(createRng(seed), 2));
      expect(first).not.toEqual(draw(rng.fork(a).fork(a), 2));
      fc.pre(a !== b);
      expect(first).not.toEqual(draw(rng.fork(b), 2));
    },
  );

  it('tells a number from its text', () => {
    expect(createRng(1).fork(1).uniform()).not.toBe(createRng(1).fork('1').uniform());
  });

  it('gives uncorrelated streams to neighbouring labels and seeds', () => {
    const streams = [0, 1, 2, 3].map((label) => draw(createRng(1).fork(label), 4000));
    const seeds = [0, 1, 2, 3].map((seed) => draw(createRng(seed), 4000));
    for (const group of [streams, seeds]) {
      for (let i = 1; i < 4; i++) {
        const r = correlation(group[i] as number[], group[i - 1] as number[]);
        expect(Math.abs(r)).toBeLessThan(0.065); // four standard errors
      }
    }
  });

  it('has uniform first draws over neighbouring labels', () => {
    const rng = createRng(5);
    const firsts = Array.from({length: 10_000}, (_, i) => rng.fork(i).uniform());
    expect(Math.abs(mean(firsts) - 0.5)).toBeLessThan(0.012);
    expect(Math.abs(mean(firsts.map((u) => u ** 2)) - 1 / 3)).toBeLessThan(0.012);
    expect(Math.abs(correlation(firsts.slice(1), firsts.slice(0, -1)))).toBeLessThan(0.04);
  });
});

describe('restoreRng', () => {
  it.prop([anySeed, fc.integer({min: 0, max: 5}), anyLabel], {numRuns: 30})(
    'draws on and forks as the original, also through JSON',
    (seed, draws, label) => {
      const rng = createRng(seed);
      draw(rng, draws);
      const copy = restoreRng(JSON.parse(JSON.stringify(rng.state())) as number[]);
      expect(copy.state()).toEqual(rng.state());
      expect(draw(copy.fork(label), 2)).toEqual(draw(rng.fork(label), 2));
      expect(draw(copy, 3)).toEqual(draw(rng, 3));
    },
  );

  it('leaves the original alone', () => {
    const rng = createRng(9);
    const state = rng.state();
    draw(restoreRng(state), 3);
    expect(rng.state()).toEqual(state);
  });

  it('refuses what is no list', () => {
    expect(() => restoreRng(7 as never)).toThrow(
      'restoreRng: "state" must be the six integers that Rng.state() returned, found 7',
    );
  });

  it.each([[[]], [[1, 2]], [[1, 2, 3, 4, 5]], [[1, 2, 3, 4, 5, 6, 7]], [[1, 2, 3, 4, 5, 0.5]]])(
    'refuses %o',
    (state) => {
      expect(() => restoreRng(state)).toThrow(
        /restoreRng: "state" must be the six integers that Rng\.state\(\) returned, found /,
      );
    },
  );
});
