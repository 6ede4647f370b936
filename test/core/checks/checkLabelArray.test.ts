import {describe, expect, it} from 'vitest';

import {checkLabelArray, checkNumClasses} from '../../../src/core/checks/checkLabelArray';

describe('checkLabelArray', () => {
  it('accepts labels in range', () => {
    expect(() => checkLabelArray('f', [0, 1, 2], 3)).not.toThrow();
    expect(() => checkLabelArray('f', Uint8Array.of(2), 3)).not.toThrow();
  });

  it('names the first label that is not', () => {
    expect(() => checkLabelArray('f', [0, 3, 4], 3)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "labels" must be integers in [0, 3), found 3 at position 1. Number the classes from 0 and pass how many there are.]`,
    );
    expect(() => checkLabelArray('f', [], 3)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "labels" must have at least one entry, found none. Pass the label of every example.]`,
    );
    expect(() => checkLabelArray('f', [0], 0)).toThrow(/^f: "numClasses"/);
  });
});

it('refuses more classes than fit into memory', () => {
  const check = (value: unknown) => () => {
    checkNumClasses('f', value);
  };
  expect(check(2 ** 24)).not.toThrow();
  for (const value of [2 ** 24 + 1, 1e300]) {
    expect(check(value)).toThrow(
      `f: "numClasses" must be an integer >= 1 and <= 16777216, found ${value}. Pass how many`,
    );
  }
  expect(check('10')).toThrow("must be an integer >= 1, found '10'. Write 10, without quotes");
});
