import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {takeLast, upTo} from './renewed';

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

  // Before any test runs.
  const three = upTo(3);

  it('comes after numbers that are there', () => {
    expect(three).toEqual([1, 2, 3]);
  });

  // Without what stands before it a second run would find one number.
  it('takes one away', () => {
    expect(hooks.slice(-4)).toEqual([
      ...['after the inner', 'after the outer', 'before the outer', 'before the inner'],
    ]);
    expect(takeLast(numbers)).toBe(2);
    expect(numbers).toEqual([1]);
  });
});
