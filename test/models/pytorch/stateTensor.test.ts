import {describe, expect, it} from 'vitest';

import {isShaped} from '../../../src/models/pytorch/stateTensor';

describe('isShaped', () => {
  it.each([
    [{shape: [], values: undefined}, true],
    [{shape: [1], values: [1]}, true],
    [{shape: 'x', values: [1]}, false],
    [{shape: [1]}, false],
    [{values: [1]}, false],
    [undefined, false],
    [null, false],
    ['shape', false],
  ])('of %o: %o', (value, expected) => {
    expect(isShaped(value)).toBe(expected);
  });
});
