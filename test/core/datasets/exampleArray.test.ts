import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {exampleArray} from '../../../src/core/datasets/exampleArray';

describe('exampleArray', () => {
  it('flattens even nesting row by row', () => {
    const lengths = fc.tuple(
      ...[fc.integer({min: 1, max: 4}), fc.integer({min: 1, max: 3}), fc.integer({min: 1, max: 3})],
    );
    fc.assert(
      fc.property(lengths, ([n, h, w]) => {
        const values = Array.from({length: n * h * w}, (_, i) => i);
        const x = Array.from({length: n}, (_, i) =>
          Array.from({length: h}, (_row, j) => values.slice((i * h + j) * w, (i * h + j + 1) * w)),
        );
        expect(exampleArray('f', x)).toEqual({
          ...{values: Float32Array.from(values), shape: [h, w], count: n},
        });
      }),
      {numRuns: 30},
    );
  });

  // The messages: asDataset.test.ts.
  it.each([[[]], [[1]], [{}], ['ab'], [[[1], [1, 2]]], [[[1], [Infinity]]], [[[[]], [1]]]])(
    'refuses %j',
    (x) => {
      expect(() => exampleArray('f', x)).toThrow(/^f: "x" must be a tensor \[n, \.\.\.\]/);
    },
  );
});
