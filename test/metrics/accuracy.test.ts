import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {accuracy, perClassAccuracy} from '../../src/metrics/accuracy';

// training.md section 5, metric golden.
const LABELS = [0, 0, 0, 0, 1, 1, 2];
const PREDICTIONS = [0, 0, 0, 1, 1, 0, 0];

const pairs = fc.array(fc.tuple(fc.nat({max: 3}), fc.nat({max: 3})), {minLength: 1, maxLength: 30});

describe('accuracy', () => {
  it('has the golden value', () => {
    expect(accuracy(PREDICTIONS, LABELS)).toBeCloseTo(0.571429, 6);
    expect(accuracy(Int32Array.from(PREDICTIONS), LABELS)).toBe(4 / 7);
  });

  it('refuses other lengths and no examples', () => {
    expect(() => accuracy([0], [0, 1])).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: accuracy: "predictions" must have one class for each of the 2 labels, found 1 predictions. Pass predictions and labels of the same examples.]`,
    );
    expect(() => accuracy([], [])).toThrow(
      /accuracy: "labels" must have at least one example, found none/,
    );
  });
});

describe('perClassAccuracy', () => {
  it('has the golden values, and null for a class without examples', () => {
    expect(perClassAccuracy(PREDICTIONS, LABELS, 4)).toEqual([0.75, 0.5, 0, null]);
  });

  it.prop([pairs], {numRuns: 50})('averages, weighted by class size, to the accuracy', (all) => {
    const predictions = all.map(([p]) => p);
    const labels = all.map(([, l]) => l);
    const recalls = perClassAccuracy(predictions, labels, 4);
    const weighted = recalls.reduce<number>((sum, recall, c) => {
      const size = labels.filter((label) => label === c).length;
      return sum + (recall ?? 0) * size;
    }, 0);
    expect(weighted / labels.length).toBeCloseTo(accuracy(predictions, labels), 10);
  });

  it('refuses classes out of range, naming itself', () => {
    expect(() => perClassAccuracy([0], [0, 1], 2)).toThrow(/perClassAccuracy: "predictions"/);
    expect(() => perClassAccuracy([0], [2], 2)).toThrow(
      /perClassAccuracy: "labels" must be classes from 0 to 1, found 2/,
    );
  });
});
