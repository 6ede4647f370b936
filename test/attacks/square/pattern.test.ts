import {describe, expect, it} from 'vitest';

import {lengthOf, rawPyramid, squarePattern, startTiles} from '../../../src/attacks/square/pattern';
import {expectClose} from '../../support/tensors';

// attacks.md 12.8.
describe('rawPyramid', () => {
  it('adds rectangles around the middle', () => {
    expectClose(rawPyramid(1, 3).values, [0.25, 1.25, 0.25], 1e-12);
    const ninth = 1 / 9;
    const ring = [ninth, 0.25 + ninth, 0.25 + ninth, 0.25 + ninth, ninth];
    const middle = [ninth, 0.25 + ninth, 1.25 + ninth, 0.25 + ninth, ninth];
    expectClose(rawPyramid(3, 5).values, [...ring, ...middle, ...ring], 1e-12);
    expect(rawPyramid(3, 5)).toMatchObject({height: 3, width: 5});
  });

  it('has its middle below and right of the center where a side is even', () => {
    expectClose(rawPyramid(2, 1).values, [0.25, 1.25], 1e-12);
    expectClose(rawPyramid(1, 4).values, [1 / 9, 0.25 + 1 / 9, 1.25 + 1 / 9, 0.25 + 1 / 9], 1e-12);
  });
});

describe('squarePattern', () => {
  it('is a pyramid above its negative', () => {
    const third = [-0.129099, -0.645497, -0.129099];
    const expected = [0.136083, 0.680414, 0.136083, -0.129099, -0.129099, -0.129099, ...third];
    expectClose(squarePattern(3, false).values, expected, 1e-6);
    expect([...squarePattern(1, false).values]).toEqual([-1]);
    expect(squarePattern(3, true)).toMatchObject({height: 3, width: 3});
  });

  it('has the published values for side 6', () => {
    const outer = [0.023117, 0.064214, 0.156682, 0.156682, 0.156682, 0.064214];
    const middle = [0.023117, 0.064214, 0.156682, 0.526556, 0.156682, 0.064214];
    const above = [...outer, ...middle, ...outer];
    expectClose(squarePattern(6, false).values, [...above, ...above.map((v) => -v)], 1e-6);
  });

  it.each([1, 2, 3, 4, 5, 7, 29, 400])('has length 1, side %i', (side) => {
    expect(lengthOf(squarePattern(side, false).values)).toBeCloseTo(1, 12);
  });

  it('transposes', () => {
    const [plain, transposed] = [false, true].map((t) => squarePattern(4, t).values);
    const swapped = Array.from({length: 16}, (_, i) => plain?.[(i % 4) * 4 + Math.floor(i / 4)]);
    expect([...(transposed ?? [])]).toEqual(swapped);
    expect(swapped).not.toEqual([...(plain ?? [])]);
  });
});

describe('startTiles', () => {
  it.each([
    [28, 28, {side: 5, first: 1, rows: 5, columns: 5}],
    [32, 32, {side: 6, first: 1, rows: 5, columns: 5}],
    [64, 64, {side: 12, first: 2, rows: 5, columns: 5}],
    [12, 12, {side: 2, first: 1, rows: 6, columns: 6}],
    [5, 5, {side: 1, first: 0, rows: 5, columns: 5}],
    [32, 64, {side: 6, first: 1, rows: 5, columns: 10}],
    [32, 4, {side: 6, first: 1, rows: 5, columns: 0}],
  ])('%i x %i', (height, width, expected) => {
    expect(startTiles(height, width)).toEqual(expected);
  });
});
