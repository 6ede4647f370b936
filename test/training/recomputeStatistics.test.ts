import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {asTrainableClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {recomputeStatistics} from '../../src/training/recomputeStatistics';
import {bitsOf, denseNet} from '../support/trainings';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

const rng = createRng(3);
const BATCHES = [4, 7, 5].map((rows) =>
  Array.from({length: rows}, () => [0, 1, 2].map(() => 3 * rng.uniform() - 1)),
);

const source = (batches: readonly number[][][]) => ({
  batches: batches.length,
  inputs: (k: number, own: <T extends tf.TensorContainer>(t: T) => T) =>
    Promise.resolve({
      x: own(tf.tensor2d(batches[k] ?? [])),
      exampleIds: Int32Array.from(batches[k] ?? [], (_, i) => i),
    }),
});

// A net that is nothing but a batch norm: its statistics are those of the input.
const normOnly = (momentum: number) =>
  layers.sequential({
    layers: [layers.layers.batchNormalization({inputShape: [3], momentum, epsilon: 1e-5})],
  });

// The mean over batches of each batch's mean and biased variance, column by column, in doubles.
function closedForm(batches: readonly number[][][]): [number[], number[]] {
  const moments = batches.map((rows) =>
    [0, 1, 2].map((column) => {
      const values = rows.map((row) => row[column] ?? 0);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
      return [mean, variance] as const;
    }),
  );
  const meanOf = (which: 0 | 1) =>
    [0, 1, 2].map(
      (column) => moments.reduce((sum, each) => sum + (each[column]?.[which] ?? 0), 0) / 3,
    );
  return [meanOf(0), meanOf(1)];
}

describe('recomputeStatistics', () => {
  it.each([0, 0.5, 0.9, 0.99])(
    'is the mean over batches, whatever the momentum is: %d',
    async (momentum) => {
      const net = normOnly(momentum);
      const model = asTrainableClassifier<Vectors>(net);
      await recomputeStatistics(model, source(BATCHES));
      const [mean, variance] = closedForm(BATCHES);
      expectClose(model.statistics[0] as tf.Tensor, mean, 2e-5);
      expectClose(model.statistics[1] as tf.Tensor, variance, 2e-5);
      net.dispose();
    },
  );

  it('leaves the weights, and statistics that a pass does not move', async () => {
    const net = denseNet();
    const counter = tf.variable(tf.scalar(7));
    const parts = asTrainableClassifier<Vectors>(net);
    const before = (await bitsOf(net)).slice(0, parts.variables.length);
    await recomputeStatistics(
      {...parts, statistics: [...parts.statistics, counter]},
      source(BATCHES),
    );
    expect((await bitsOf(net)).slice(0, parts.variables.length)).toEqual(before);
    expect(numbers(counter)).toEqual([7]);
    counter.dispose();
    net.dispose();
  });

  it('does nothing for a model without statistics', async () => {
    const net = denseNet({batchNorm: false});
    const model = asTrainableClassifier<Vectors>(net);
    const refuse = () => Promise.reject(new Error('asked'));
    await recomputeStatistics(model, {batches: 3, inputs: refuse});
    net.dispose();
  });

  it('puts the statistics back when a batch throws or it is aborted, and leaks nothing', async () => {
    const net = denseNet();
    const model = asTrainableClassifier<Vectors>(net);
    const before = await bitsOf(net);
    await expectNoLeak(() => recomputeStatistics(model, source(BATCHES)));
    const after = await bitsOf(net);
    expect(after).not.toEqual(before);
    const {inputs} = source(BATCHES);
    const breaking = {
      batches: 3,
      inputs: (k: number, own: <T extends tf.TensorContainer>(t: T) => T) =>
        k === 1 ? Promise.reject(new Error('torn')) : inputs(k, own),
    };
    await expectNoLeak(() => expect(recomputeStatistics(model, breaking)).rejects.toThrow('torn'));
    expect(await bitsOf(net)).toEqual(after);
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(recomputeStatistics(model, {...source(BATCHES), signal})).rejects.toThrow('stop');
    expect(await bitsOf(net)).toEqual(after);
    net.dispose();
  });
});
