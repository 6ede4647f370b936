import * as tf from '@tensorflow/tfjs-core';
import {afterEach, describe, expect, it} from 'vitest';

import {
  frozenPasses,
  hasFrozenPasses,
  isPass,
  isToInputOnly,
  type ModelPass,
  passFunction,
  setFrozenPasses,
  toInputOnly,
  waitForGradient,
  withPassRunner,
} from '../../../src/core/layers/modelPass';

const pass: ModelPass = {model: {}, kind: 'logits', run: (x) => tf.mul(x, 2)};
const x = tf.tensor2d([[1, 2]]);
const classify = passFunction<tf.Tensor2D>(pass, () => undefined);
const valuesOf = () => tf.tidy(() => Array.from(classify(x).dataSync()));

describe('passFunction', () => {
  it('makes the pass, by what runs passes where something does, and checks the input first', () => {
    expect(valuesOf()).toEqual([2, 4]);
    const runner = (given: ModelPass, input: tf.Tensor) => {
      expect(given).toBe(pass);
      return tf.add<tf.Tensor2D>(input, 5);
    };
    expect(withPassRunner(runner, valuesOf)).toEqual([6, 7]);
    expect(valuesOf()).toEqual([2, 4]);
    const refusing = passFunction(pass, () => {
      throw new Error('refused');
    });
    expect(() => refusing(x)).toThrow('refused');
  });

  it('is known, and nothing else is', () => {
    expect(isPass(classify)).toBe(true);
    expect(isPass((input: tf.Tensor) => classify(input as tf.Tensor2D))).toBe(false);
  });

  it('is run as before after a runner that throws, also within another', () => {
    const outer = (_: ModelPass, input: tf.Tensor) => tf.add<tf.Tensor2D>(input, 1);
    const failing = () => {
      throw new Error('no pass');
    };
    withPassRunner(outer, () => {
      expect(() => withPassRunner(failing, valuesOf)).toThrow('no pass');
      expect(valuesOf()).toEqual([2, 3]);
    });
    expect(valuesOf()).toEqual([2, 4]);
  });
});

describe('setFrozenPasses', () => {
  afterEach(() => {
    setFrozenPasses(undefined);
  });

  it('is what frozen weights ask for', () => {
    const context = {
      ...{folded: undefined, use: () => undefined, within: <T>(body: () => T) => body()},
    };
    expect([hasFrozenPasses(), frozenPasses(context)]).toEqual([false, undefined]);
    const runner = (given: ModelPass, input: tf.Tensor) => given.run(input);
    setFrozenPasses(() => runner);
    expect([hasFrozenPasses(), frozenPasses(context)]).toEqual([true, runner]);
  });
});

describe('toInputOnly', () => {
  it('runs what waits once for each key, when the gradient is over', () => {
    const order: string[] = [];
    const wait = (key: object, what: string) => {
      waitForGradient(key, () => order.push(what));
    };
    const key = {};
    wait(key, 'outside');
    expect(isToInputOnly()).toBe(false);
    const result = toInputOnly(() => {
      expect(isToInputOnly()).toBe(true);
      wait(key, 'first');
      wait(key, 'first again');
      toInputOnly(() => {
        wait({}, 'inner');
        order.push('inner gradient');
      });
      wait({}, 'second');
      order.push('gradient');
      return 3;
    });
    expect(result).toBe(3);
    expect(order).toEqual(['inner gradient', 'inner', 'gradient', 'first again', 'second']);
    expect(isToInputOnly()).toBe(false);
  });

  it('runs nothing after a gradient that throws', () => {
    const order: string[] = [];
    const failing = () =>
      toInputOnly(() => {
        waitForGradient({}, () => order.push('late'));
        throw new Error('no gradient');
      });
    expect(failing).toThrow('no gradient');
    expect([order, isToInputOnly()]).toEqual([[], false]);
  });
});
