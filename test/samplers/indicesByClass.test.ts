import {describe, expect, it} from 'vitest';

import {indicesByClass} from '../../src/samplers/indicesByClass';

describe('indicesByClass', () => {
  it('lists the positions of each class, ascending', () => {
    expect(indicesByClass('f', [1, 0, 1, 1], 2)).toEqual([
      Int32Array.of(1),
      Int32Array.of(0, 2, 3),
    ]);
  });

  it('refuses a class without examples', () => {
    expect(() => indicesByClass('f', [0, 2], 3)).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: f: "labels" must have at least one example of each of the 3 classes, found none of class 1. Remove the class and renumber the others, or pass a smaller numClasses.]`,
    );
    expect(() => indicesByClass('f', [1], 2)).toThrow(/found none of class 0/);
    expect(() => indicesByClass('f', [2], 2)).toThrow(/found 2 at position 0/);
  });
});
