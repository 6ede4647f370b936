import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {computedOn} from '../../src/core/computedOn';
import {asTrainableClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {probeDifferences, spreadIndices, takeProbe} from '../../src/training/probe';
import {completeRecipe, type Recipe} from '../../src/training/recipe';
import {studentOf} from '../support/preparedSteps';
import {bitsOf, cornerDataset, denseNet, quickAttack} from '../support/trainings';
import {expectClose, expectNoLeak} from '../support/tensors';

type Vectors = tf.Tensor2D;

const dataset = cornerDataset([9, 5, 3]);
const position = {epoch: 1, epochs: 2, step: 3, memory: null};

it('spreadIndices spreads evenly, over fewer examples too', () => {
  expect(spreadIndices(10, 4)).toEqual(Int32Array.of(0, 2, 5, 7));
  expect(spreadIndices(3, 16)).toEqual(Int32Array.of(0, 1, 2));
});

describe('takeProbe', () => {
  const take = (net: ReturnType<typeof denseNet>, recipe: Recipe<Vectors>) =>
    takeProbe(
      asTrainableClassifier<Vectors>(net),
      dataset,
      completeRecipe('here', recipe),
      position,
      createRng(3),
    );

  it("is the method's loss on a few examples, and how far it moves them", async () => {
    const net = denseNet();
    const before = await bitsOf(net);
    const indices = spreadIndices(17, 16);
    const expected = tf.tidy(() => {
      const {x, labels} = dataset.batch(indices);
      const student = studentOf(asTrainableClassifier<Vectors>(denseNet()).training);
      return tf.mean(crossEntropy(student(x).logits, labels)).dataSync();
    });
    await expectNoLeak(async () => {
      const natural = await take(net, {method: naturalTraining()});
      expect(natural).toMatchObject({backend: computedOn(), perturbation: 0});
      expectClose([natural.loss], expected);
      const shifted = await take(net, {
        method: pgdTraining({attack: (_model, x) => tf.add<Vectors>(x, 0.125)}),
      });
      expectClose([shifted.perturbation], [0.125]);
      const attacked = {method: pgdTraining({attack: quickAttack})};
      expect(await take(net, attacked)).toEqual(await take(net, attacked));
    });
    expect(await bitsOf(net)).toEqual(before);
    net.dispose();
  });

  it('puts the statistics back when the loss throws', async () => {
    const net = denseNet();
    const before = await bitsOf(net);
    const method: Recipe<Vectors>['method'] = {
      objective: ({batch: {x}}) => ({
        adversarial: x,
        loss: (student) => {
          student(x);
          throw new Error('no loss');
        },
      }),
    };
    await expectNoLeak(() => expect(take(net, {method})).rejects.toThrow('no loss'));
    expect(await bitsOf(net)).toEqual(before);
    net.dispose();
  });
});

it('probeDifferences is exact on one backend, and lenient between two', () => {
  const saved = {backend: 'cpu', input: 0.5, loss: 2, perturbation: 0.01};
  const differ = (now: Partial<typeof saved>) => probeDifferences(saved, {...saved, ...now});
  expect(differ({})).toEqual([]);
  expect(differ({loss: 2.000001}).map(({field}) => field)).toEqual([
    "method's loss on a few examples",
  ]);
  expect(differ({perturbation: 0.02})).toEqual([
    {field: "method's perturbation on a few examples", saved: 0.01, now: 0.02},
  ]);
  expect(differ({input: 0.6})).toHaveLength(1);
  expect(differ({backend: 'wasm', loss: 2.01})).toEqual([]);
  expect(differ({backend: 'wasm', loss: 2.1})).toHaveLength(1);
  const broken = {...saved, loss: NaN};
  expect(probeDifferences(broken, broken)).toEqual([]);
});
