import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {Dataset} from '../../src/core/dataset';
import {prefetch} from '../../src/core/prefetch';
import {expectNoLeak, numbers} from '../support/tensors';

const LENGTH = 20;

/** Example i has the value i; batches come by hand, or at once, and calls are recorded. */
function slowDataset(calls: number[][], broken = -1): Dataset<tf.Tensor2D> {
  return {
    numClasses: 2,
    labels: new Int32Array(LENGTH),
    async batch(indices) {
      const chosen = Array.from(indices);
      calls.push(chosen);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (chosen.includes(broken)) throw new Error(`no example ${broken}`);
      return {
        x: tf.tensor2d(chosen, [chosen.length, 1]),
        labels: tf.zeros([chosen.length], 'int32') as tf.Tensor1D,
      };
    },
  };
}

const BATCHES = [[0, 1], [2], [3, 4, 5], [6]];

describe('prefetch', () => {
  it.each([1, 2, 9])('gives every batch in order, %d ahead', async (ahead) => {
    await expectNoLeak(async () => {
      const calls: number[][] = [];
      const seen: number[][] = [];
      for await (const {x, labels} of prefetch(slowDataset(calls), BATCHES, {ahead})) {
        seen.push(numbers(x));
        expect(calls.length).toBe(Math.min(BATCHES.length, seen.length + ahead));
        tf.dispose([x, labels]);
      }
      expect(seen).toEqual(BATCHES);
      expect(calls).toEqual(BATCHES);
    });
  });

  it('disposes what a loop that ends early did not come to', async () => {
    await expectNoLeak(async () => {
      for await (const {x, labels} of prefetch(slowDataset([]), BATCHES, {ahead: 3})) {
        tf.dispose([x, labels]);
        break;
      }
    });
  });

  it('throws when the loop comes to a batch that failed, and leaks nothing', async () => {
    await expectNoLeak(async () => {
      const seen: number[] = [];
      const run = async () => {
        for await (const {x, labels} of prefetch(slowDataset([], 2), BATCHES, {ahead: 3})) {
          seen.push(...numbers(x));
          tf.dispose([x, labels]);
        }
      };
      await expect(run()).rejects.toThrow('no example 2');
      expect(seen).toEqual([0, 1]);
    });
  });

  it('takes datasets that answer at once', async () => {
    const dataset = {
      numClasses: 2,
      labels: new Int32Array(3),
      batch: (indices: ArrayLike<number>) => ({
        x: tf.tensor2d(Array.from(indices), [indices.length, 1]),
        labels: tf.zeros([indices.length], 'int32') as tf.Tensor1D,
      }),
    };
    const seen: number[] = [];
    for await (const {x, labels} of prefetch(dataset, [[2], [0]])) {
      seen.push(...numbers(x));
      tf.dispose([x, labels]);
    }
    expect(seen).toEqual([2, 0]);
  });

  it('refuses what it cannot do', async () => {
    const next = (batches: number[][], ahead?: number) =>
      prefetch(slowDataset([]), batches, {ahead}).next();
    await expect(next([[LENGTH]])).rejects.toThrow(/"batches" must be integers in \[0, 20\)/);
    for (const wrong of [undefined, 3, 'batches', {length: 1}]) {
      expect(() => prefetch(slowDataset([]), wrong as never)).toThrow(
        /^prefetch: "batches" must be lists of indices, one for each batch, found .* Pass shuffledBatches\(/,
      );
    }
    expect(() => next([[0]], 0)).toThrow(/^prefetch: "ahead" must be an integer >= 1/);
  });
});
