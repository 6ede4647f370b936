import {expect, it} from 'vitest';

import {count, countsFrom, reportOf, stateOf, sumOf} from '../../src/metrics/evaluationCounts';

const attack = () => {
  throw new Error('not run here');
};
const frame = {
  ...{examples: 3, numClasses: 3, strict: false, predictions: true},
  selection: {groups: {}, tail: null},
};

it('counts by class, and goes on from what was saved', () => {
  const counts = countsFrom(undefined, {one: attack}, 3);
  const truth = Int32Array.of(0, 2, 2);
  count(truth, counts.totals, () => true);
  count(truth, counts.clean.correct, (i) => i > 0);
  counts.clean.predictions.push(1, 2, 2);
  expect(counts.totals).toEqual([1, 0, 2]);
  expect(sumOf(counts.clean.correct)).toBe(2);
  const saved = structuredClone(stateOf(3, counts));
  expect(saved).toMatchObject({done: 3, totals: [1, 0, 2], clean: {correct: [0, 0, 2]}});
  const next = countsFrom(saved, {one: attack}, 3);
  expect(reportOf('here', next, frame)).toEqual(reportOf('here', counts, frame));
  count(truth, next.totals, () => true);
  expect(next.totals).toEqual([2, 0, 4]);
  expect(saved.totals).toEqual([1, 0, 2]);
});

it('lists predictions only where asked', () => {
  const counts = countsFrom(undefined, {one: attack}, 2);
  count(Int32Array.of(0, 1), counts.totals, () => true);
  expect(reportOf('here', counts, {...frame, predictions: false}).clean).not.toHaveProperty(
    'predictions',
  );
  expect(reportOf('here', counts, frame).attacks['one']).toMatchObject({predictions: []});
});
