import {describe, expect, it} from 'vitest';

import {checkOneOf} from '../../../src/core/checks/checkOneOf';
import {InvalidArgumentError} from '../../../src/core/errors';

const NAMES = ['a', 'b'] as const;

describe('checkOneOf', () => {
  it.each(NAMES)('accepts %s', (name) => {
    expect(() => {
      checkOneOf('f', 'kind', name, NAMES);
    }).not.toThrow();
  });

  it.each([
    ['c', "'c'"],
    ['', "''"],
    [1, '1'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('refuses %j', (value, found) => {
    const call = () => {
      checkOneOf('f', 'kind', value, NAMES);
    };
    expect(call).toThrow(InvalidArgumentError);
    expect(call).toThrow(
      `f: "kind" must be one of 'a', 'b', found ${found}. Write one of these names.`,
    );
  });

  it('knows what other libraries write', () => {
    for (const [value, meant] of [
      ['L2', 'l2'],
      ['Linf', 'linf'],
      ['l_inf', 'linf'],
      ['L∞', 'linf'],
    ]) {
      expect(() => {
        checkOneOf('f', 'norm', value, ['linf', 'l2']);
      }).toThrow(`found '${value}'. Write '${meant}'.`);
    }
  });
});
