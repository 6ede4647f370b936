import {expect, it} from 'vitest';

import {wrongRows} from '../../../src/attacks/search/wrongRows';

it('wrongRows are the live rows whose prediction is not the label, NaN among them', () => {
  const problem = {labels: Int32Array.of(0, 1, 1, 0), numClasses: 2};
  const rows = {positions: Int32Array.of(3, 1, 2, 0, 3), live: 4};
  const logits = Float32Array.of(...[0, 1], ...[0, 1], ...[NaN, 1], ...[1, 1], ...[0, 1]);
  expect(wrongRows(problem, rows, logits)).toEqual([0, 2]);
});
