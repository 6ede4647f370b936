import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {classCounts} from '../../src/samplers/classCounts';
import {longTailedCounts} from '../../src/samplers/longTailedCounts';
import {longTailedSubset} from '../../src/samplers/longTailedSubset';

const cyclicLabels = (size: number, numClasses: number) =>
  Int32Array.from({length: size}, (_, i) => i % numClasses);
const labelsOf = (labels: Int32Array, indices: Int32Array) =>
  indices.map((i) => labels[i] as number);

describe('longTailedSubset', () => {
  it('without a generator keeps the first of each class, class by class', () => {
    const labels = cyclicLabels(12, 3);
    expect(longTailedSubset(labels, 3, {imbalanceRatio: 4})).toEqual(
      Int32Array.of(0, 3, 6, 9, 1, 4, 2),
    );
    expect(longTailedSubset(labels, 3, {imbalanceRatio: 2, profile: 'step'})).toEqual(
      Int32Array.of(0, 3, 6, 9, 1, 4, 2, 5),
    );
    expect(longTailedSubset(labels, 3, {imbalanceRatio: 2, maxCount: 2})).toEqual(
      Int32Array.of(0, 3, 1, 2),
    );
  });

  it('starts from the rarest class where the labels are not balanced', () => {
    const labels = [0, 0, 0, 0, 0, 1, 1, 1];
    expect(longTailedSubset(labels, 2, {imbalanceRatio: 3})).toEqual(Int32Array.of(0, 1, 2, 5));
    expect(longTailedSubset(labels, 2, {imbalanceRatio: 2, maxCount: 5})).toEqual(
      Int32Array.of(0, 1, 2, 3, 4, 5, 6),
    );
  });

  it('keeps at least minPerClass', () => {
    const options = {imbalanceRatio: 9};
    expect(() => longTailedSubset(cyclicLabels(6, 2), 2, options)).toThrow(
      /"imbalanceRatio" must leave every class at least one example/,
    );
    expect(longTailedSubset(cyclicLabels(6, 2), 2, {...options, minPerClass: 2})).toEqual(
      Int32Array.of(0, 2, 4, 1, 3),
    );
  });

  it('with a generator keeps distinct examples in the same counts', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 2, max: 6}),
        fc.integer({min: 20, max: 60}),
        fc.integer({min: 1, max: 20}),
        fc.nat(999),
        (numClasses, perClass, imbalanceRatio, seed) => {
          const labels = cyclicLabels(numClasses * perClass, numClasses);
          const draw = () =>
            longTailedSubset(labels, numClasses, {imbalanceRatio, rng: createRng(seed)});
          const indices = draw();
          expect(new Set(indices).size).toBe(indices.length);
          expect(classCounts(labelsOf(labels, indices), numClasses)).toEqual(
            longTailedCounts({maxCount: perClass, numClasses, imbalanceRatio}),
          );
          expect([...labelsOf(labels, indices)]).toEqual([...labelsOf(labels, indices)].sort());
          expect(draw()).toEqual(indices);
        },
      ),
      {numRuns: 30},
    );
    const labels = cyclicLabels(200, 2);
    const kept = (seed: number) =>
      longTailedSubset(labels, 2, {imbalanceRatio: 10, maxCount: 50, rng: createRng(seed)});
    expect(kept(1)).not.toEqual(kept(2));
    // By chance, not the first: of 100 examples of class 0 half come from the later half.
    const late = kept(1).filter((i) => i % 2 === 0 && i >= 100).length;
    expect(late).toBeGreaterThan(12);
    expect(late).toBeLessThan(38);
  });

  it('keeps what NumPy keeps: 1,000 examples', () => {
    const labels = cyclicLabels(1000, 10);
    const options = {imbalanceRatio: 10, selection: 'numpy-legacy' as const};
    const indices = longTailedSubset(labels, 10, options);
    const start = (c: number) => {
      const from = labelsOf(labels, indices).indexOf(c);
      return [...indices.slice(from, from + 8)];
    };
    expect(start(0)).toEqual([260, 860, 20, 550, 750, 930, 160, 730]);
    expect(start(1)).toEqual([181, 291, 641, 921, 721, 871, 51, 151]);
    expect(start(9)).toEqual([969, 779, 989, 539, 329, 189, 649, 829]);
    expect(longTailedSubset(labels, 10, {...options, seed: 0})).toEqual(indices);
    expect(longTailedSubset(labels, 10, {...options, seed: 1})).not.toEqual(indices);
  });

  it('keeps what NumPy keeps: CIFAR-10-LT, IR 50', () => {
    const labels = cyclicLabels(50000, 10);
    const indices = longTailedSubset(labels, 10, {imbalanceRatio: 50, selection: 'numpy-legacy'});
    expect(indices).toHaveLength(13996);
    expect(indices.reduce((a, b) => a + b, 0)).toBe(349655598);
    expect([...indices.slice(0, 8)]).toEqual([
      3980, 38330, 48360, 45720, 6360, 25450, 11610, 22300,
    ]);
    expect([...indices.slice(-100, -92)]).toEqual([
      22049, 38169, 22069, 25079, 19269, 47659, 3689, 38089,
    ]);
  });

  it('refuses what it cannot do', () => {
    const labels = [0, 0, 0, 0, 1, 1];
    expect(() =>
      longTailedSubset(labels, 2, {imbalanceRatio: 1, maxCount: 3}),
    ).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: longTailedSubset: "maxCount" must ask for no more examples than there are: 2 of class 1, found 3, by which it keeps 3. Lower it, or leave it out.]`,
    );
    expect(() => longTailedSubset([0, 0], 2, {imbalanceRatio: 1})).toThrow(/none of class 1/);
    expect(() => longTailedSubset([], 2, {imbalanceRatio: 1})).toThrow(/"labels"/);
    expect(() => longTailedSubset([0, 5], 2, {imbalanceRatio: 1})).toThrow(/found 5 at position 1/);
    expect(() => longTailedSubset(labels, 2, {imbalanceRatio: 0.5})).toThrow(
      /^longTailedSubset: "imbalanceRatio" must be a finite number >= 1, found 0.5/,
    );
    expect(() =>
      longTailedSubset(labels, 2, {imbalanceRatio: 1, selection: 'numpy' as 'library'}),
    ).toThrow(/"selection" must be one of 'library', 'numpy-legacy', found 'numpy'/);
    const numpy = {imbalanceRatio: 1, selection: 'numpy-legacy'} as const;
    expect(() => longTailedSubset(labels, 2, {...numpy, rng: createRng(1)})).toThrow(
      /"rng" must be left out with selection 'numpy-legacy', found a generator/,
    );
    expect(() => longTailedSubset(labels, 2, {...numpy, seed: -1})).toThrow(/"seed"/);
    expect(() => longTailedSubset(labels, 2, {...numpy, seed: 2 ** 32})).toThrow(/"seed"/);
    expect(() => longTailedSubset(labels, 2, {...numpy, seed: 0.5})).toThrow(/"seed"/);
    expect(longTailedSubset(labels, 2, {...numpy, seed: 2 ** 32 - 1})).toHaveLength(4);
  });
});
