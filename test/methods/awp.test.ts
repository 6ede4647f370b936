import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import type {TrainingMethod} from '../../src/core/trainingMethod';
import {awp} from '../../src/methods/awp';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {tradesTraining} from '../../src/methods/tradesTraining';
import {withUpdateRule} from '../../src/methods/withUpdateRule';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import {bitsOf, cornerDataset, denseNet, quickAttack, trainWith} from '../support/trainings';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;
const batch = () =>
  cornerDataset([4, 3, 2]).batch([0, 1, 5, 8]) as {x: Vectors; labels: tf.Tensor1D};

/** Weights while the loss is differentiated for the step, which is not taken. */
async function weightsInside(method: TrainingMethod<Vectors>) {
  const net = denseNet();
  const {x, labels} = batch();
  const inside: number[][] = [];
  const before = await bitsOf(net);
  const watched = withUpdateRule(
    method,
    (inner) => (update) =>
      inner({
        ...update,
        apply: () => {
          inside.push(...update.variables.map((v) => numbers(v)));
        },
      }),
  );
  (await trainStep(net, watched, {x, labels}, sgd({learningRate: 0.1}))).dispose();
  const after = await bitsOf(net);
  tf.dispose([x, labels]);
  net.dispose();
  return {before, inside, after};
}

const norm = (values: number[]) => Math.hypot(...values);
const difference = (a: number[], b: number[]) => a.map((v, i) => v - (b[i] as number));

describe('awp', () => {
  it('moves each kernel by γ times its norm, nothing else, and takes it back', async () => {
    const {before, inside, after} = await weightsInside(
      awp(pgdTraining({attack: quickAttack}), {gamma: 0.02}),
    );
    // kernel, bias, gamma, beta, kernel, bias
    [0, 4].forEach((k) => {
      const moved = norm(difference(inside[k] as number[], before[k] as number[]));
      expect(moved / norm(before[k] as number[])).toBeCloseTo(0.02, 5);
      expectClose(after[k] as number[], before[k] as number[], 1e-7);
    });
    [1, 2, 3, 5].forEach((k) => expect(inside[k]).toEqual(before[k]));
  });

  it('with one scale moves all variables together', async () => {
    const {before, inside} = await weightsInside(
      awp(pgdTraining({attack: quickAttack}), {gamma: 0.02, scaling: 'global'}),
    );
    const [flatInside, flatBefore] = [inside.flat(), before.slice(0, 6).flat()];
    expect(norm(difference(flatInside, flatBefore)) / norm(flatBefore)).toBeCloseTo(0.02, 5);
    expect(inside[2]).not.toEqual(before[2]);
  });

  it('perturbs as the numbers of the specification', async () => {
    // w = [3, 0] / [0, 4], g = [.6, 0] / [.8, 0], γ .005: ‖w‖ = 5, ‖g‖ = 1.
    const w = tf.variable(
      tf.tensor2d([
        [3, 0],
        [0, 4],
      ]),
    );
    const slope = tf.tensor2d([
      [0.6, 0],
      [0.8, 0],
    ]);
    let inside: number[] = [];
    const base: TrainingMethod<Vectors> = {
      objective: ({batch: {x}}) => ({
        adversarial: x,
        loss: () => {
          inside = numbers(w);
          return tf.sum<tf.Scalar>(tf.mul(w, slope));
        },
      }),
    };
    const classify = (x: Vectors): tf.Tensor2D => tf.matMul(tf.slice(x, [0, 0], [-1, 2]), w);
    const model = {inference: classify, training: classify, variables: [w], statistics: []};
    const [x, labels] = [tf.ones<tf.Rank.R2>([2, 2]), tf.tensor1d([0, 1], 'int32')];
    const optimizer = sgd({learningRate: 0});
    (await trainStep(model, awp(base), {x, labels}, optimizer)).dispose();
    expectClose(inside, [3.015, 0, 0.02, 4], 1e-6);
    expectClose(numbers(w), [3, 0, 0, 4], 1e-6);
    tf.dispose([w, slope, x, labels]);
  });

  it('with γ 0, or before its epoch, is the bare method, bit for bit', async () => {
    const run = async (wrap: (base: TrainingMethod<Vectors>) => TrainingMethod<Vectors>) => {
      const net = denseNet();
      const method = wrap(tradesTraining({attack: quickAttack}));
      const settings = {epochs: 2, batchSize: 4, rng: createRng(5)};
      await trainWith(net, method, cornerDataset([6, 4, 2]), settings);
      const bits = await bitsOf(net);
      net.dispose();
      return bits;
    };
    const bare = await run((base) => base);
    expect(await run((base) => awp(base, {gamma: 0}))).toEqual(bare);
    expect(await run((base) => awp(base, {fromEpoch: 3}))).toEqual(bare);
    expect(await run((base) => awp(base, {fromEpoch: 2}))).not.toEqual(bare);
  });

  it('moves the statistics once', async () => {
    const net = denseNet();
    const {x, labels} = batch();
    // Without an attack and a step, the statistics after are those of one pass.
    const method = awp(pgdTraining<Vectors>({attack: (_, input) => tf.clone(input)}));
    const before = await bitsOf(net);
    (await trainStep(net, method, {x, labels}, sgd({learningRate: 0}))).dispose();
    const [mean] = (await bitsOf(net)).slice(-2) as [number[], number[]];
    const hidden = tf.tidy(() =>
      numbers(tf.mean(tf.add(tf.matMul(x, tf.tensor2d(before[0] as number[], [3, 5])), 0), 0)),
    );
    // The kernel was perturbed by half a percent when the pass was made.
    expectClose(
      mean,
      hidden.map((v) => 0.1 * v),
      2e-3,
    );
    tf.dispose([x, labels]);
    net.dispose();
  });

  it('restores weights and statistics exactly, and leaks nothing, when a step throws', async () => {
    const net = denseNet();
    const {x, labels} = batch();
    const optimizer = sgd({learningRate: 0.1});
    const before = await bitsOf(net);
    for (const failAt of [1, 2]) {
      let calls = 0;
      const base: TrainingMethod<Vectors> = {
        objective: () => ({
          adversarial: x,
          loss: (student) => {
            const {logits} = student(x);
            if (++calls === failAt) throw new Error('power cut');
            return tf.mean<tf.Scalar>(tf.square(logits));
          },
        }),
      };
      await expectNoLeak(() =>
        expect(trainStep(net, awp(base), {x, labels}, optimizer)).rejects.toThrow('power cut'),
      );
      expect(await bitsOf(net)).toEqual(before);
    }
    tf.dispose([x, labels]);
    net.dispose();
  });

  it('refuses options out of range', () => {
    const base = pgdTraining();
    expect(() => awp(base, {gamma: -1})).toThrow(/^awp: "gamma"/);
    expect(() => awp(base, {fromEpoch: 0})).toThrow(/"fromEpoch"/);
    expect(() => awp(base, {scaling: 'layer' as 'global'})).toThrow(/"scaling" must be one of/);
  });
});
