import {expect, it} from 'vitest';

import {checkRng, isRng} from '../../../src/core/checks/checkRng';
import {createRng, restoreRng} from '../../../src/core/rng';

it('takes generators, and refuses what is none with the remedy', () => {
  for (const rng of [createRng(1), createRng(1).fork('a'), restoreRng(createRng(2).state())]) {
    expect(() => {
      checkRng('here', rng, 'it draws');
    }).not.toThrow();
  }
  for (const [value, found] of [
    [undefined, 'undefined. Pass createRng(seed).'],
    [null, 'null. Pass createRng(seed).'],
    [7, '7. Pass createRng(7).'],
    [0, '0. Pass createRng(0).'],
    [-1, '-1. Pass createRng(seed).'],
    [1.5, '1.5. Pass createRng(seed).'],
    ['7', "'7'. Pass createRng(seed)."],
    [{fork: 1}, 'an object with fork. Pass createRng(seed).'],
    [{fork: 1, uniform: () => 0.5}, 'an object with fork, uniform. Pass'],
    [{fork: () => 0.5, uniform: 1}, 'an object with fork, uniform. Pass'],
  ] as const) {
    expect(() => {
      checkRng('here', value, 'it draws');
    }).toThrow(
      value === undefined
        ? `here: "rng" must be given: it draws, found ${found}`
        : `here: "rng" must be a generator that createRng made, found ${found}`,
    );
  }
});

it('refuses what lacks one of the methods of a generator', () => {
  const names = ['fork', 'uniform', 'normal', 'integer', 'seed', 'state'];
  const whole = Object.fromEntries(names.map((name) => [name, () => 1]));
  expect(isRng(whole)).toBe(true);
  for (const name of names) expect(isRng({...whole, [name]: 1})).toBe(false);
  expect([null, undefined, () => 1, 3].map(isRng)).toEqual([false, false, false, false]);
});
