import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {balancedSubset} from '../../src/samplers/balancedSubset';
import {longTailedCounts} from '../../src/samplers/longTailedCounts';

const labelsOf = (counts: readonly number[]) => counts.flatMap((n, c) => Array<number>(n).fill(c));
const rng = () => createRng(3);
/** The chosen indices of each class. */
const byClass = (labels: number[], indices: Int32Array) =>
  [...new Set(labels)].map((c) => [...indices].filter((i) => labels[i] === c));
/** How often each index of a list occurs, descending. */
const multiplicities = (list: number[]) =>
  [...new Set(list)]
    .map((index) => list.filter((other) => other === index).length)
    .sort((a, b) => b - a);

describe('balancedSubset', () => {
  const labels = labelsOf([6, 3, 1]);
  const draw = (gamma: number | 'auto', upsample?: 'with-replacement' | 'repeat') =>
    byClass(labels, balancedSubset(labels, 3, {gamma, upsample, rng: rng()}));

  it.each([2, 2.5])('[6, 3, 1] with γ = %d: two of each', (gamma) => {
    const [head, middle, tail] = draw(gamma);
    expect(new Set(head).size).toBe(2);
    expect(new Set(middle).size).toBe(2);
    expect(head).toHaveLength(2);
    expect(middle).toHaveLength(2);
    expect(tail).toEqual([9, 9]);
  });

  it('γ = 5, repeat: each of three once, and two of them again', () => {
    const [head, middle, tail] = draw(5, 'repeat');
    expect(multiplicities(head ?? [])).toEqual([1, 1, 1, 1, 1]);
    expect(multiplicities(middle ?? [])).toEqual([2, 2, 1]);
    expect(tail).toEqual([9, 9, 9, 9, 9]);
  });

  it('γ = 8: more than the largest class has, all up-sampled', () => {
    for (const upsample of ['with-replacement', 'repeat'] as const) {
      expect(draw(8, upsample).map((list) => list.length)).toEqual([8, 8, 8]);
    }
  });

  it('γ = 0.5: none of the rarest class', () => {
    expect(() => draw(0.5)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: balancedSubset: "gamma" must leave at least one example of each class (the rarest has 1), found 0.5. Raise it to at least 1/1.]`,
    );
  });

  it("'auto' is half the imbalance ratio, and the default", () => {
    expect(draw('auto').map((list) => list.length)).toEqual([3, 3, 3]);
    expect(balancedSubset(labels, 3, {rng: rng()})).toEqual(
      balancedSubset(labels, 3, {gamma: 'auto', upsample: 'with-replacement', rng: rng()}),
    );
    expect(balancedSubset(labels, 3, {rng: rng()})).toEqual(
      balancedSubset(labels, 3, {gamma: 3, rng: rng()}),
    );
  });

  it("'auto' is not led astray by rounding", () => {
    // For some counts (n_max / n_min / 2) · n_min falls short of n_max / 2 in floating point.
    let rounded = 0;
    for (let min = 1; min < 60; min++) {
      for (let max = 2 * min; max < 2 * min + 40; max += 2) {
        if (Math.floor((max / min / 2) * min) === max / 2) continue;
        rounded++;
        const drawn = balancedSubset(labelsOf([max, min]), 2, {rng: rng()});
        expect(drawn).toHaveLength(max);
      }
    }
    expect(rounded).toBeGreaterThan(0);
  });

  it('a γ that is a quotient loses no example to rounding', () => {
    const size = (gamma: number, counts: number[]) =>
      balancedSubset(labelsOf(counts), 2, {gamma, rng: rng()}).length / 2;
    expect(0.29 * 100).toBeLessThan(29);
    expect(size(0.29, [200, 100])).toBe(29);
    expect(size(0.28999, [200, 100])).toBe(28);
    for (let min = 1; min < 60; min++) {
      for (let max = 2 * min; max < 2 * min + 40; max += 2) {
        if (Math.floor((max / min / 2) * min) === max / 2) continue;
        expect(size(max / min / 2, [max, min])).toBe(max / 2);
      }
    }
  });

  it("'auto' is at least 1: balanced labels are taken whole, without chance", () => {
    expect(balancedSubset([0, 1, 1, 0], 2)).toEqual(Int32Array.of(0, 3, 1, 2));
    expect(balancedSubset(labelsOf([3, 2]), 2, {rng: rng()})).toHaveLength(4);
  });

  const sets: [string, number, number, number[], number, number, number, number, number][] = [];
  const cifar10 = (r: number) =>
    longTailedCounts({maxCount: 5000, numClasses: 10, imbalanceRatio: r});
  const cifar100 = (r: number) =>
    longTailedCounts({maxCount: 500, numClasses: 100, imbalanceRatio: r});
  const tiny = longTailedCounts({maxCount: 500, numClasses: 200, imbalanceRatio: 10});
  sets.push(
    ['CIFAR-10-LT', 50, 25, cifar10(50), 2500, 2, 8, 10759, 782],
    ['CIFAR-10-LT', 10, 5, cifar10(10), 2500, 3, 7, 16063, 782],
    ['CIFAR-10-LT', 20, 10, cifar10(20), 2500, 3, 7, 13370, 782],
    ['CIFAR-10-LT', 100, 50, cifar10(100), 2500, 2, 8, 9409, 782],
    ['CIFAR-100-LT', 5, 2.5, cifar100(5), 250, 43, 57, 20029, 782],
    ['CIFAR-100-LT', 10, 5, cifar100(10), 250, 30, 70, 16163, 782],
    ['CIFAR-100-LT', 20, 10, cifar100(20), 250, 23, 77, 13259, 782],
    ['CIFAR-100-LT', 50, 25, cifar100(50), 250, 18, 82, 10547, 782],
    ['Tiny-ImageNet-LT', 10, 5, tiny, 250, 60, 140, 32345, 1563],
  );

  it.each(sets)(
    '%s, IR %d, γ = %d',
    (_name, _ratio, gamma, counts, perClass, down, up, distinct, batches) => {
      const setLabels = labelsOf(counts);
      const numClasses = counts.length;
      for (const choice of [gamma, 'auto'] as const) {
        const indices = balancedSubset(setLabels, numClasses, {
          gamma: choice,
          upsample: 'repeat',
          rng: rng(),
        });
        expect(indices).toHaveLength(perClass * numClasses);
        // `repeat` shows every example of a class that it does not cut: the bound is reached.
        expect(new Set(indices).size).toBe(distinct);
        expect(Math.ceil(indices.length / 32)).toBe(batches);
      }
      expect(counts.filter((n) => n > perClass)).toHaveLength(down);
      expect(counts.filter((n) => n < perClass)).toHaveLength(up);
    },
  );

  it('holds its invariants for any counts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({min: 1, max: 30}), {minLength: 1, maxLength: 5}),
        fc.integer({min: 1000, max: 12000}),
        fc.constantFrom('with-replacement' as const, 'repeat' as const),
        fc.nat(999),
        (counts, thousandths, upsample, seed) => {
          const all = labelsOf(counts);
          const gamma = thousandths / 1000;
          const make = () =>
            balancedSubset(all, counts.length, {gamma, upsample, rng: createRng(seed)});
          const indices = make();
          const perClass = Math.floor((thousandths * Math.min(...counts)) / 1000); // exact
          const lists = byClass(all, indices);
          counts.forEach((count, c) => {
            const list = lists[c] ?? [];
            expect(list).toHaveLength(perClass);
            if (count >= perClass) expect(new Set(list).size).toBe(perClass);
            if (upsample === 'repeat') {
              const times = multiplicities(list);
              const copies = Math.floor(perClass / count);
              expect(times.every((n) => n === copies || n === copies + 1)).toBe(true);
              if (copies > 0) expect(times).toHaveLength(count);
            }
          });
          expect([...indices].map((i) => all[i])).toEqual(
            counts.flatMap((_, c) => Array<number>(perClass).fill(c)),
          );
          expect(make()).toEqual(indices);
        },
      ),
      {numRuns: 50},
    );
  });

  it('draws uniformly, up and down', () => {
    const up = balancedSubset([0, 0, 1, 1], 2, {gamma: 1000, rng: rng()});
    const first = [...up].filter((i) => i === 0).length; // of 2000: 1000, deviation 22
    expect(Math.abs(first - 1000)).toBeLessThan(110);
    const generator = rng();
    let kept = 0; // index 0 of four, one kept, 1200 times: 300, deviation 15
    for (let i = 0; i < 1200; i++) {
      if (balancedSubset([0, 0, 0, 0, 1], 2, {gamma: 1, rng: generator})[0] === 0) kept++;
    }
    expect(Math.abs(kept - 300)).toBeLessThan(75);
  });

  it('needs a generator just where there is a choice', () => {
    expect(() => balancedSubset(labels, 3)).toThrow(/^balancedSubset: "rng" must be given/);
    expect(() => balancedSubset([0, 0, 1], 2, {gamma: 1})).toThrow(/"rng"/);
    expect(() => balancedSubset([0, 1], 2, {gamma: 2})).toThrow(/"rng"/);
    expect(balancedSubset([0, 1], 2, {gamma: 2, upsample: 'repeat'})).toEqual(
      Int32Array.of(0, 0, 1, 1),
    );
    expect(() => balancedSubset([0, 0, 1, 1], 2, {gamma: 1.5, upsample: 'repeat'})).toThrow(
      /"rng"/,
    );
  });

  it('refuses what it cannot do', () => {
    const options = {rng: rng()};
    expect(() => balancedSubset([0, 0], 2, options)).toThrow(/none of class 1/);
    expect(() => balancedSubset([], 2, options)).toThrow(/"labels" must have at least one entry/);
    expect(() => balancedSubset([0, 2], 2, options)).toThrow(/found 2 at position 1/);
    for (const gamma of [0, -1, NaN, Infinity]) {
      expect(() => balancedSubset(labels, 3, {...options, gamma})).toThrow(
        /"gamma" must be a finite number > 0/,
      );
    }
    expect(() => balancedSubset(labels, 3, {...options, upsample: 'replace' as 'repeat'})).toThrow(
      /"upsample" must be one of 'with-replacement', 'repeat', found 'replace'/,
    );
  });
});
