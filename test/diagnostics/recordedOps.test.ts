import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {type RecordedOp, recordOps} from '../../src/diagnostics/recordedOps';
import {expectNoLeak, numbers} from '../support/tensors';

const x = tf.keep(tf.tensor2d([[1, -2, 3]]));
const other = tf.keep(tf.tensor2d([[4, 5, 6]]));

const record = (body: () => unknown, sources: tf.Tensor[] = [x]) => {
  const ops = new Map<string, RecordedOp>();
  tf.tidy(() => void recordOps(sources, ops, body));
  return [...ops.values()];
};

describe('recordOps', () => {
  it('records what depends on the sources, each kind once', async () => {
    await expectNoLeak(() => {
      const ops = record(() => {
        const y = tf.relu(tf.relu(tf.mul(x, tf.square(other))));
        return tf.sum(tf.concat([y, tf.neg(other)], 1));
      });
      expect(ops.map(({kernel}) => kernel)).toEqual(['Multiply', 'Relu', 'Concat', 'Sum']);
      expect(ops.map(({inputs}) => inputs.length)).toEqual([1, 1, 1, 1]);
      for (const op of ops) op.dispose();
    });
  });

  it('runs them again, and their gradients, on other values', async () => {
    await expectNoLeak(() => {
      const [multiply] = record(() => tf.mul(x, other)) as [RecordedOp];
      const y = multiply.run([Float32Array.of(2, 2, 2)]);
      expect(numbers(y)).toEqual([8, 10, 12]);
      const [dx] = multiply.gradients([Float32Array.of(2, 2, 2)], Float32Array.of(1, 0, -1));
      expect(numbers(dx as tf.Tensor)).toEqual([4, 0, -6]);
      tf.dispose([y, dx as tf.Tensor]);
      multiply.dispose();
    });
    expect(numbers(x)).toEqual([1, -2, 3]);
  });

  it('does so for functions with a gradient of their own', async () => {
    await expectNoLeak(() => {
      const cube = tf.customGrad((v) => {
        const input = v as tf.Tensor;
        return {value: tf.mul(input, tf.square(input)), gradFunc: (dy) => tf.mul(dy, input)};
      });
      const ops = record(() => cube(tf.neg(x)));
      expect(ops.map(({kernel}) => kernel)).toEqual(['Neg', 'tf.customGrad']);
      const [, op] = ops as [RecordedOp, RecordedOp];
      const y = op.run([Float32Array.of(1, 2, 3)]);
      expect(numbers(y)).toEqual([1, 8, 27]);
      const [dx] = op.gradients([Float32Array.of(1, 2, 3)], Float32Array.of(1, 1, 1));
      expect(numbers(dx as tf.Tensor)).toEqual([1, 2, 3]);
      tf.dispose([y, dx as tf.Tensor]);
      for (const recorded of ops) recorded.dispose();
    });
    expect(x.isDisposed).toBe(false);
  });

  it('takes the hook out, also when the function throws', () => {
    expect(() =>
      record(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(Object.hasOwn(tf.engine(), 'runKernelFunc')).toBe(false);
  });
});
