import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {
  isInGradient,
  isKept,
  madeOnce,
  openWeightCache,
  withWeightCaches,
} from '../../src/kernels/weightCache';
import {expectNoLeak, numbers} from '../support/tensors';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

/** Makes the negative of a tensor, and counts how often. */
function counting() {
  let calls = 0;
  const make = (x: tf.Tensor, name = 'negative') =>
    madeOnce(x, name, () => {
      calls++;
      return tf.neg(x);
    });
  return {make, calls: () => calls};
}

/** One gradient with a cache. */
const gradient = <T>(cache: {use(): void}, body: () => T): T =>
  withWeightCaches(() => {
    cache.use();
    return body();
  });

describe('openWeightCache', () => {
  it('keeps from the second gradient on what it sees again, and disposes it', async () => {
    const w = tf.tensor1d([1, 2]);
    await expectNoLeak(() => {
      const cache = openWeightCache();
      const {make, calls} = counting();
      const made = [1, 2, 3, 4].map(() =>
        gradient(cache, () => {
          const tensor = tf.tidy(() => numbers(make(w)));
          return [tensor, isKept(w), calls()];
        }),
      );
      expect(made).toEqual([
        [[-1, -2], false, 1],
        [[-1, -2], true, 2],
        [[-1, -2], true, 2],
        [[-1, -2], true, 2],
      ]);
      const kept = gradient(cache, () => make(w));
      expect(kept.isDisposed).toBe(false);
      cache.dispose();
      expect(kept.isDisposed).toBe(true);
    });
  });

  it('keeps nothing that is new in each gradient, however often one sees it', async () => {
    await expectNoLeak(() => {
      const cache = openWeightCache();
      const {make} = counting();
      const before = tf.memory().numTensors;
      for (let i = 0; i < 4; i++) {
        const between = tf.tensor1d([i]);
        gradient(cache, () => tf.tidy(() => [make(between), make(between)].map(numbers)));
        between.dispose();
      }
      expect(tf.memory().numTensors).toBe(before);
      cache.dispose();
    });
  });

  it('tells apart names, shapes and data', () => {
    const cache = openWeightCache();
    const w = tf.tensor1d([1, 2, 3, 4]);
    const square = tf.reshape(w, [2, 2]);
    const {make} = counting();
    const all = () => [make(w), make(w, 'other'), make(square)];
    gradient(cache, all);
    const [first, other, reshaped] = gradient(cache, all);
    expect(new Set([first, other, reshaped]).size).toBe(3);
    expect(reshaped?.shape).toEqual([2, 2]);
    expect(gradient(cache, all)).toEqual([first, other, reshaped]);
    cache.dispose();
  });

  it('follows a variable to its new values', () => {
    const cache = openWeightCache();
    const w = tf.variable(tf.tensor1d([1]));
    const {make} = counting();
    const values = () => gradient(cache, () => numbers(make(w)));
    expect([values(), values(), values()]).toEqual([[-1], [-1], [-1]]);
    w.assign(tf.tensor1d([5]));
    expect([values(), values(), values()]).toEqual([[-5], [-5], [-5]]);
    cache.dispose();
    w.dispose();
  });

  it('is used in gradients only, and only until they end', () => {
    const cache = openWeightCache();
    const w = tf.tensor1d([1]);
    const {make, calls} = counting();
    cache.use();
    [1, 2, 3].forEach(() => make(w));
    expect(calls()).toBe(3);
    [1, 2].forEach(() => gradient(cache, () => make(w)));
    expect(calls()).toBe(5);
    make(w); // after it
    withWeightCaches(() => make(w)); // another, without a cache
    expect(calls()).toBe(7);
    const fail = () => {
      throw new Error('amid');
    };
    expect(() => gradient(cache, fail)).toThrow('amid');
    make(w);
    expect(calls()).toBe(8);
    gradient(cache, () => make(w));
    expect(calls()).toBe(8);
    cache.dispose();
  });

  it('is of no use once disposed, and does no harm', () => {
    const cache = openWeightCache();
    const w = tf.tensor1d([1]);
    const {make, calls} = counting();
    [1, 2].forEach(() => gradient(cache, () => make(w)));
    cache.dispose();
    cache.dispose();
    const again = gradient(cache, () => make(w));
    expect(numbers(again)).toEqual([-1]);
    expect(calls()).toBe(3);
  });

  it('is used again after a gradient inside, whose own cache is gone', () => {
    const [outer, inner] = [openWeightCache(), openWeightCache()];
    const w = tf.tensor1d([1]);
    const {make, calls} = counting();
    [1, 2].forEach(() => gradient(outer, () => make(w)));
    gradient(outer, () => {
      [1, 2].forEach(() => gradient(inner, () => make(w)));
      inner.dispose();
      expect(make(w).isDisposed).toBe(false);
    });
    expect(calls()).toBe(4);
    outer.dispose();
  });

  it('does not mix with another that takes turns with it', () => {
    const [one, other] = [openWeightCache(), openWeightCache()];
    const w = tf.tensor1d([1]);
    const {make, calls} = counting();
    for (let i = 0; i < 3; i++) {
      gradient(one, () => make(w));
      gradient(other, () => make(w));
    }
    expect(calls()).toBe(4); // two each: the first gradient, and what is kept
    one.dispose();
    expect(gradient(other, () => make(w)).isDisposed).toBe(false);
    expect(calls()).toBe(4);
    other.dispose();
  });
});

describe('isInGradient', () => {
  it('holds inside, also of one in another', () => {
    expect(isInGradient()).toBe(false);
    withWeightCaches(() => {
      withWeightCaches(() => undefined);
      expect(isInGradient()).toBe(true);
    });
    expect(isInGradient()).toBe(false);
  });
});
