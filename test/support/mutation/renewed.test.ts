import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {takeLast} from './renewed';

const hooks: string[] = [];
let numbers: number[] = [];

beforeEach(() => {
  hooks.push('before the outer');
});
afterEach(() => {
  hooks.push('after the outer');
});

describe('takeLast', () => {
  beforeEach(() => {
    hooks.push('before the inner');
    numbers = [1, 2];
  });
  afterEach(() => {
    hooks.push('after the inner');
  });

  // Without what stands before it a second run would find one number.
  it('takes one away', () => {
    expect(hooks.slice(-2)).toEqual(['before the outer', 'before the inner']);
    expect(hooks.slice(0, -2).slice(-2)).toEqual(
      hooks.length === 2 ? [] : ['after the inner', 'after the outer'],
    );
    expect(takeLast(numbers)).toBe(2);
    expect(numbers).toEqual([1]);
  });
});
