import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {Dataset} from '../../../src/core/dataset';
import {batchAt} from '../../../src/core/datasets/batchAt';
import {expectNoLeak} from '../../support/tensors';

const dataset = (batch: () => unknown) =>
  ({numClasses: 2, labels: Int32Array.of(0, 1), batch}) as unknown as Dataset<tf.Tensor2D>;
const x = () => tf.zeros([2, 3]);
const labels = () => tf.tensor1d([0, 1], 'int32');

describe('batchAt', () => {
  it('gives what the dataset gives, now or later', async () => {
    for (const batch of [
      () => ({x: x(), labels: labels(), exampleIds: Int32Array.of(5, 6)}),
      () => Promise.resolve({x: x(), labels: labels(), exampleIds: Int32Array.of(5, 6)}),
    ]) {
      const given = await batchAt('f', dataset(batch), [0, 1]);
      expect(given.x.shape).toEqual([2, 3]);
      expect(given.exampleIds).toEqual(Int32Array.of(5, 6));
      tf.dispose([given.x, given.labels]);
    }
  });

  it.each([
    ['nothing', () => undefined, /found undefined/],
    ['null', () => null, /found null/],
    ['a pair', () => [x(), labels()], /found an array of 2/],
    ['other names', () => ({xs: x(), ys: labels()}), /found an object with xs, ys/],
    ['no labels', () => ({x: x()}), /found x float32 \[2, 3\] and labels undefined/],
    ['arrays', () => ({x: [[1]], labels: [0]}), /found x an array of 1/],
    ['too few', () => ({x: tf.zeros([1, 3]), labels: labels()}), /found x float32 \[1, 3\]/],
  ])('refuses %s, and keeps none of its tensors', async (_, batch, found) => {
    await expectNoLeak(async () => {
      const given = batchAt('f', dataset(batch), [0, 1]);
      await expect(given).rejects.toThrow(
        /^f: "dataset\.batch\(indices\)" must give \{x, labels\}/,
      );
      await expect(given).rejects.toThrow(found);
    });
  });

  it('passes on what the dataset throws', async () => {
    const gone = () => Promise.reject(new Error('the disk is gone'));
    await expect(batchAt('f', dataset(gone), [0])).rejects.toThrow('the disk is gone');
  });
});
