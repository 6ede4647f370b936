import * as v from 'valibot';
import {expect, it} from 'vitest';

import {boolean, clip, entriesOf, nested, number, oneOf} from '../../src/registry/entry';

const entry = entriesOf<{factor: number}, number>();

it('makes a thing of checked options and of its parts', () => {
  const times = entry(
    'a product',
    {by: v.optional(v.number(), 2)},
    ({by}, {factor}) => by * factor,
  );
  expect(times.make({}, {factor: 3})).toBe(6);
  expect(times.make({by: 5}, {factor: 3})).toBe(15);
  expect(() => times.make({by: '5'}, {factor: 3})).toThrow();
  expect(() => times.make({of: 5}, {factor: 3})).toThrow();
});

it.each([
  [number, [undefined, 1], ['1', null]],
  [boolean, [undefined, true], [1, 'true']],
  [oneOf('a', 'b'), [undefined, 'a', 'b'], ['c', 1]],
  [clip, [undefined, null, [0, 1]], [[0], [0, 1, 2], 1]],
  [nested, ['name', {name: 'name', more: 1}], [1, null, {}]],
])('schema %#', (schema, right, wrong) => {
  for (const value of right) expect(v.is(schema, value)).toBe(true);
  for (const value of wrong) expect(v.is(schema, value)).toBe(false);
});
