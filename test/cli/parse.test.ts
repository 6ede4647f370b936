import {describe, expect, it} from 'vitest';

import {integer, listOf, number, shard} from '../../src/cli/parse';

describe('arguments', () => {
  it('are numbers, fractions and lists', () => {
    expect(number(0)('8/255')).toBe(8 / 255);
    expect(number(0)('0.5')).toBe(0.5);
    expect(integer(1)('3')).toBe(3);
    expect(listOf(number(0))('2/255, 0.1')).toEqual([2 / 255, 0.1]);
    expect(shard('2/4')).toEqual({part: 2, of: 4});
  });

  it.each(['', ' ', 'x', '1/0', '-1', '2', '1/2/3'])('are no number from 0 to 1: %j', (text) => {
    expect(() => number(0, 1)(text)).toThrow('Expected a number');
  });

  it.each(['', '1.5', 'x', '0'])('are no whole number of at least 1: %j', (text) => {
    expect(() => integer(1)(text)).toThrow('Expected a whole number');
  });

  it.each(['1', '0/2', '3/2', 'a/b'])('are no shard: %j', (text) => {
    expect(() => shard(text)).toThrow('Expected part');
  });
});
