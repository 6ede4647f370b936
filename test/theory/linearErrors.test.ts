import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {sampleGaussianMixture} from '../../src/theory/gaussianMixture';
import {linearErrors} from '../../src/theory/linearErrors';

describe('linearErrors', () => {
  it('are the shares of a large sample', () => {
    const mixture = {eta: 0.8, imbalanceRatio: 3, dimensions: 3};
    const weights: number[] = [0.9, -0.2, 0.5];
    const [bias, epsilon]: [number, number] = [0.3, 0.2];
    const size = 60_000;
    const {x, labels} = sampleGaussianMixture({...mixture, size, rng: createRng(8)});
    const reach = epsilon * weights.reduce((sum, w) => sum + Math.abs(w), 0);
    const wrong = {standard: [0, 0], robust: [0, 0]};
    const counts = [0, 0];
    labels.forEach((c, i) => {
      const score = weights.reduce((sum, w, k) => sum + w * (x[3 * i + k] as number), bias);
      const margin = c === 0 ? score : -score;
      counts[c] = (counts[c] as number) + 1;
      wrong.standard[c] = (wrong.standard[c] as number) + Number(margin < 0);
      wrong.robust[c] = (wrong.robust[c] as number) + Number(margin < reach);
    });
    const found = linearErrors({weights, bias}, {...mixture, epsilon});
    for (const kind of ['standard', 'robust'] as const) {
      for (const [c, rates] of [found.head, found.tail].entries()) {
        const [count, p] = [counts[c] as number, rates[kind]];
        const share = (wrong[kind][c] as number) / count;
        expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / count));
      }
      const overall = ((wrong[kind][0] as number) + (wrong[kind][1] as number)) / size;
      const p = found.overall[kind];
      expect(Math.abs(overall - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / size));
    }
  });

  it('do not depend on the scale of the classifier', () => {
    const one = linearErrors({weights: [1, 2], bias: 0.5});
    const ten = linearErrors({weights: [10, 20], bias: 5});
    expect(ten.tail.robust).toBeCloseTo(one.tail.robust, 12);
    expect(ten.head.standard).toBeCloseTo(one.head.standard, 12);
  });

  it('take one coordinate for each weight, a mean of 1, equal classes and ε 0.5 by default', () => {
    const classifier = {weights: Float32Array.of(1, -2, 0.5), bias: 0.25};
    const mixture = {eta: 1, dimensions: 3, imbalanceRatio: 1};
    expect(linearErrors(classifier)).toEqual(linearErrors(classifier, {...mixture, epsilon: 0.5}));
  });

  it('are the same with and without a perturbation of size 0', () => {
    const {tail, head, overall} = linearErrors(
      {weights: [1, -2], bias: 0.5},
      {epsilon: 0, imbalanceRatio: 3},
    );
    for (const {standard, robust} of [tail, head, overall]) expect(robust).toBe(standard);
    expect(overall.standard).toBeCloseTo((3 * head.standard + tail.standard) / 4, 14);
  });

  it('refuses what is no classifier', () => {
    for (const none of [3, null, {bias: 1}, {weights: 2, bias: 1}]) {
      expect(() => linearErrors(none as never)).toThrow(
        /^linearErrors: "classifier" must be \{weights, bias\}, found .*Pass what logisticRegression gives\.$/s,
      );
    }
    expect(() => linearErrors({weights: [1]} as never)).toThrow(/^linearErrors: "bias"/);
  });

  it('refuses weights that are none', () => {
    expect(() => linearErrors({weights: [0, 0], bias: 1})).toThrow(
      /^linearErrors: "weights" must be 2 numbers, not all 0, found \[0, 0\]/,
    );
    expect(() => linearErrors({weights: [1, NaN], bias: 1})).toThrow(/"weights\[1\]"/);
    expect(() => linearErrors({weights: [1], bias: Infinity})).toThrow(/"bias"/);
    expect(() => linearErrors({weights: [1, 1], bias: 0}, {dimensions: 3})).toThrow(/"weights"/);
    for (const wrong of [{epsilon: -1}, {eta: 0}, {imbalanceRatio: 0.5}, {size: 1}]) {
      const [name = ''] = Object.keys(wrong);
      expect(() => linearErrors({weights: [1, 1], bias: 0}, wrong)).toThrow(
        new RegExp(`^linearErrors: .*"${name}"`),
      );
    }
  });
});
