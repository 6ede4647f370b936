import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {robustnessScore} from '../../src/metrics/robustnessReport';

const counts = fc.array(
  fc
    .integer({min: 1, max: 50})
    .chain((total) => fc.tuple(fc.nat({max: total}), fc.constant(total))),
  {minLength: 4, maxLength: 4},
);

describe('robustnessScore', () => {
  it.prop([counts], {numRuns: 50})('is consistent', (pairs) => {
    const correct = pairs.map(([right]) => right);
    const totals = pairs.map(([, total]) => total);
    const score = robustnessScore(correct, totals, {groups: {a: [0, 1], b: [2, 3]}, tail: [3]});
    const recalls = correct.map((right, c) => right / (totals[c] as number));
    expect(score.worstClassAccuracy).toBe(Math.min(...recalls));
    expect(score.balancedAccuracy).toBeCloseTo(recalls.reduce((a, b) => a + b) / 4, 12);
    expect(score.tail?.accuracy).toBe(recalls[3]);
    const {a, b} = score.groups;
    expect([(a?.correct ?? 0) + (b?.correct ?? 0), (a?.total ?? 0) + (b?.total ?? 0)]).toEqual([
      score.correct,
      score.total,
    ]);
  });

  it('has equal accuracy and balanced accuracy on a balanced set', () => {
    const score = robustnessScore([3, 1, 0], [4, 4, 4], {groups: {}, tail: null});
    expect(score.accuracy).toBe(4 / 12);
    expect(score.balancedAccuracy).toBeCloseTo(4 / 12, 12);
  });

  it('leaves classes without examples out of mean and minimum', () => {
    const score = robustnessScore([1, 0, 1], [2, 0, 1], {groups: {}, tail: [1]});
    expect([score.balancedAccuracy, score.worstClassAccuracy]).toEqual([0.75, 0.5]);
    expect(score.tail).toEqual({
      classes: [1],
      correct: 0,
      total: 0,
      accuracy: null,
      interval: null,
    });
  });
});
