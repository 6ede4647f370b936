import {describe, expect, it} from 'vitest';

import type {AttackTally} from '../../src/core/attackResult';
import {addTallies, fewExamples, tallyWarnings} from '../../src/core/tallyWarnings';

const tally = (count: number, total: number, more: Partial<AttackTally> = {}): AttackTally => ({
  ...{code: 'zero', what: 'Zero', advice: 'Look.', count, total, share: 0.1, atLeast: 3},
  ...more,
});

describe('tallyWarnings', () => {
  it('warns above the share, and from a least count on', () => {
    expect(tallyWarnings([tally(3, 30)])).toEqual([]);
    expect(tallyWarnings([tally(4, 30)])).toEqual([
      {code: 'zero', message: 'Zero: 4 of 30 examples (13 %).', advice: 'Look.'},
    ]);
    expect(tallyWarnings([tally(2, 2)])).toEqual([]);
  });

  it('gives each code once', () => {
    expect(tallyWarnings([tally(4, 5), tally(5, 5, {what: 'Other'})])).toHaveLength(1);
  });
});

it('addTallies adds up what is of one code and kind', () => {
  const sums = addTallies([tally(1, 10), tally(1, 4, {what: 'Other'})], [tally(2, 10)]);
  expect(sums.map(({what, count, total}) => [what, count, total])).toEqual([
    ['Zero', 3, 20],
    ['Other', 1, 4],
  ]);
});

it('a detail is added up, too, and said behind the count', () => {
  const detail = {what: 'A second look found all but', count: 2};
  const sums = addTallies([tally(4, 5, {detail})], [tally(3, 5), tally(1, 5, {detail})]);
  expect(sums).toMatchObject([{count: 8, total: 15, detail: {count: 4}}]);
  const other = {...detail, count: 3};
  expect(addTallies([tally(4, 5, {detail})], [tally(4, 5, {detail: other})])).toMatchObject([
    {detail: {what: 'A second look found all but', count: 5}},
  ]);
  expect(addTallies([tally(1, 2)], [tally(1, 2)])[0]).not.toHaveProperty('detail');
  expect(tallyWarnings(sums)[0]?.message).toBe(
    'Zero: 8 of 15 examples (53 %). A second look found all but 4.',
  );
});

it('fewExamples warns below 100 in a class', () => {
  expect(fewExamples([100, 200])).toEqual([]);
  expect(fewExamples([100, 99, 3])[0]).toMatchObject({
    code: 'few-examples',
    message: '2 classes have fewer than 100 examples, the smallest 3.',
  });
});
