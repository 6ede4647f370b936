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

  it('takes both ends, with space around', () => {
    expect([number(0, 1)('0'), number(0, 1)('1'), number(0, 1)(' 4/4 ')]).toEqual([0, 1, 1]);
    expect([number(0)('0/5'), number(0)('1e3'), number(0.5, 2)('1/2')]).toEqual([0, 1000, 0.5]);
    expect([integer(1)(' 1 '), integer(0)('0'), integer(-3)('-3')]).toEqual([1, 0, -3]);
    expect([shard('1/1'), shard('12/12'), shard('1/30')]).toEqual([
      ...[
        {part: 1, of: 1},
        {part: 12, of: 12},
        {part: 1, of: 30},
      ],
    ]);
  });

  it('say what they must be', () => {
    expect(() => number(0.5, 2)('0.49')).toThrow(
      /^Expected a number, or a fraction such as 8\/255, of at least 0.5 and at most 2\.$/,
    );
    expect(() => number(0)('-1/255')).toThrow(
      /^Expected a number, or a fraction such as 8\/255, of at least 0\.$/,
    );
    expect(() => number(0)('Infinity')).toThrow('of at least 0.');
    expect(() => integer(3)('2')).toThrow(/^Expected a whole number of at least 3\.$/);
    expect(() => shard('')).toThrow(/^Expected part and number of parts, such as 2\/4\.$/);
  });

  it.each(['1/2x', 'x1/2', '1/2/3', '/2', '1/', '-1/2', ' 1/2'])('are no shard: %j', (text) => {
    expect(() => shard(text)).toThrow('Expected part');
  });
});
