import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {simdFusedMatMul, simdMatMul} from '../../../src/kernels/wasm/matMul';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, expectFallback, FALLBACK, never, onRelaxedWasm, onWasm} from '../support';

const BATCHES = [
  [[1], [1]],
  [[3], [3]],
  [
    [2, 2],
    [2, 2],
  ],
  [[3], [1]],
  [[1], [2]],
] as const;
// Up to one tile, and beyond a tile and a block of depth.
const SIZES = [
  [2, 4, 5],
  [6, 8, 8],
  [13, 300, 17],
  [1, 1, 1],
] as const;

for (const on of [onWasm, onRelaxedWasm])
  on('simdMatMul', () => {
    it.each([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ])(
      'multiplies as the shipped kernel: transposeA %s, transposeB %s',
      async (transposeA, transposeB) => {
        for (const [aBatch, bBatch] of BATCHES) {
          for (const [m, depth, n] of SIZES) {
            const a = seeded([...aBatch, ...(transposeA ? [depth, m] : [m, depth])], 1);
            const b = seeded([...bBatch, ...(transposeB ? [n, depth] : [depth, n])], 2);
            const expected = tf.matMul(a, b, transposeA, transposeB);
            await expectNoLeak(() => {
              const product = callKernel(simdMatMul(never), {a, b}, {transposeA, transposeB});
              expect(product.shape).toEqual(expected.shape);
              expectClose(product, numbers(expected), 1e-4);
              product.dispose();
            });
            tf.dispose([a, b, expected]);
          }
        }
      },
    );

    it('leaves to the fallback what that does well, and what it cannot do', () => {
      const falls = (
        aShape: number[],
        bShape: number[],
        transposeA = true,
        dtypes = ['float32', 'float32'],
      ) => {
        const [a, b] = [
          tf.ones(aShape, dtypes[0] as 'float32'),
          tf.ones(bShape, dtypes[1] as 'float32'),
        ];
        const attrs = {transposeA, transposeB: false};
        return (
          callKernel(
            simdMatMul(() => FALLBACK),
            {a, b},
            attrs,
          ) === FALLBACK
        );
      };
      expect(falls([2, 2], [2, 2], false)).toBe(false);
      expect(falls([2, 2], [2, 2], false, ['int32', 'int32'])).toBe(true);
      expect(falls([0, 2], [2, 3], false)).toBe(true);
      expect(falls([2, 2], [2, 2], true)).toBe(false);
      expect(falls([2, 2, 2], [2, 2, 2], false)).toBe(false);
      expect(falls([2, 2], [2, 2], true, ['int32', 'int32'])).toBe(true);
      expect(falls([2, 2], [2, 2], true, ['int32', 'float32'])).toBe(true);
      expect(falls([2, 2], [2, 2], true, ['float32', 'int32'])).toBe(true);
      expect(falls([2, 1, 2, 2], [1, 3, 2, 2])).toBe(true); // batches that broadcast both ways
      expect(falls([2, 2, 2], [2, 2])).toBe(true);
      expect(falls([0, 2], [0, 2])).toBe(true);
      expect(falls([2, 0], [2, 3])).toBe(true);
    });
  });

for (const on of [onWasm, onRelaxedWasm])
  on('simdFusedMatMul', () => {
    const [a, b, bias] = [seeded([5, 300], 1), seeded([300, 11], 2), seeded([11], 3)];
    const attrs = {transposeA: false, transposeB: false, leakyreluAlpha: 0.2};

    it.each(['linear', 'relu'] as const)('is the product, %s', async (activation) => {
      const expected = tf.fused.matMul({a, b, bias, activation});
      await expectNoLeak(() => {
        const result = callKernel(simdFusedMatMul(never), {a, b, bias}, {...attrs, activation});
        expect(result.shape).toEqual([5, 11]);
        expectClose(result, numbers(expected), 1e-4);
        result.dispose();
      });
      expected.dispose();
    });

    it('leaves other activations, transposes and batches to the fallback', () => {
      const falls = (more: object, inputs: Record<string, tf.Tensor> = {a, b, bias}) =>
        callKernel(
          simdFusedMatMul(() => FALLBACK),
          inputs,
          {...attrs, activation: 'relu' as const, ...more},
        ) === FALLBACK;
      expect(falls({})).toBe(false);
      expect(falls({activation: 'relu6'})).toBe(true);
      expect(falls({transposeA: true})).toBe(true);
      expect(falls({transposeB: true})).toBe(true);
      const batches = tf.stack([a, a]);
      expect(falls({}, {a: batches, b: tf.stack([b, b]), bias})).toBe(true);
      expect(falls({}, {a: batches, b, bias})).toBe(true);
    });
  });

describe('simdMatMul', () => {
  it('falls back on other backends', () => {
    expectFallback(simdMatMul, {transposeA: true, transposeB: true});
  });
});
