import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {CheckpointValue} from '../../src/core/checkpoint';
import {freeAt} from '../../src/methods/freeAt';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {cornerDataset, denseNet} from '../support/trainings';
import {expectNoLeak, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;
const dataset = cornerDataset([6, 4, 2]);
const batchOf = (indices: number[]) => dataset.batch(indices) as {x: Vectors; labels: tf.Tensor1D};
const deltaOf = (memory: CheckpointValue) => Array.from(memory as Float32Array);

describe('freeAt', () => {
  it('moves the perturbation by ε of the sign, within ε, on from batch to batch', async () => {
    const net = denseNet();
    const method = freeAt<Vectors>({replays: 1, epsilon: 0.1});
    const memory = {current: method.memory?.initial ?? null};
    const optimizer = sgd({learningRate: 0.1});
    const first = batchOf([0, 1, 6, 7]);
    (await trainStep(net, method, first, optimizer, {memory})).dispose();
    const delta = deltaOf(memory.current);
    expect(delta).toHaveLength(12);
    for (const v of delta) expect(Math.abs(v)).toBeCloseTo(0.1, 6);
    // A smaller batch uses and moves the first rows alone.
    const second = batchOf([11]);
    (await trainStep(net, method, second, optimizer, {memory})).dispose();
    const after = deltaOf(memory.current);
    expect(after.slice(3)).toEqual(delta.slice(3));
    for (const v of after.slice(0, 3)) expect([0, 0.1]).toContain(+Math.abs(v).toFixed(6));
    // A larger one has zeros in the rows that are new.
    const third = batchOf([0, 1, 2, 6, 7, 11]);
    (await trainStep(net, method, third, optimizer, {memory})).dispose();
    expect(deltaOf(memory.current)).toHaveLength(18);
    tf.dispose([first.x, first.labels, second.x, second.labels, third.x, third.labels]);
    net.dispose();
  });

  it('takes one optimizer step for each replay, and reports the loss of the first', async () => {
    const net = denseNet();
    const batch = batchOf([0, 1, 6, 11]);
    const method = freeAt<Vectors>({replays: 5, epsilon: 0.1});
    const optimizer = sgd({learningRate: 0.1});
    const memory = {current: method.memory?.initial ?? null};
    const plain = tf.tidy(() => {
      const z = net.apply(batch.x, {training: true}) as tf.Tensor2D;
      return numbers(tf.losses.softmaxCrossEntropy(tf.oneHot(batch.labels, 3), z))[0] as number;
    });
    const loss = await trainStep(net, method, batch, optimizer, {memory});
    expect(numbers(loss)[0]).toBeCloseTo(plain, 5);
    expect(optimizer.iterations).toBe(5);
    tf.dispose([loss, batch.x, batch.labels]);
    net.dispose();
  });

  it('leaks nothing, also when the loss throws', async () => {
    const net = denseNet();
    const batch = batchOf([0, 1, 6, 11]);
    const optimizer = sgd({learningRate: 0.1});
    const run = (method: ReturnType<typeof freeAt<Vectors>>) =>
      trainStep(net, method, batch, optimizer, {memory: {current: new Float32Array(0)}});
    await expectNoLeak(async () => {
      (await run(freeAt<Vectors>({replays: 2}))).dispose();
    });
    const throwing = freeAt<Vectors>({
      loss: () => {
        throw new Error('no loss');
      },
    });
    await expectNoLeak(() => expect(run(throwing)).rejects.toThrow('no loss'));
    tf.dispose({...batch});
    net.dispose();
  });

  it('goes on from a perturbation within its ball alone, with room for rounding', () => {
    const {memory} = freeAt<Vectors>({replays: 1, epsilon: 0.1});
    const accepts = (kept: unknown) => memory?.accepts?.(kept as never);
    expect(accepts(Float32Array.of(0, 0.1, -0.1, 0.05))).toBe(true);
    expect(accepts(Float32Array.of(0.10005))).toBe(true);
    expect(accepts(Float32Array.of(0, -0.102))).toBe(false);
    expect(accepts(Float32Array.of(NaN))).toBe(false);
    expect(accepts([0, 0.1])).toBe(false);
    expect(accepts(new Float32Array(0))).toBe(true);
  });

  it('refuses options out of range', () => {
    expect(() => freeAt({replays: 0})).toThrow(/^freeAt: "replays"/);
    expect(() => freeAt({epsilon: 0})).toThrow(/"epsilon"/);
  });
});
