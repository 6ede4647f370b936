import {expect, it} from 'vitest';

import {countDown, isDone} from './countDown';

it('countDown ends at 0', async () => {
  expect(await countDown(2)).toBe(0);
});

it('isDone from 0 on', () => {
  expect([-1, 0, 1].map(isDone)).toEqual([true, true, false]);
});
