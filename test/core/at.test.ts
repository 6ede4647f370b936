import {describe, expect, it} from 'vitest';

import {at, byteAt, entryOf, floatAt, intAt, itemAt, numberAt} from '../../src/core/at';

describe('at', () => {
  it('gives the entry of any list', () => {
    expect(at([3, 1], 1)).toBe(1);
    expect(at(Int32Array.of(7, 8), 0)).toBe(7);
    expect(at('abc', 2)).toBe('c');
    expect(at([null], 0)).toBeNull();
  });

  it('throws where there is none', () => {
    expect(() => at([1], 1)).toThrow('no entry 1 in a list of 1');
    expect(() => at(new Float32Array(2), -1)).toThrow(RangeError);
    expect(() => at([1], 0.5)).toThrow(RangeError);
  });
});

describe('accessors of one kind', () => {
  it('give the entry', () => {
    expect(floatAt(Float32Array.of(0.5, 0), 0)).toBe(0.5);
    expect(floatAt(Float32Array.of(0.5, NaN), 1)).toBeNaN();
    expect(intAt(Int32Array.of(0, -3), 1)).toBe(-3);
    expect(byteAt(Uint8Array.of(255), 0)).toBe(255);
    expect(numberAt([1.5, 0], 1)).toBe(0);
    expect(itemAt([[1], [2]], 1)).toEqual([2]);
  });

  it.each([
    ['floatAt', (index: number) => floatAt(Float32Array.of(1, 2), index)],
    ['byteAt', (index: number) => byteAt(Uint8Array.of(1, 2), index)],
    ['intAt', (index: number) => intAt(Int32Array.of(1, 2), index)],
    ['numberAt', (index: number) => numberAt([1, 2], index)],
    ['itemAt', (index: number) => itemAt([{}, {}], index)],
  ])('%s throws where there is none', (_, read) => {
    for (const index of [-1, 2, 0.5, NaN]) {
      expect(() => read(index)).toThrow(new RangeError(`no entry ${index} in a list of 2`));
    }
  });
});

describe('entryOf', () => {
  it('gives an entry of its own, and names one that is not there', () => {
    expect(entryOf({a: 1, b: 0}, 'b')).toBe(0);
    expect(() => entryOf({a: 1, b: 0}, 'c')).toThrow(new RangeError('no entry "c" among a, b'));
    expect(() => entryOf<unknown>({a: 1}, 'toString')).toThrow(RangeError);
  });
});
