import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {marginOf, predictedClass, rankedClasses, rowOf} from '../../../src/attacks/search/logits';

const floats = (...values: number[]) => Float32Array.from(values);
const anyLogits = fc
  .array(fc.integer({min: -3, max: 3}), {minLength: 2, maxLength: 6})
  .map((values) => floats(...values));

describe('rowOf', () => {
  it('is a view of one row', () => {
    const values = floats(1, 2, 3, 4, 5, 6);
    expect([0, 1].map((row) => rowOf(values, row, 3))).toEqual([floats(1, 2, 3), floats(4, 5, 6)]);
    rowOf(values, 1, 3)[0] = 9;
    expect(values[3]).toBe(9);
  });
});

describe('predictedClass', () => {
  it('is the largest, the first of equal ones', () => {
    expect(predictedClass(floats(1, 3, 2))).toBe(1);
    expect(predictedClass(floats(3, 3, 2))).toBe(0);
    expect(predictedClass(floats(-3, -1, -1))).toBe(1);
    expect(predictedClass(floats(-3, -2, -1))).toBe(2);
  });

  it.each([NaN, Infinity, -Infinity])('is no class where a logit is %d', (broken) => {
    expect(predictedClass(floats(broken, 1))).toBe(-1);
    expect(predictedClass(floats(1, broken))).toBe(-1);
  });

  it.prop([anyLogits])('is the first index of the maximum', (logits) => {
    expect(predictedClass(logits)).toBe(logits.indexOf(Math.max(...logits)));
  });
});

describe('marginOf', () => {
  it('is the lead over the best other class', () => {
    const logits = floats(2, 5, 1);
    expect([0, 1, 2].map((label) => marginOf(logits, label))).toEqual([-3, 3, -4]);
    expect(marginOf(floats(4, 4), 0)).toBe(0);
    expect(marginOf(floats(-4, -1), 0)).toBe(-3);
  });

  it.prop([anyLogits, fc.nat(5)])('is at least 0 for the predicted class', (logits, other) => {
    const predicted = predictedClass(logits);
    expect(marginOf(logits, predicted)).toBeGreaterThanOrEqual(0);
    const label = other % logits.length;
    if (label !== predicted) expect(marginOf(logits, label)).toBeLessThanOrEqual(0);
  });
});

describe('rankedClasses', () => {
  it('goes from the largest to the smallest, of equal ones the lower index first', () => {
    expect(rankedClasses(floats(1, 3, 2))).toEqual([1, 2, 0]);
    expect(rankedClasses(floats(2, 3, 2, 3))).toEqual([1, 3, 0, 2]);
  });

  it.prop([anyLogits])('ranks every class once, the predicted one first', (logits) => {
    const ranked = rankedClasses(logits);
    expect(ranked[0]).toBe(predictedClass(logits));
    expect([...ranked].sort((a, b) => a - b)).toEqual([...logits.keys()]);
    ranked.slice(1).forEach((c, i) => {
      const before = ranked[i] as number;
      const [higher = NaN, lower = NaN] = [logits[before], logits[c]];
      expect(higher > lower || (higher === lower && before < c)).toBe(true);
    });
  });
});
