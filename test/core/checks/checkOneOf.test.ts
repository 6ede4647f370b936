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

  it('says what to do instead where no name is near', () => {
    expect(() => {
      checkOneOf('f', 'kind', 'c', NAMES, 'Leave it out.');
    }).toThrow("found 'c'. Leave it out.");
    expect(() => {
      checkOneOf('f', 'kind', 'A', NAMES, 'Leave it out.');
    }).toThrow("found 'A'. Write 'a'.");
  });

  it.each([
    ['L2', 'l2'],
    ['2', 'l2'],
    [2, 'l2'],
    ['Euclidean', 'l2'],
    ['Linf', 'linf'],
    ['l_inf', 'linf'],
    ['L∞', 'linf'],
    ['∞', 'linf'],
    ['inf', 'linf'],
    [Infinity, 'linf'],
    ['max', 'linf'],
    ['L-infinity', 'linf'],
    ['NHWC', 'channelsLast'],
    ['channels_last', 'channelsLast'],
    ['nchw', 'channelsFirst'],
  ])('knows what other libraries write: %j', (value, meant) => {
    expect(() => {
      checkOneOf('f', 'norm', value, ['linf', 'l2', 'channelsLast', 'channelsFirst']);
    }).toThrow(`. Write '${meant}'.`);
  });

  it('proposes only what is allowed', () => {
    expect(() => {
      checkOneOf('f', 'norm', 'nchw', ['linf', 'l2']);
    }).toThrow("found 'nchw'. Write one of these names.");
    expect(() => {
      checkOneOf('f', 'norm', ['l2'], ['linf', 'l2']);
    }).toThrow(/Write one of these names\.$/);
  });
});
