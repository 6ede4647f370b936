import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it, vi} from 'vitest';

import type {LiveRows} from '../../../src/attacks/search/liveRows';
import {countedPasses} from '../../../src/attacks/search/passes';
import {emptyOutcome, type Problem} from '../../../src/attacks/search/problem';
import type {Classifier} from '../../../src/core/classifier';
import type {Loss} from '../../../src/core/loss';
import {linearModel} from '../../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

const WEIGHTS = [
  [1, 2],
  [3, -1],
];
const sound = linearModel(WEIGHTS, [0.5, 0]);

function passesOf(model: Classifier<tf.Tensor2D>) {
  const outcome = emptyOutcome(3);
  const problem = {model, numClasses: 2} as Problem<tf.Tensor2D>;
  return {outcome, passes: countedPasses(problem, outcome)};
}

// Examples 2 and 0 live, then padding.
const rows: LiveRows = {positions: Int32Array.of(2, 0, 2), live: 2};
const points = () =>
  tf.tensor2d([
    [1, 0],
    [0, 1],
    [1, 0],
  ]);
const LOGITS = [1.5, 3, 2.5, -1, 1.5, 3];

// The logit of the label.
const logitOf: Loss = (logits, labels) =>
  tf.sum(tf.mul(logits, tf.oneHot(labels, 2)), 1) as tf.Tensor1D;

describe('countedPasses', () => {
  it('counts a forward pass on the examples it was made for, not on padding', async () => {
    const {outcome, passes} = passesOf(sound);
    const x = points();
    await expectNoLeak(async () => {
      expectClose(await passes.forward(rows, x), LOGITS);
      await passes.forward({positions: Int32Array.of(1, 2, 0), live: 1}, x);
    });
    expect(outcome).toEqual({...emptyOutcome(3), forward: Int32Array.of(1, 1, 1)});
    x.dispose();
  });

  it('counts a query as both', async () => {
    const {outcome, passes} = passesOf(sound);
    const x = points();
    await expectNoLeak(async () => {
      expectClose(await passes.query(rows, x), LOGITS);
      await passes.query(rows, x);
    });
    const twice = Int32Array.of(2, 0, 2);
    expect(outcome).toEqual({...emptyOutcome(3), forward: twice, queries: twice});
    x.dispose();
  });

  it('counts a gradient as one pass each way, and hands it over', async () => {
    const {outcome, passes} = passesOf(sound);
    const x = points();
    const labels = int([1, 0, 1]);
    await expectNoLeak(async () => {
      const {logits, losses, gradient} = await passes.gradient(rows, x, labels, logitOf);
      expectClose(logits, LOGITS);
      expectClose(losses, [3, 2.5, 3]);
      expectClose(gradient, [3, -1, 1, 2, 3, -1]);
      gradient.dispose();
    });
    const once = Int32Array.of(1, 0, 1);
    expect(outcome).toEqual({...emptyOutcome(3), forward: once, backward: once});
    expect(numbers(x)).toEqual([1, 0, 0, 1, 1, 0]);
    tf.dispose([x, labels]);
  });

  it.each([NaN, Infinity])('notes the examples with logits of %d, not padding', async (value) => {
    const broken = (row: number): Classifier<tf.Tensor2D> => {
      const faults = [0, 1, 2].map((i) => [0, i === row ? value : 0]);
      return (x) => tf.add(sound(x), tf.tensor2d(faults));
    };
    const x = points();
    const labels = int([0, 0, 0]);
    for (const [row, noted] of [
      [0, [0, 0, 1]],
      [1, [1, 0, 0]],
      [2, [0, 0, 0]],
    ] as const) {
      for (const kind of ['forward', 'query', 'gradient'] as const) {
        const {outcome, passes} = passesOf(broken(row));
        if (kind === 'gradient') {
          (await passes.gradient(rows, x, labels, logitOf)).gradient.dispose();
        } else await passes[kind](rows, x);
        expect(outcome.nonFinite).toEqual(Uint8Array.from(noted));
      }
    }
    tf.dispose([x, labels]);
  });

  it('leaks nothing when the model or a read fails', async () => {
    const x = points();
    const labels = int([0, 0, 0]);
    const {passes} = passesOf((input) => {
      sound(input);
      throw new Error('the model broke');
    });
    await expectNoLeak(async () => {
      await expect(passes.forward(rows, x)).rejects.toThrow('the model broke');
      await expect(passes.query(rows, x)).rejects.toThrow('the model broke');
      await expect(passes.gradient(rows, x, labels, logitOf)).rejects.toThrow('the model broke');
    });
    const read = vi
      .spyOn(tf.Tensor.prototype, 'data')
      .mockRejectedValue(new Error('the device is lost'));
    try {
      await expectNoLeak(async () => {
        const {passes: sane} = passesOf(sound);
        await expect(sane.forward(rows, x)).rejects.toThrow('the device is lost');
        await expect(sane.gradient(rows, x, labels, logitOf)).rejects.toThrow('device is lost');
      });
    } finally {
      read.mockRestore();
    }
    tf.dispose([x, labels]);
  });
});
