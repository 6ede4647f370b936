import {expect, it} from 'vitest';

import {heldNow, whileHeld} from './leftBehind';

let runs = 0;

it('cannot be repeated', () => {
  expect(whileHeld(1, () => 2)).toBe(2);
  expect(runs++).toBe(0);
});

it('whileHeld holds it meanwhile, and no longer', () => {
  expect(whileHeld(3, heldNow)).toEqual([3]);
  expect(heldNow()).toEqual([]);
});

it('nothing is left of it', () => {
  expect(heldNow()).toEqual([]);
});
