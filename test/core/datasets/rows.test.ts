import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {arrayRows, tensorRows} from '../../../src/core/datasets/rows';
import {expectNoLeak, numbers} from '../../support/tensors';

describe('rows', () => {
  it('are the same from a tensor and from an array', async () => {
    const values = Float32Array.from({length: 24}, (_, i) => i / 7);
    const labels = Int32Array.of(2, 0, 1, 1);
    await expectNoLeak(() => {
      const x = tf.tensor3d(values, [4, 2, 3]);
      const onDevice = tensorRows(x, labels, 3);
      const inMemory = arrayRows<tf.Tensor3D>(values, [2, 3], labels, 3);
      fc.assert(
        fc.property(fc.array(fc.nat(3), {minLength: 1, maxLength: 6}), (indices) => {
          const [a, b] = [onDevice.batch(indices), inMemory.batch(indices)];
          expect(a.x.shape).toEqual([indices.length, 2, 3]);
          expect(numbers(a.x)).toEqual(indices.flatMap((i) => [...values.slice(6 * i, 6 * i + 6)]));
          expect(numbers(b.x)).toEqual(numbers(a.x));
          expect(numbers(a.labels)).toEqual(indices.map((i) => labels[i]));
          expect(numbers(b.labels)).toEqual(numbers(a.labels));
          tf.dispose([a.x, a.labels, b.x, b.labels]);
        }),
        {numRuns: 20},
      );
      x.dispose();
    });
  });

  it('keep int32, also beyond 2^24', () => {
    tf.tidy(() => {
      const data = arrayRows<tf.Tensor2D>(
        Int32Array.of(16_777_217, 5),
        [1],
        Int32Array.of(0, 1),
        2,
      );
      const {x} = data.batch([0]);
      expect([x.dtype, ...numbers(x)]).toEqual(['int32', 16_777_217]);
      expect(() => data.batch([2])).toThrow(
        /^Dataset.batch: "indices" must be integers in \[0, 2\)/,
      );
    });
  });
});
