import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {collectPipeline, isPipeline} from '../../../src/core/datasets/pipeline';
import {expectNoLeak} from '../../support/tensors';

/** A pipeline without tf.data: only its form counts. */
const pipelineOf = (make: () => unknown[]) => ({
  iterator: async () => {
    const elements = make();
    return {
      next: async () =>
        elements.length === 0 ? {value: null, done: true} : {value: elements.shift()},
    };
  },
});

// Pipelines of tf.data itself: asDataset.test.ts.
describe('collectPipeline', () => {
  it('takes pairs, and disposes every element, also of a form that it refuses', async () => {
    await expectNoLeak(async () => {
      const pairs = pipelineOf(() => [
        [tf.tensor2d([[1, 2]]), tf.tensor1d([1], 'int32')],
        [tf.tensor2d([[3, 4]]), tf.tensor1d([0], 'int32')],
      ]);
      expect(await collectPipeline('f', pairs, 2, 1e6)).toEqual({
        ...{values: Float32Array.of(1, 2, 3, 4), shape: [2]},
        ...{labels: Int32Array.of(1, 0), numClasses: 2},
      });
      const odd = pipelineOf(() => [{xs: tf.zeros([1, 2]), ys: tf.tensor1d(['a'])}]);
      await expect(collectPipeline('f', odd, 2, 1e6)).rejects.toThrow(/^f: "labels"/);
      const bool = pipelineOf(() => [{xs: tf.zeros([1, 2], 'bool'), ys: 1}]);
      await expect(collectPipeline('f', bool, 2, 1e6)).rejects.toThrow(/found bool \[1, 2\]/);
      const rows = pipelineOf(() => [{xs: tf.zeros([5]), ys: tf.tensor1d([0, 1])}]);
      await expect(collectPipeline('f', rows, 2, 1e6)).rejects.toThrow(/Batch the pipeline/);
    });
  });

  it('counts the classes of one-hot rows, refuses NaN and keeps large tokens', async () => {
    await expectNoLeak(async () => {
      const hot = pipelineOf(() => [{xs: tf.zeros([1, 2]), ys: tf.tensor2d([[0, 1, 0]])}]);
      expect((await collectPipeline('f', hot, undefined, 1e6)).numClasses).toBe(3);
      const nan = pipelineOf(() => [{xs: tf.tensor1d([NaN]), ys: 0}]);
      await expect(collectPipeline('f', nan, 2, 1e6)).rejects.toThrow(
        /^f: "source" must give finite values, found NaN/,
      );
      const tokens = pipelineOf(() => [{xs: tf.tensor1d([16_777_217], 'int32'), ys: 0}]);
      const {values} = await collectPipeline('f', tokens, 2, 1e6);
      expect(values).toEqual(Int32Array.of(16_777_217));
    });
  });

  it('says what makes tensors of arrays', async () => {
    const collect = (element: unknown) =>
      collectPipeline(
        'f',
        pipelineOf(() => [element]),
        undefined,
        1e6,
      );
    await expect(collect({xs: [0.1, 0.2], ys: 0})).rejects.toThrow(
      /Batch it, pipeline\.batch\(32\)/,
    );
    await expect(collect({xs: 'a', ys: 0})).rejects.toThrow(/found 'a'\. Map its elements/);
  });

  it('knows a pipeline by its form', () => {
    expect(isPipeline(pipelineOf(() => []))).toBe(true);
    for (const other of [null, undefined, 7, {}, [], {iterator: 3}]) {
      expect(isPipeline(other)).toBe(false);
    }
  });
});
