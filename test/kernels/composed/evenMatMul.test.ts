import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {evenMatMul} from '../../../src/kernels/composed/evenMatMul';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, shippedKernel} from '../support';

const FLAGS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

describe('evenMatMul', () => {
  it.each(FLAGS)('adds a zero to an odd number of terms (%s, %s)', (transposeA, transposeB) => {
    for (const terms of [1, 2, 3, 4]) {
      const a = seeded(transposeA ? [2, terms, 5] : [2, 5, terms], 1);
      const b = seeded(transposeB ? [2, 3, terms] : [2, terms, 3], 2);
      const even = terms + (terms % 2);
      let shapes: number[][] = [];
      const shipped: tf.KernelFunc = (call) => {
        shapes = [call.inputs['a'], call.inputs['b']].map((input) => [...(input?.shape ?? [])]);
        return (shippedKernel(tf.BatchMatMul) as unknown as tf.KernelFunc)(call);
      };
      const attrs = {transposeA, transposeB};
      const product = callKernel(evenMatMul, {a, b}, attrs, shipped as never);
      expect(shapes).toEqual([
        transposeA ? [2, even, 5] : [2, 5, even],
        transposeB ? [2, 3, even] : [2, even, 3],
      ]);
      expect(product.shape).toEqual([2, 5, 3]);
      expectClose(product, numbers(tf.matMul(a, b, transposeA, transposeB)));
    }
  });

  it('passes the other inputs on and keeps nothing', async () => {
    const a = seeded([2, 3], 1);
    const bias = seeded([2], 2);
    let seen: tf.TensorInfo | undefined;
    await expectNoLeak(() => {
      const fail: tf.KernelFunc = (call) => {
        seen = call.inputs['bias'];
        throw new Error('shipped');
      };
      const attrs = {transposeA: false, transposeB: true};
      expect(() => callKernel(evenMatMul, {a, b: a, bias}, attrs, fail as never)).toThrow(
        'shipped',
      );
    });
    expect(seen).toBe(bias);
  });
});
