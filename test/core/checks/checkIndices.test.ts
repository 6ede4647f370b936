import {describe, expect, it} from 'vitest';

import {checkIndices} from '../../../src/core/checks/checkIndices';

const check = (indices: ArrayLike<number>, size: number) => () => {
  checkIndices('subset', 'indices', indices, size);
};

describe('checkIndices', () => {
  it('accepts integers in range, repeated or none', () => {
    expect(check([0, 2, 2], 3)).not.toThrow();
    expect(check(Int32Array.of(), 0)).not.toThrow();
  });

  it.each([
    [[3], 3],
    [[0, -1], 3],
    [[0.5], 3],
    [[NaN], 3],
    [[0], 0],
  ])('refuses %o for size %i', (indices, size) => {
    expect(check(indices, size)).toThrow(/subset: "indices" must be integers in \[0, \d\)/);
  });

  it('refuses what is no list', () => {
    for (const indices of [3, null, 'abc', {0: 1}]) {
      expect(check(indices as unknown as number[], 3)).toThrow(
        /^subset: "indices" must be an array of integers, found /,
      );
    }
  });

  it('names the wrong one', () => {
    expect(check([1, 7, 9], 3)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: subset: "indices" must be integers in [0, 3), found 7. Pass indices into this dataset.]`,
    );
  });
});
