import {expect, it} from 'vitest';

import {classAccuracies} from '../../../src/attacks/autoAttack/report';

it('classAccuracies counts class by class, and leaves classes without examples open', () => {
  const clean = [true, false, true, true];
  const robust = [true, false, false, true];
  expect(
    classAccuracies(
      [0, 0, 2, 2],
      3,
      (row) => clean[row] === true,
      (row) => robust[row] === true,
    ),
  ).toEqual([
    {class: 0, total: 2, cleanAccuracy: 0.5, robustAccuracy: 0.5},
    {class: 1, total: 0, cleanAccuracy: null, robustAccuracy: null},
    {class: 2, total: 2, cleanAccuracy: 1, robustAccuracy: 0.5},
  ]);
});
