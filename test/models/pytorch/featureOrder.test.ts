import {describe, expect, it} from 'vitest';

import {
  isLost,
  isPlain,
  isSameOrder,
  lengthsHere,
  mapOrder,
  plainOrder,
  withLengths,
} from '../../../src/models/pytorch/featureOrder';

describe('mapOrder', () => {
  it('has the channels first in PyTorch, wherever they are here', () => {
    expect(mapOrder([2, 3, 4], false)).toEqual({shape: [4, 2, 3], axes: [1, 2, 0]});
    expect(mapOrder([4, 2, 3], true)).toEqual({shape: [4, 2, 3], axes: [0, 1, 2]});
    expect(mapOrder([7, 4], false)).toEqual({shape: [4, 7], axes: [1, 0]});
  });

  it('gives the lengths here back', () => {
    expect(lengthsHere(mapOrder([2, null, 4], false))).toEqual([2, null, 4]);
  });
});

describe('withLengths', () => {
  it('keeps the axes', () => {
    const order = withLengths({...mapOrder([2, 3, 4], false), isAssumed: true}, [5, 6, 7]);
    expect(order).toEqual({shape: [7, 5, 6], axes: [1, 2, 0], isAssumed: true});
  });
});

describe('isPlain', () => {
  it.each([
    [plainOrder([2, 3, 4]), true],
    [mapOrder([2, 3, 4], true), true],
    [mapOrder([2, 3, 4], false), false],
    [mapOrder([1, 1, 4], false), true],
    [mapOrder([2, 3, 1], false), true],
    [mapOrder([1, 3, 4], false), false],
    [mapOrder([null, null, 4], false), false],
    [plainOrder([]), true],
  ])('of %o: %o', (order, expected) => {
    expect(isPlain(order)).toBe(expected);
  });
});

describe('isSameOrder', () => {
  it('does not see axes of length 1', () => {
    expect(isSameOrder(mapOrder([1, 3, 4], false), mapOrder([3, 4], false))).toBe(true);
    expect(isSameOrder(mapOrder([1, 1, 4], false), plainOrder([4]))).toBe(true);
  });

  it.each([
    [mapOrder([2, 3, 4], false), plainOrder([24])],
    [mapOrder([2, 3, 4], false), mapOrder([3, 2, 4], false)],
    [mapOrder([6, 4], false), mapOrder([2, 3, 4], false)],
  ])('tells %o from %o', (a, b) => {
    expect(isSameOrder(a, b)).toBe(false);
    expect(isSameOrder(b, a)).toBe(false);
  });
});

describe('isLost', () => {
  it('tells what is lost from what is not', () => {
    expect([{lost: 'a layer'}, plainOrder([2])].map(isLost)).toEqual([true, false]);
  });
});
