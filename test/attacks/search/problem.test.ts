import {expect, it} from 'vitest';

import {emptyOutcome} from '../../../src/attacks/search/problem';

it('an empty outcome knows nothing of any example', () => {
  expect(emptyOutcome(2)).toEqual({
    points: new Map(),
    targets: new Map(),
    forward: Int32Array.of(0, 0),
    backward: Int32Array.of(0, 0),
    queries: Int32Array.of(0, 0),
    zeroGradient: Uint8Array.of(0, 0),
    nonFiniteGradient: Uint8Array.of(0, 0),
    nonFinite: Uint8Array.of(0, 0),
  });
  const outcome = emptyOutcome(1);
  const {forward, backward, queries} = outcome;
  expect(new Set([forward.buffer, backward.buffer, queries.buffer]).size).toBe(3);
  outcome.points.set(0, new Float32Array(1));
  expect(outcome.targets.size).toBe(0);
  expect(emptyOutcome(1).points.size).toBe(0);
});
