import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {lossAt, type AttackLoss} from '../../src/core/loss';
import type {TrainableClassifier} from '../../src/core/classifier';
import {rebalancedWeights} from '../../src/losses/rebalancedWeights';
import {weightedCrossEntropy} from '../../src/losses/weightedCrossEntropy';
import {reatTraining} from '../../src/methods/reatTraining';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {seeded} from '../support/models';
import {preparedStep} from '../support/preparedSteps';
import {cornerDataset, denseNet} from '../support/trainings';
import {expectClose, int, numbers} from '../support/tensors';

const classCounts = [8, 4, 2];
type Vectors = tf.Tensor2D;
const at = (epoch: number) => ({epoch, epochs: 5, step: 1});

describe('reatTraining', () => {
  it('counts predictions of an epoch, and hands them over at its end', () => {
    const {memory} = reatTraining<Vectors>({classCounts});
    if (memory === undefined) throw new Error('no memory');
    const first = memory.next(memory.initial, [3, 1, 0], at(1));
    expect(first).toEqual({epoch: 1, before: [8, 4, 2], counted: [3, 1, 0]});
    const second = memory.next(first, [0, 2, 2], at(1));
    expect(second).toEqual({epoch: 1, before: [8, 4, 2], counted: [3, 3, 2]});
    expect(memory.next(second, [1, 0, 0], at(2))).toEqual({
      ...{epoch: 2, before: [3, 3, 2], counted: [1, 0, 0]},
    });
    expect(memory.initial).toEqual({epoch: 1, before: [8, 4, 2], counted: [0, 0, 0]});
  });

  it('weighs the attack by the epoch before, from its first step on', async () => {
    const w = seeded<tf.Rank.R2>([3, 3], 5, 2);
    const batch = {x: seeded<tf.Rank.R2>([4, 3], 2), labels: int([0, 1, 2, 2])};
    let seen: AttackLoss | undefined;
    const method = reatTraining<Vectors>({
      ...{classCounts, tailWeight: 0},
      attack: (_, x, _labels, context) => {
        seen = context?.loss;
        return tf.clone(x);
      },
    });
    const weightsOf = async (epoch: number, predicted: number[]) => {
      const memory = {epoch: 1, before: classCounts, counted: [5, 6, 3]};
      const model = (x: Vectors): tf.Tensor2D => tf.matMul(x, w);
      const {dispose} = await preparedStep(method, model, batch, {epoch, epochs: 3, memory});
      tf.tidy(() => {
        const z = seeded<tf.Rank.R2>([4, 3], 9);
        const weights = rebalancedWeights(classCounts, predicted);
        expectClose(
          lossAt(seen as AttackLoss, batch.x)(z, batch.labels),
          numbers(weightedCrossEntropy(z, batch.labels, weights)),
          1e-6,
        );
      });
      dispose();
    };
    await weightsOf(1, classCounts);
    await weightsOf(2, [5, 6, 3]);
  });

  it('tells the memory what the adversarial inputs were predicted as, before the update', async () => {
    const net = denseNet({batchNorm: false});
    const batch = cornerDataset(classCounts).batch([0, 1, 9, 13]) as {
      x: Vectors;
      labels: tf.Tensor1D;
    };
    const method = reatTraining<Vectors>({classCounts, attack: (_, x) => tf.clone(x)});
    const expected = tf.tidy(() => {
      const predicted = tf.argMax(net.apply(batch.x, {training: true}) as tf.Tensor2D, 1);
      return numbers(tf.sum(tf.oneHot(predicted, 3), 0));
    });
    const memory = {current: method.memory?.initial ?? null};
    // A step after which all predictions are others.
    const optimizer = sgd({learningRate: 1000});
    (await trainStep(net, method, batch, optimizer, {memory})).dispose();
    expect(memory.current).toEqual({epoch: 1, before: [8, 4, 2], counted: expected});
    net.dispose();
    tf.dispose({...batch});
  });

  it('says that it needs features, unless the tail loss is left out', async () => {
    const w = tf.variable(seeded<tf.Rank.R2>([3, 3], 5, 2));
    const classify = (x: Vectors): tf.Tensor2D => tf.matMul(x, w);
    const model: TrainableClassifier<Vectors> = {
      ...{inference: classify, training: classify, variables: [w], statistics: []},
    };
    const batch = {x: seeded<tf.Rank.R2>([4, 3], 2), labels: int([0, 1, 2, 2])};
    const run = async (tailWeight: number) => {
      const method = reatTraining<Vectors>({
        ...{classCounts, tailWeight},
        attack: (_, x) => tf.clone(x),
      });
      const memory = {current: method.memory?.initial ?? null};
      const optimizer = sgd({learningRate: 0.1});
      (await trainStep(model, method, batch, optimizer, {memory})).dispose();
    };
    await expect(run(1)).rejects.toThrow(/features/);
    await run(0);
    w.dispose();
  });

  it('refuses options out of range', () => {
    const call = (options: object) => reatTraining({classCounts, ...options});
    expect(() => call({tailWeight: -1})).toThrow(/^reatTraining: "tailWeight"/);
    expect(() => call({mode: 'both'})).toThrow(/"mode"/);
    expect(() => call({maxRatio: 0.5})).toThrow(/"maxRatio"/);
    expect(() => call({classCounts: [1, 0]})).toThrow(/"classCounts"/);
    expect(() => call({attackMode: 'eval'})).toThrow(/"attackMode"/);
  });
});
