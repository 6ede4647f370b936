import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {labelArray} from '../../../src/core/datasets/labelArray';

// What people pass, and the messages: asDataset.test.ts.
describe('labelArray', () => {
  it('gives back any class numbers, in every form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), {minLength: 1, maxLength: 9}), async (labels) => {
        const expected = {labels: Int32Array.from(labels), numClasses: 21};
        const rows = tf.oneHot(tf.tensor1d(labels, 'int32'), 21);
        const forms = [labels, Uint8Array.from(labels), Float64Array.from(labels), rows];
        for (const form of forms) expect(await labelArray('f', form, 21)).toEqual(expected);
        const {numClasses} = await labelArray('f', labels, undefined);
        expect(numClasses).toBe(Math.max(...labels) + 1);
        rows.dispose();
      }),
      {numRuns: 30},
    );
  });

  it('says where the labels came from', async () => {
    await expect(labelArray('train', [0, -1], 2)).rejects.toThrow(/^train: "labels" .* found -1/);
    for (const wrong of [1.5, NaN, Infinity]) {
      await expect(labelArray('f', [0, wrong], undefined)).rejects.toThrow(
        new RegExp(`^f: "labels" must be integers in .* found ${wrong} at position 1`),
      );
    }
  });
});
