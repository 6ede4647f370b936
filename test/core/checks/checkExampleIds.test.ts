import {describe, expect, it} from 'vitest';

import {checkExampleIds} from '../../../src/core/checks/checkExampleIds';

describe('checkExampleIds', () => {
  it('accepts none, or one for each example', () => {
    expect(() => {
      checkExampleIds('f', undefined, 2);
      checkExampleIds('f', [7, 7], 2);
      checkExampleIds('f', new Int32Array(0), 0);
    }).not.toThrow();
  });

  it('refuses any other number', () => {
    expect(() => {
      checkExampleIds('f', [7], 2);
    }).toThrow(
      'f: "exampleIds" must have one identity for each of the 2 examples, found 1. ' +
        'Pass the dataset indices of this batch.',
    );
    expect(() => {
      checkExampleIds('f', [7, 8, 9], 2);
    }).toThrow(/found 3/);
  });

  it('refuses what is no identity', () => {
    for (const [ids, found] of [
      [[0, -1], '-1'],
      [[0.5, 1], '0.5'],
      [[0, 2 ** 31], '2147483648'],
      [[NaN, 0], 'NaN'],
      [['0', 1], "'0'"],
    ] as const) {
      expect(() => {
        checkExampleIds('f', ids as unknown as number[], 2);
      }).toThrow(
        `f: "exampleIds" must be integers from 0 to 2^31 - 1, found ${found}. ` +
          'Pass the dataset indices of this batch.',
      );
    }
    expect(() => {
      checkExampleIds('f', [0, 2 ** 31 - 1], 2);
    }).not.toThrow();
    expect(() => {
      checkExampleIds('f', 2 as unknown as number[], 2);
    }).toThrow('f: "exampleIds" must be an array of integers, found 2. Pass an array.');
  });
});
