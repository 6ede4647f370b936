import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {byExample, forExamples} from '../../src/core/byExample';
import type {Classifier} from '../../src/core/classifier';

// Logits that say which examples were seen.
const telling = () =>
  byExample<tf.Tensor2D>((_x, ids) =>
    tf.tidy(
      () =>
        tf.stack([tf.tensor1d(Float32Array.from(ids)), tf.zeros([ids.length])], 1) as tf.Tensor2D,
    ),
  );

const seen = (classifier: Classifier<tf.Tensor2D>, rows: number): number[] =>
  tf.tidy(() => (classifier(tf.zeros([rows, 2])).arraySync() as number[][]).map(([id]) => id!));

describe('byExample', () => {
  it('takes the rows as the first examples', () => {
    expect(seen(telling(), 3)).toEqual([0, 1, 2]);
  });

  it('is told which examples it sees, also for some of some', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(1000), {minLength: 1, maxLength: 6}).chain((ids) =>
          fc.record({
            ids: fc.constant(ids),
            rows: fc.subarray(
              ids.map((_, i) => i),
              {minLength: 1},
            ),
          }),
        ),
        ({ids, rows}) => {
          const some = forExamples(telling(), ids);
          expect(seen(some, ids.length)).toEqual(ids);
          expect(seen(forExamples(some, rows), rows.length)).toEqual(rows.map((row) => ids[row]));
        },
      ),
      {numRuns: 50},
    );
  });

  it('keeps its own copy of the identities', () => {
    const ids = [7, 8];
    const some = forExamples(telling(), ids);
    ids[0] = 0;
    expect(seen(some, 2)).toEqual([7, 8]);
  });
});

describe('forExamples', () => {
  it('leaves a classifier that does not ask as it is', () => {
    const plain: Classifier<tf.Tensor2D> = (x) => tf.clone(x);
    expect(forExamples(plain, [3])).toBe(plain);
    const model = telling();
    expect(forExamples(model, undefined)).toBe(model);
  });
});
