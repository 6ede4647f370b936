import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {balancedSplit} from '../../src/samplers/balancedSplit';
import {classCounts} from '../../src/samplers/classCounts';

describe('balancedSplit', () => {
  it('without a generator holds out the first of each class', () => {
    expect(balancedSplit([0, 0, 1, 1, 0], 2, {perClass: 1})).toEqual({
      held: Int32Array.of(0, 2),
      rest: Int32Array.of(1, 3, 4),
    });
    expect(balancedSplit([0, 0, 1, 1, 0], 2, {perClass: 2})).toEqual({
      held: Int32Array.of(0, 1, 2, 3),
      rest: Int32Array.of(4),
    });
  });

  it('splits the indices it is given, in their order', () => {
    expect(balancedSplit([0, 0, 1, 1, 0], 2, {perClass: 1, from: [4, 3, 0]})).toEqual({
      held: Int32Array.of(4, 3),
      rest: Int32Array.of(0),
    });
  });

  it('with a generator holds out a random choice, the rest in order', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 10}), fc.nat(999), (perClass, seed) => {
        const labels = Int32Array.from({length: 40}, (_, i) => i % 4);
        const make = () => balancedSplit(labels, 4, {perClass, rng: createRng(seed)});
        const {held, rest} = make();
        expect(
          classCounts(
            held.map((i) => labels[i] as number),
            4,
          ),
        ).toEqual(Array(4).fill(perClass));
        expect([...held, ...rest].sort((a, b) => a - b)).toEqual([...Array(40).keys()]);
        expect(rest).toEqual(rest.slice().sort());
        expect(make()).toEqual({held, rest});
      }),
      {numRuns: 30},
    );
    const labels = new Int32Array(100);
    const draw = (seed: number) => balancedSplit(labels, 1, {perClass: 10, rng: createRng(seed)});
    expect(draw(1).held).not.toEqual(draw(2).held);
    expect(Math.max(...draw(1).held)).toBeGreaterThan(30);
  });

  it('refuses what it cannot do', () => {
    const labels = [0, 0, 1];
    expect(() => balancedSplit(labels, 2, {perClass: 2})).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: balancedSplit: "perClass" must be at most the number of examples that each class has to give, found 2, with 1 of class 1. Lower it, or split more examples.]`,
    );
    expect(() => balancedSplit(labels, 2, {perClass: 0})).toThrow(/"perClass" must be an integer/);
    expect(() => balancedSplit(labels, 2, {perClass: 1.5})).toThrow(/"perClass"/);
    expect(() => balancedSplit([0, 2], 2, {perClass: 1})).toThrow(/"labels"/);
    expect(() => balancedSplit(labels, 2, {perClass: 1, from: [0, 2, 0]})).toThrow(
      /"from" must name each example once, found 0 twice/,
    );
    expect(() => balancedSplit(labels, 2, {perClass: 1, from: [0, 3]})).toThrow(
      /"from\[1\]" must be an integer >= 0 and <= 2, found 3/,
    );
    expect(() => balancedSplit(labels, 2, {perClass: 1, from: [-1]})).toThrow(/"from\[0\]"/);
    expect(() => balancedSplit(labels, 2, {perClass: 1, from: [0.5]})).toThrow(/"from\[0\]"/);
  });
});
