import {describe, expect, it} from 'vitest';

import {checkNumber, type NumberRange, unquoted} from '../../../src/core/checks/checkNumber';
import {InvalidArgumentError} from '../../../src/core/errors';

const check = (value: unknown, range?: NumberRange) => () => {
  checkNumber('f', 'n', value, range);
};

describe('checkNumber', () => {
  it.each([
    [0, undefined],
    [-1e300, undefined],
    [1, {min: 1, max: 1}],
    [2, {min: 1, max: 3, integer: true}],
    [0.5, {above: 0}],
    [0.5, {below: 1}],
    [-2, {integer: true}],
    [1.5, {integer: false}],
  ])('accepts %s in %o', (value, range) => {
    expect(check(value, range)).not.toThrow();
  });

  it.each([
    [NaN, undefined],
    [Infinity, undefined],
    [-Infinity, undefined],
    ['1', undefined],
    [null, undefined],
    [undefined, undefined],
    [[1], undefined],
    [0.99, {min: 1}],
    [1.01, {max: 1}],
    [0, {above: 0}],
    [1, {below: 1}],
    [1.5, {integer: true}],
  ])('refuses %s in %o', (value, range) => {
    expect(check(value, range)).toThrow(InvalidArgumentError);
  });

  it('says what is allowed', () => {
    expect(check('x')).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "n" must be a finite number, found 'x'. Pass a number.]`,
    );
    expect(check(0, {min: 1, integer: true})).toThrow(
      /must be an integer >= 1, found 0\. Pass a value in that range\.$/,
    );
    expect(check(2, {above: 0, max: 1})).toThrow(/must be a finite number > 0 and <= 1, found 2/);
    expect(() => {
      checkNumber('f', 'n', 2, {max: 1}, 'Divide it.');
    }).toThrow(/Divide it\.$/);
  });
});

it('refuses what float32 does not hold, where it has to', () => {
  const check = (value: number) => () => {
    checkNumber('f', 'scale', value, {above: 0, float32: true});
  };
  for (const value of [3.4e38, 1e-45, 1]) expect(check(value)).not.toThrow();
  for (const value of [3.5e38, 1e300, 1e-46, 1e-300]) {
    expect(check(value)).toThrow(
      `f: "scale" must be a finite number > 0, within float32, found ${value}.`,
    );
  }
  expect(check(-1)).toThrow('f: "scale" must be a finite number > 0, found -1.');
});

describe('unquoted', () => {
  it.each([
    ['8/255', 'Write 8 / 255, without quotes.'],
    [' 8 /  255 ', 'Write 8 / 255, without quotes.'],
    ['0.25/1.125', 'Write 0.25 / 1.125, without quotes.'],
    ['0.3', 'Write 0.3, without quotes, or convert it with Number(...).'],
    [' 1e-3 ', 'Write 1e-3, without quotes, or convert it with Number(...).'],
    // Neither a fraction nor a number.
    ['8/255x', 'Pass a number.'],
    ['x8/255', 'Pass a number.'],
    ['8/', 'Pass a number.'],
    ['.5/2', 'Pass a number.'],
    ['1./2', 'Pass a number.'],
    ['8//255', 'Pass a number.'],
    ['eight', 'Pass a number.'],
    ['Infinity', 'Pass a number.'],
    ['  ', 'Pass a number.'],
    ['', 'Pass a number.'],
  ])('of %j says: %s', (text, remedy) => {
    expect(unquoted(text)).toBe(remedy);
  });
});
