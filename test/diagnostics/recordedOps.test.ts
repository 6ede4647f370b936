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

  it('does so where the tensors are gone, as those between two layers of tf.layers', async () => {
    await expectNoLeak(() => {
      const product = tf.customGrad((a, b, save) => {
        const [first, second] = [a, b] as tf.Tensor[];
        (save as tf.GradSaveFunc)([first!, second!]);
        return {
          value: tf.mul(first!, second!),
          gradFunc: (dy: tf.Tensor, [p, q]: tf.Tensor[]) => [tf.mul(dy, q!), tf.mul(dy, p!)],
        };
      });
      const ops = record(() => {
        const [between, constant] = [tf.neg(x), tf.add(other, 1)];
        const y = product(between, constant);
        tf.dispose([between, constant]);
        return y;
      });
      const op = ops.at(-1)!;
      expect(op.inputs.map(numbers)).toEqual([[-1, 2, -3]]);
      const y = op.run([Float32Array.of(1, 2, 3)]);
      expect(numbers(y)).toEqual([5, 12, 21]);
      const [dx] = op.gradients([Float32Array.of(1, 2, 3)], Float32Array.of(1, 0, 2));
      expect(numbers(dx as tf.Tensor)).toEqual([5, 0, 14]);
      tf.dispose([y, dx as tf.Tensor]);
      for (const recorded of ops) recorded.dispose();
    });
    expect([x.isDisposed, other.isDisposed]).toEqual([false, false]);
  });

  it('takes inputs that an operation is given none of, and functions that read their input', async () => {
    await expectNoLeak(() => {
      const [mean, variance] = [tf.tensor1d([0, 0, 0]), tf.tensor1d([3, 3, 3])];
      const reading = tf.customGrad((v) => {
        const values = (v as tf.Tensor).dataSync();
        return {value: tf.tensor(values, [1, 3]), gradFunc: (dy: tf.Tensor) => tf.mul(dy, 2)};
      });
      const ops = record(() => {
        const norm = tf.batchNorm2d(x as tf.Tensor2D, mean, variance, undefined, undefined, 1);
        const y = reading(norm);
        norm.dispose();
        return y;
      });
      const norm = ops.find(({kernel}) => kernel === 'FusedBatchNorm');
      const y = norm?.run([Float32Array.of(2, 4, 6)]);
      expect(y && numbers(y)).toEqual([1, 2, 3]);
      const custom = ops.at(-1);
      const z = custom?.run([Float32Array.of(7, 8, 9)]);
      expect(z && numbers(z)).toEqual([7, 8, 9]);
      tf.dispose([mean, variance, y, z] as tf.Tensor[]);
      for (const op of ops) op.dispose();
    });
  });

  it('takes the hook out, also when the function throws', () => {
    expect(() =>
      record(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(Object.hasOwn(tf.engine(), 'runKernelFunc')).toBe(false);
  });

  it('tells kinds apart by attributes and shapes, and functions with a gradient of their own by none', async () => {
    const twice = () =>
      tf.customGrad((v) => ({
        value: tf.mul(v as tf.Tensor, 2),
        gradFunc: (dy: tf.Tensor) => tf.mul(dy, 2),
      }));
    await expectNoLeak(() => {
      const ops = record(() => {
        tf.sum(x, 0);
        tf.sum(x, 1);
        tf.sum(x, 1);
        tf.relu(tf.reshape(x, [3, 1]));
        tf.relu(x);
        tf.relu(tf.mul(x, 2));
        twice()(x);
        twice()(x);
      });
      const kernels = ops.map(({kernel}) => kernel);
      expect(kernels.filter((kernel) => kernel === 'Sum')).toHaveLength(2);
      expect(kernels.filter((kernel) => kernel === 'Relu')).toHaveLength(2);
      // What such a function does is hidden: each is one of its own.
      expect(kernels.filter((kernel) => kernel === 'tf.customGrad')).toHaveLength(2);
      for (const op of ops) op.dispose();
    });
  });

  it('records neither what gives no numbers, nor what does not depend on the sources', async () => {
    await expectNoLeak(() => {
      const ops = record(() => {
        const mask = tf.greater(x, 0);
        const whole = tf.argMax(x, 1);
        tf.neg(other);
        return tf.where(mask, x, tf.mul(other, tf.cast(whole, 'float32')));
      });
      const kernels = ops.map(({kernel}) => kernel);
      for (const none of ['Greater', 'ArgMax', 'Neg']) expect(kernels).not.toContain(none);
      const select = ops.find(({kernel}) => kernel === 'Select');
      // A mask is an input, but none that a gradient flows to.
      expect(select?.inputs.map(({dtype}) => dtype)).toEqual(['float32', 'float32']);
      for (const op of ops) op.dispose();
    });
  });

  it('takes every source, and lists of inputs', async () => {
    await expectNoLeak(() => {
      const ops = record(() => tf.concat([x, other], 1), [x, other]);
      expect(ops.map(({kernel, inputs}) => [kernel, inputs.length])).toEqual([['Concat', 2]]);
      const [concat] = ops as [RecordedOp];
      const values = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)];
      const y = concat.run(values);
      expect(numbers(y)).toEqual([1, 2, 3, 4, 5, 6]);
      const grads = concat.gradients(values, Float32Array.of(6, 5, 4, 3, 2, 1));
      expect(grads.map(numbers)).toEqual([
        [6, 5, 4],
        [3, 2, 1],
      ]);
      tf.dispose([y, ...grads]);
      concat.dispose();
    });
    expect([numbers(x), numbers(other)]).toEqual([
      [1, -2, 3],
      [4, 5, 6],
    ]);
  });

  it('gives the tensors their values back where a run throws', async () => {
    await expectNoLeak(() => {
      let fails = false;
      const odd = tf.customGrad((v) => {
        if (fails) throw new Error('amid');
        return {value: tf.mul(v as tf.Tensor, 1), gradFunc: (dy: tf.Tensor) => dy};
      });
      const [op] = record(() => odd(x)) as [RecordedOp];
      fails = true;
      expect(() => op.run([Float32Array.of(7, 7, 7)])).toThrow('amid');
      op.dispose();
    });
    expect(numbers(x)).toEqual([1, -2, 3]);
  });

  it('gives back what the function gives', () => {
    const ops = new Map<string, RecordedOp>();
    expect(tf.tidy(() => recordOps([x], ops, () => 7))).toBe(7);
    expect(ops.size).toBe(0);
  });

  it('tells the two inputs of an operation on one tensor apart', async () => {
    await expectNoLeak(() => {
      const [square] = record(() => tf.mul(x, x)) as [RecordedOp];
      const values = [Float32Array.of(2, 3, 4), Float32Array.of(5, 6, 7)];
      const y = square.run(values);
      expect(numbers(y)).toEqual([10, 18, 28]);
      const grads = square.gradients(values, Float32Array.of(1, 1, 1));
      expect(grads.map(numbers)).toEqual([
        [5, 6, 7],
        [2, 3, 4],
      ]);
      tf.dispose([y, ...grads]);
      square.dispose();
    });
  });

  it('counts what runs inside an operation as part of it', async () => {
    await expectNoLeak(() => {
      const twice = tf.customGrad((v) => ({
        value: tf.add(tf.neg(v as tf.Tensor), tf.mul(v as tf.Tensor, 3)),
        gradFunc: (dy: tf.Tensor) => tf.mul(dy, 2),
      }));
      const ops = record(() => tf.square(twice(x)));
      expect(ops.map(({kernel}) => kernel)).toEqual(['tf.customGrad', 'Square']);
      for (const op of ops) op.dispose();
    });
  });

  it('adds no kind that was recorded before', async () => {
    await expectNoLeak(() => {
      const ops = new Map<string, RecordedOp>();
      tf.tidy(() => void recordOps([x], ops, () => tf.square(x)));
      const [before] = ops.values();
      tf.tidy(() => void recordOps([other], ops, () => tf.neg(tf.square(other))));
      expect([...ops.values()].map(({kernel}) => kernel)).toEqual(['Square', 'Neg']);
      expect([...ops.values()][0]).toBe(before);
      for (const op of ops.values()) op.dispose();
    });
  });

  it('names an operation with a gradient of its own by its scope', async () => {
    await expectNoLeak(() => {
      const own = tf.customGrad((v) => ({
        value: tf.mul(v as tf.Tensor, 2),
        gradFunc: (dy: tf.Tensor) => tf.mul(dy, 2),
      }));
      const myOp = tf.op({myOp_: (v: tf.Tensor) => own(v)});
      const ops = record(() => [myOp(x), tf.tidy('layer', () => own(x))]);
      expect(ops.map(({kernel}) => kernel)).toEqual(['myOp', 'tf.customGrad']);
      for (const op of ops) op.dispose();
    });
  });

  it('runs the function alone where the engine is not as expected', () => {
    const engine = tf.engine() as unknown as {runKernelFunc: unknown};
    Object.defineProperty(engine, 'runKernelFunc', {value: undefined, configurable: true});
    try {
      const ops = new Map<string, RecordedOp>();
      expect(recordOps([x], ops, () => 7)).toBe(7);
      expect(ops.size).toBe(0);
    } finally {
      delete (engine as {runKernelFunc?: unknown}).runKernelFunc;
    }
    expect(typeof engine.runKernelFunc).toBe('function');
  });
});
