import {expect, it} from 'vitest';

import type {AutoAttackReport} from '../../../src/attacks/autoAttack/report';
import {evaluationResult} from '../../../src/attacks/autoAttack/evaluationResult';

const passes = (forward: number) => ({forward, backward: 2 * forward, queries: 3 * forward});

it('evaluationResult turns a report into verdicts after each part', () => {
  const sample = (verdict: string, attack: string | null, distance: number | null, n: number) => ({
    ...{verdict, attack, distance},
    ...passes(n),
  });
  const report = {
    samples: [
      sample('misclassified', null, null, 1),
      sample('broken', 'b', 0.25, 5),
      sample('robust', null, null, 9),
      sample('broken', 'a', 0.5, 2),
    ],
    components: [
      {name: 'a', ...passes(4)},
      {name: 'b', ...passes(6)},
    ],
    warnings: [{code: 'few-examples'}, {code: 'randomized'}, {code: 'zero-gradient'}],
    tallies: [{code: 'zero-gradient', count: 3}],
  } as unknown as AutoAttackReport;
  expect(evaluationResult(report)).toEqual({
    success: [true, true, false, true],
    distances: [0, 0.25, 0, 0.5],
    cost: {forward: [1, 5, 9, 2], backward: [2, 10, 18, 4], queries: [3, 15, 27, 6]},
    components: [
      {name: 'a', success: [true, false, false, true], cost: passes(4)},
      {name: 'b', success: [true, true, false, true], cost: passes(6)},
    ],
    warnings: [{code: 'randomized'}],
    tallies: [{code: 'zero-gradient', count: 3}],
  });
});
