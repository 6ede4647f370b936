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

it('says what to do about each kind of labels', () => {
  for (const [labels, found, remedy] of [
    [['cat', 'dog'], "'cat' at position 0", 'Give each name a number: names.indexOf(label).'],
    [[0, 1n], 'the BigInt 1n at position 1', 'Convert them: Array.from(labels, Number).'],
    [
      [[0, 1, 0]],
      '[0, 1, 0] at position 0',
      'For one-hot rows pass the position of the 1 in each.',
    ],
    [[1, 3, 2], '3 at position 1', 'They are numbered from 1: subtract 1 from each.'],
    [[1, 3, 0], '3 at position 1', 'Number the classes from 0 and pass how many there are.'],
    [[1, 4], '4 at position 1', 'Number the classes from 0 and pass how many there are.'],
    [[-1, 1], '-1 at position 0', 'Number the classes from 0 and pass how many there are.'],
    [[0.5], '0.5 at position 0', 'Number the classes from 0 and pass how many there are.'],
  ] as const) {
    expect(() => {
      checkLabelArray('f', labels as unknown as number[], 3);
    }).toThrow(`f: "labels" must be integers in [0, 3), found ${found}. ${remedy}`);
  }
  expect(() => {
    checkLabelArray('f', 5 as unknown as number[], 3);
  }).toThrow('f: "labels" must be an array of numbers, found 5. Pass an array.');
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
  expect(check(0)).toThrow('must be an integer >= 1, found 0. Pass how many classes there are.');
  expect(check('10')).toThrow("must be an integer >= 1, found '10'. Write 10, without quotes");
});
