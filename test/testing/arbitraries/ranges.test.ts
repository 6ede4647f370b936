import * as fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {endsOf, integerIn, listOf} from '../../../src/testing/arbitraries/ranges';
import {shrunk, sorted} from '../../support/shrunk';

describe('ranges', () => {
  it('take a number or two ends', () => {
    expect(endsOf('f', 'count', 3)).toEqual([3, 3]);
    expect(endsOf('f', 'count', [1, 4])).toEqual([1, 4]);
  });

  it.each([[[4, 1]], [[-1, 2]], [[0.5, 2]]] as const)('refuse %j', (range) => {
    expect(() => endsOf('f', 'count', range)).toThrow('"count[');
  });

  it('shrink toward the smallest integer', () => {
    expect(shrunk(integerIn('f', 'n', [2, 50]), (n) => n >= 7)).toBe(7);
    expect(shrunk(integerIn('f', 'n', [2, 50]), () => true)).toBe(2);
  });

  it('shrink lists item by item, at their full length', () => {
    const hasTwo = (items: number[]) => items.filter((n) => n >= 3).length > 1;
    expect(shrunk(listOf(fc.nat({max: 9}), 5), hasTwo, sorted)).toEqual([0, 0, 0, 3, 3]);
  });
});

describe('what is no range', () => {
  it.each<[unknown]>([[[1]], [[1, 2, 3]], ['3'], [undefined], [{min: 1}]])('%j', (wrong) => {
    expect(() => endsOf('f', 'count', wrong as never)).toThrow(
      /^f: "count" must be a whole number, or \[min, max\], found .* Pass 3, or \[1, 4\], say\.$/,
    );
  });

  it('is told by its end', () => {
    expect(() => endsOf('f', 'count', [0, 0.5])).toThrow('f: "count[1]" must be an integer >= 0');
    expect(() => endsOf('f', 'count', -1)).toThrow('f: "count[0]" must be an integer >= 0');
    expect(() => integerIn('g', 'n', [2, 1])).toThrow('g: "n[1]" must be an integer >= 2');
    expect(endsOf('f', 'count', [0, 0])).toEqual([0, 0]);
  });
});

it('integerIn reaches both ends', () => {
  const drawn = fc.sample(integerIn('f', 'n', [2, 4]), {numRuns: 200, seed: 1});
  expect(new Set(drawn)).toEqual(new Set([2, 3, 4]));
});
