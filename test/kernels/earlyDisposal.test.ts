import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {seeded} from '../support/models';
import {expectNoLeak, numbers} from '../support/tensors';

/** The identity, which calls `see` on the way back. */
const probe = (see: (dy: tf.Tensor) => void) =>
  tf.customGrad((x) => ({
    value: tf.clone(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => {
      see(dy);
      return tf.clone(dy);
    },
  }));

/** Sixteen operations one after the other, each with something to save. */
const chain = (x: tf.Tensor, see: (dy: tf.Tensor) => void = () => undefined): tf.Tensor => {
  let y = probe(see)(x);
  for (let i = 0; i < 16; i++) y = tf.mul(tf.sin(y), y);
  return probe(see)(y);
};

describe('disposeEarly', () => {
  it('leaves less and less on the way back', () => {
    const seen: number[] = [];
    const see = () => seen.push(tf.memory().numTensors);
    const x = seeded([5], 1);
    const run = () => tf.grad((v) => tf.sum(chain(v, see)))(x);
    const stock = run();
    const ours = withGradientKernels(run);
    expect(numbers(ours)).toEqual(numbers(stock));
    const [stockLast = 0, stockFirst = 0, last = 0, first = 0] = seen;
    // tfjs has what was saved, and all gradients on top; here hardly anything is left.
    expect(stockFirst).toBeGreaterThan(stockLast + 32);
    expect(first).toBeLessThan(last - 32);
    tf.dispose([x, stock, ours]);
  });

  it.prop([fc.array(fc.nat(5), {minLength: 1, maxLength: 12}), fc.nat(1000)])(
    'changes no gradient, however often a value is read',
    async (operations, seed) => {
      // Each operation reads two of the values before it.
      const net = (x: tf.Tensor): tf.Tensor => {
        const values = [x];
        operations.forEach((operation, i) => {
          const a = values.at(-1) as tf.Tensor;
          const b = values[(seed * (i + 1)) % values.length] as tf.Tensor;
          const run = [tf.add, tf.mul, tf.sub, tf.maximum][operation];
          values.push(run ? run(a, b) : operation === 4 ? tf.tanh(a) : tf.addN([a, b, a]));
        });
        return tf.sum(tf.concat(values.map((value) => tf.reshape(value, [4]))));
      };
      const x = seeded([2, 2], seed);
      const stock = tf.grad(net)(x);
      await expectNoLeak(() => {
        const ours = withGradientKernels(() => tf.grad(net)(x));
        expect(numbers(ours)).toEqual(numbers(stock));
        ours.dispose();
      });
      tf.dispose([x, stock]);
    },
  );

  it('leaves what the program holds: its own dy, one that it keeps, and one that it hands on', async () => {
    const x = seeded([4], 2);
    const dy = seeded([4], 3);
    await expectNoLeak(() => {
      const kept: tf.Tensor[] = [];
      const handingOn = tf.customGrad((v) => ({
        value: tf.square(v as tf.Tensor),
        gradFunc: (given: tf.Tensor) => given,
      }));
      const gradient = withGradientKernels(() =>
        tf.grad((v) => handingOn(probe((given) => kept.push(tf.keep(given)))(tf.square(v))))(x, dy),
      );
      expect(dy.isDisposed).toBe(false);
      // The gradient of the square of x, times dy: what is handed on is not changed.
      const expected = tf.tidy(() => numbers(tf.mul(tf.mul(x, 2), dy)));
      expect(numbers(gradient)).toEqual(expected);
      expect(kept.map((each) => numbers(each))).toEqual([numbers(dy)]);
      // It was the program's own, which it made before the gradient.
      expect(kept[0]).toBe(dy);
      gradient.dispose();
    });
    tf.dispose([x, dy]);
  });

  it('keeps all of it for a gradient of a gradient', () => {
    const x = seeded([4], 2);
    const cube = (v: tf.Tensor) => tf.sum(tf.mul(tf.mul(v, v), v));
    const slope = (v: tf.Tensor) => tf.sum(tf.grad(cube)(v));
    const second = withGradientKernels(() => tf.grad(slope)(x));
    const expected = tf.tidy(() => numbers(tf.mul(x, 6)));
    numbers(second).forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
    tf.dispose([x, second]);
  });

  it('leaks nothing where a gradient throws half-way', async () => {
    const x = seeded([4], 2);
    const broken = tf.customGrad((v) => ({
      value: tf.clone(v as tf.Tensor),
      gradFunc: (): tf.Tensor => {
        throw new Error('half-way');
      },
    }));
    const before = tf.memory().numTensors;
    expect(() =>
      withGradientKernels(() => tf.grad((v) => tf.sum(chain(broken(tf.sin(v)))))(x)),
    ).toThrow('half-way');
    // What tfjs leaves of it is less than all that was saved, and gone with the next tape.
    expect(tf.memory().numTensors - before).toBeLessThan(8);
    for (const {saved} of tf.engine().state.activeTape ?? []) tf.dispose(saved);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});
