import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {recordPass, type RecordedPass} from '../../src/kernels/recordedPass';
import {replaceKernel} from '../../src/kernels/registries';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {seeded} from '../support/models';
import {expectNoLeak, numbers} from '../support/tensors';

const matrix = (seed: number): tf.Tensor2D => seeded<tf.Rank.R2>([3, 3], seed);
const dataIds = (): number => tf.backend().numDataIds();

type Run = (x: tf.Tensor) => tf.Tensor2D;

const product = (a: tf.Tensor, b: tf.Tensor): tf.Tensor2D =>
  tf.matMul<tf.Tensor2D>(a as tf.Tensor2D, b as tf.Tensor2D);

/** Records, and expects that it could be. */
function recordingOf(run: Run, weights: tf.Tensor[], withGradient = true): RecordedPass {
  return withGradientKernels(() => {
    const [x, dy] = [matrix(90), matrix(91)];
    const recorded = recordPass({run, x, dy: withGradient ? dy : undefined, weights});
    tf.dispose([x, dy]);
    expect(recorded).toBeDefined();
    return recorded as RecordedPass;
  });
}

/** What a function gives at `x`, and its gradient for `dy`. */
const bothOf = (run: Run, x: tf.Tensor, dy: tf.Tensor): number[][] =>
  withGradientKernels(() =>
    tf.tidy(() => {
      const {value, grad} = tf.valueAndGrad(run)(x, dy as never);
      return [value, grad].map(numbers);
    }),
  );

/** Expects of a recording what an ordinary pass gives, at other inputs, and that nothing is left over. */
async function expectSame(run: Run, weights: tf.Tensor[], recorded: RecordedPass): Promise<void> {
  const [x, dy] = [matrix(5), matrix(6)];
  const data = dataIds();
  await expectNoLeak(() => {
    expect(bothOf((input) => recorded.run(input, weights), x, dy)).toEqual(bothOf(run, x, dy));
  });
  expect(dataIds()).toBe(data);
  tf.dispose([x, dy]);
}

describe('recordPass', () => {
  const w = matrix(1);
  const b = seeded<tf.Rank.R1>([3], 2);

  it.each<[string, Run]>([
    ['products and sums', (x) => tf.add<tf.Tensor2D>(product(x, w), b)],
    ['what is saved for the gradient', (x) => tf.mul<tf.Tensor2D>(tf.exp(product(x, w)), b)],
    ['an output that the gradient reads', (x) => tf.sigmoid(product(x, w))],
    ['an input that the gradient reads', (x) => tf.mul(tf.square(x), w) as tf.Tensor2D],
    ['views', (x) => tf.reshape(tf.mul(tf.reshape(x, [9]), tf.reshape(w, [9])), [3, 3])],
    ['values of the program', (x) => tf.add(tf.mul(x, 3), tf.tensor1d([1, 2, 3])) as tf.Tensor2D],
    ['a value that is read twice', (x) => tf.mul(tf.relu(x), tf.add(tf.relu(x), w)) as tf.Tensor2D],
    ['a kernel of several inputs', (x) => tf.concat([tf.slice(x, 0, [3, 1]), tf.slice(product(x, w), 0, [3, 2])], 1) as tf.Tensor2D], // prettier-ignore
    ['a kernel of several outputs', (x) => tf.add(...(tf.split(tf.concat([x, w]), 2) as [tf.Tensor2D, tf.Tensor2D]))], // prettier-ignore
    ['something that nothing reads', (x) => (tf.exp(x), tf.mul(x, w) as tf.Tensor2D)],
    ['the input itself', (x) => tf.clone(x) as tf.Tensor2D],
  ])('repeats %s', async (_, run) => {
    const recorded = recordingOf(run, [w, b]);
    await expectSame(run, [w, b], recorded);
    await expectSame(run, [w, b], recorded);
  });

  it('repeats a forward pass alone, whose result is a tensor like any other', async () => {
    const run: Run = (x) => tf.softmax(product(x, w));
    const recorded = recordingOf(run, [w], false);
    const x = matrix(7);
    await expectNoLeak(() => {
      const [ours, theirs] = [recorded.run(x, [w]), tf.tidy(() => run(x))];
      expect(numbers(ours)).toEqual(numbers(theirs));
      expect(tf.tidy(() => numbers(tf.add(ours, 1))).length).toBe(9);
      tf.dispose([ours, theirs]);
    });
    x.dispose();
  });

  it('reads the weights that it is given', () => {
    const recorded = recordingOf((x) => product(x, w), [w]);
    const [x, dy, other] = [matrix(5), matrix(6), matrix(8)];
    expect(bothOf((input) => recorded.run(input, [other]), x, dy)).toEqual(
      bothOf((input) => product(input, other), x, dy),
    );
    tf.dispose([x, dy, other]);
  });

  it('does not record what is no weight, and leaves nothing behind', async () => {
    const foreign = matrix(3);
    const large = new Float32Array(5000).fill(1);
    const [x, dy] = [matrix(4), matrix(5)];
    const data = dataIds();
    await expectNoLeak(() => {
      for (const run of [
        (input: tf.Tensor) => tf.mul(input, foreign) as tf.Tensor2D,
        (input: tf.Tensor) => tf.mul(input, tf.sum(tf.tensor1d(large))) as tf.Tensor2D,
        () => foreign,
      ]) {
        expect(recordPass({run, x, weights: [w]})).toBeUndefined();
      }
      const withGradient = (input: tf.Tensor) => tf.mul(input, foreign) as tf.Tensor2D;
      expect(recordPass({run: withGradient, x, dy, weights: [w]})).toBeUndefined();
    });
    expect(dataIds()).toBe(data);
    tf.dispose([foreign, x, dy]);
  });

  it('hands on what the pass throws', async () => {
    const x = matrix(4);
    await expectNoLeak(() => {
      const run = (): never => {
        throw new Error('broken');
      };
      expect(() => recordPass({run, x, weights: []})).toThrow('broken');
      expect(() => recordPass({run, x, dy: x, weights: []})).toThrow('broken');
    });
    x.dispose();
  });

  it('counts no data twice where a kernel of operations makes a view', async () => {
    const undo = replaceKernel(tf.Tanh, tf.getBackend(), (call) => {
      const {x} = call.inputs as {x: tf.Tensor};
      return tf.tidy(() => tf.reshape(tf.sin(tf.reshape(x, [-1])), x.shape));
    });
    const run: Run = (x) => tf.tanh(tf.mul<tf.Tensor2D>(x, 0.5));
    const recorded = recordingOf(run, [], false);
    const x = matrix(5);
    const buffers = tf.memory().numDataBuffers;
    await expectNoLeak(() => {
      for (let i = 0; i < 5; i++) recorded.run(x, []).dispose();
    });
    expect(tf.memory().numDataBuffers).toBe(buffers);
    undo();
    x.dispose();
  });

  it('is current while the same gradients are registered', () => {
    const recorded = recordingOf((x) => tf.exp(x) as tf.Tensor2D, [], false);
    const shipped = tf.getGradient(tf.Exp);
    tf.unregisterGradient(tf.Exp);
    tf.registerGradient({...shipped});
    expect(recorded.isCurrent()).toBe(false);
    tf.unregisterGradient(tf.Exp);
    tf.registerGradient(shipped);
    expect(recorded.isCurrent()).toBe(true);
  });

  it('is current while the same kernels are registered', () => {
    const recorded = recordingOf((x) => tf.exp(x) as tf.Tensor2D, [], false);
    expect(recorded.isCurrent()).toBe(true);
    const undo = replaceKernel(tf.Exp, tf.getBackend(), (call, shipped) => {
      if (!shipped) throw new Error('There is none.');
      return shipped(call);
    });
    expect(recorded.isCurrent()).toBe(false);
    undo();
    expect(recorded.isCurrent()).toBe(true);
  });

  it.each([0, 1, 2, 3])(
    'disposes what was made until a kernel throws, the one numbered %i',
    async (last) => {
      const current = tf.getBackend();
      let calls = Infinity;
      const undo = replaceKernel(tf.Exp, current, (call, shipped) => {
        if (calls-- === 0) throw new Error('no memory');
        if (!shipped) throw new Error('There is none.');
        return shipped(call);
      });
      const run: Run = (x) =>
        [0, 1].reduce(
          (y: tf.Tensor, i) => tf.mul(tf.exp(y), 0.1 * i),
          tf.mul(x, 0.5),
        ) as tf.Tensor2D;
      const recorded = recordingOf(run, []);
      const [x, dy] = [matrix(5), matrix(6)];
      const data = dataIds();
      await expectNoLeak(() => {
        calls = last;
        const both = () => bothOf((input) => recorded.run(input, []), x, dy);
        if (last < 2) expect(both).toThrow('no memory');
        else expect(both().length).toBe(2);
        // It goes on to work.
        calls = Infinity;
        expect(both()).toEqual(bothOf(run, x, dy));
      });
      expect(dataIds()).toBe(data);
      undo();
      tf.dispose([x, dy]);
    },
  );
});
