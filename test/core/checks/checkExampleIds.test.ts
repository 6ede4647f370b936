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
});
