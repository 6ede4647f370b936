// One and three steps of each method in PyTorch, float64; see test/reference/methods_torch.py.
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {asTrainableClassifier, type TrainableClassifier} from '../../src/core/classifier';
import type {CheckpointValue} from '../../src/core/checkpoint';
import type {TrainingMethod} from '../../src/core/trainingMethod';
import {cosineLogits} from '../../src/losses/cosineLogits';
import {adaAdTraining} from '../../src/methods/adaAdTraining';
import {ardTraining} from '../../src/methods/ardTraining';
import {atBslTraining} from '../../src/methods/atBslTraining';
import {awp} from '../../src/methods/awp';
import {classBudgets} from '../../src/methods/classBudgets';
import {distillation} from '../../src/methods/distillation';
import {fastAt} from '../../src/methods/fastAt';
import {freeAt} from '../../src/methods/freeAt';
import {gradientMatching} from '../../src/methods/gradientMatching';
import {harlTraining} from '../../src/methods/harlTraining';
import {ldamTraining} from '../../src/methods/ldamTraining';
import {martTraining} from '../../src/methods/martTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {reatTraining} from '../../src/methods/reatTraining';
import {robalTraining} from '../../src/methods/robalTraining';
import {rsladTraining} from '../../src/methods/rsladTraining';
import {tradesTraining} from '../../src/methods/tradesTraining';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep} from '../../src/training/trainStep';
import golden from '../golden/methods-torch.json';
import scripts from '../golden/official-scripts-torch.json';
import official from '../golden/official-torch.json';
import {int, numbers} from '../support/tensors';

type Weights = Record<string, number[]>;
type Name = keyof typeof golden.cases;

const {classCounts} = golden;
const [, side = 0, , channels = 0] = golden.shape;
const numClasses = classCounts.length;
const filters = golden.start.gamma.length;
const width = side * side * filters;

/** A net of a convolution with batch norm and a last layer, linear or of cosines. */
function netOf(weights: Weights, cosine: boolean) {
  const body = layers.sequential({
    layers: [
      layers.layers.conv2d({
        ...{inputShape: [side, side, channels], filters, kernelSize: 3},
        ...{padding: 'same', useBias: false},
      }),
      layers.layers.batchNormalization({momentum: 0.9, epsilon: 1e-5}),
      layers.layers.activation({activation: 'tanh'}),
      layers.layers.flatten(),
    ],
  });
  const {conv, gamma, beta, mean, variance, dense, bias} = weights as Record<string, number[]>;
  tf.tidy(() => {
    body.setWeights([
      tf.tensor(conv as number[], [3, 3, channels, filters]),
      ...[gamma, beta, mean, variance].map((values) => tf.tensor1d(values as number[])),
    ]);
  });
  const kernel = tf.tidy(() => tf.variable(tf.tensor2d(dense as number[], [width, numClasses])));
  const offset = tf.tidy(() => tf.variable(tf.tensor1d(bias as number[])));
  const parts = asTrainableClassifier(body);
  const logitsOf = (features: tf.Tensor2D) =>
    cosine
      ? cosineLogits(features, kernel)
      : tf.add<tf.Tensor2D>(tf.matMul(features, kernel), offset);
  const model: TrainableClassifier = {
    inference: (x) => logitsOf(parts.inference(x)),
    training: (x) => {
      const features = body.apply(x, {training: true}) as tf.Tensor2D;
      return {logits: logitsOf(features), features};
    },
    variables: [...parts.variables, kernel, ...(cosine ? [] : [offset])],
    statistics: parts.statistics,
  };
  const dispose = () => {
    body.dispose();
    tf.dispose([kernel, offset]);
  };
  const values = () => [...model.variables, ...model.statistics].map((v) => numbers(v));
  return {model, values, dispose};
}

const teacher = (): TrainableClassifier => netOf(golden.teacher, false).model;

const start = () =>
  tf.tidy(() => tf.add(tf.tensor(golden.x, golden.shape), tf.tensor(golden.noise, golden.shape)));

const attack: Attack = (model, x, labels, context) =>
  pgdAttack(model, x, labels, {
    ...{...context, epsilon: 0.1, stepSize: 0.04, steps: 3, start, checkValues: false},
  });

// In the last of two epochs; without randomness it starts at x.
const budgets: Attack = (model, x, labels, context) =>
  classBudgets({classCounts, epsilon: 0.1, stepSize: 0.04, steps: 3})(model, x, labels, {
    ...context,
    position: {epoch: 2, epochs: 2, step: 1},
  });

const METHODS: Record<Name, () => TrainingMethod> = {
  pgd: () => pgdTraining({attack}),
  'at-bsl': () => atBslTraining({attack, classCounts}),
  trades: () => tradesTraining({attack}),
  mart: () => martTraining({attack}),
  ard: () => ardTraining({attack, teacher: teacher(), alpha: 0.9, temperature: 4}),
  rslad: () => rsladTraining({attack, teacher: teacher()}),
  'ada-ad': () => adaAdTraining({attack, teacher: teacher(), lambda: 0.7}),
  robal: () => robalTraining({attack, classCounts}),
  reat: () => reatTraining({attack, classCounts, tailFrom: 2}),
  'reat, pairwise': () => reatTraining({attack, classCounts, tailFrom: 2, mode: 'pairwise'}),
  harl: () => harlTraining({attack, cleanEpochs: 0}),
  ldam: () => ldamTraining({attack, classCounts, plainShare: 0}),
  'fast-at': () => fastAt({epsilon: 0.1, stepSize: 0.125}),
  'free-at': () => freeAt({epsilon: 0.1, replays: 3}),
  'awp(pgd)': () => awp(pgdTraining({attack}), {gamma: 0.01}),
  'awp(trades)': () => awp(tradesTraining({attack}), {gamma: 0.05}),
  'awp(rslad), global': () =>
    awp(rsladTraining({attack, teacher: teacher()}), {gamma: 0.05, scaling: 'global'}),
  'matching(at-bsl)': () =>
    gradientMatching(atBslTraining({attack, classCounts}), {teacher: teacher(), alpha: 20}),
  'matching(trades)': () =>
    gradientMatching(tradesTraining({attack}), {teacher: teacher(), alpha: 20}),
  'distillation(at-bsl)': () =>
    distillation(atBslTraining({attack, classCounts}), {teacher: teacher(), weight: 3}),
  'distillation(mart)': () => distillation(martTraining({attack}), {teacher: teacher(), weight: 3}),
  'budgets(pgd)': () => pgdTraining({attack: budgets, attackMode: 'batch-statistics'}),
  'budgets(mart)': () => martTraining({attack: budgets, attackMode: 'batch-statistics'}),
  'awp(matching(at-bsl))': () =>
    awp(gradientMatching(atBslTraining({attack, classCounts}), {teacher: teacher(), alpha: 20}), {
      gamma: 0.05,
    }),
};

const norm = (values: readonly number[]) => Math.hypot(...values);

/** Of each parameter and statistic, the error relative to its norm. */
function errorsOf(found: readonly number[][], expected: Weights): Record<string, number> {
  const order = ['conv', 'gamma', 'beta', 'dense', 'bias', 'mean', 'variance'];
  const names = order.filter((name) => expected[name] !== undefined);
  expect(found.map((values) => values.length)).toEqual(names.map((name) => expected[name]?.length));
  return Object.fromEntries(
    names.map((name, i) => {
      const wanted = expected[name] as number[];
      const error = (found[i] as number[]).map((v, k) => v - (wanted[k] as number));
      return [name, norm(error) / norm(wanted)];
    }),
  );
}

/** Trains the net of the fixture, and compares it after the steps that are known. */
async function expectSteps(
  method: TrainingMethod,
  expected: Record<string, Weights>,
  options: {cosine?: boolean; compare?: (part: string) => boolean} = {},
) {
  const {cosine = false, compare = () => true} = options;
  const {model, values, dispose} = netOf(golden.start, cosine);
  const batch = {
    x: tf.tensor<tf.Rank.R4>(golden.x, golden.shape as [number, number, number, number]),
    labels: int(golden.labels),
  };
  const optimizer = sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4});
  const memory: {current: CheckpointValue} = {current: method.memory?.initial ?? null};
  const last = Math.max(...Object.keys(expected).map(Number));
  for (let step = 1; step <= last; step++) {
    const position = {epoch: 1, epochs: 2, step};
    (await trainStep(model, method, batch, optimizer, {...position, memory})).dispose();
    const known = expected[step];
    if (known === undefined) continue;
    for (const [part, error] of Object.entries(errorsOf(values(), known))) {
      if (compare(part)) expect(error, `${part} after step ${step}`).toBeLessThan(1e-5);
    }
  }
  tf.dispose({...batch});
  optimizer.dispose();
  dispose();
}

describe('steps of the methods in PyTorch', () => {
  it.each(Object.keys(golden.cases) as Name[])('%s: one and three steps', (name) =>
    expectSteps(METHODS[name](), golden.cases[name], {cosine: name === 'robal'}),
  );
});

// What test/reference/official_torch.py ran, and our method with its settings.
describe('steps of official training functions', () => {
  it('TRADES: trades_loss, its three passes', () =>
    expectSteps(
      tradesTraining({attack, passes: 'published'}),
      official.cases['TRADES, trades_loss'],
    ));

  it('MART: mart_loss', () =>
    expectSteps(martTraining({attack}), official.cases['MART, mart_loss']));

  it('RSLAD: rslad_inner_loss and its script, a mean over the classes', () =>
    expectSteps(
      rsladTraining({attack, teacher: teacher(), classReduction: 'mean'}),
      official.cases['RSLAD, rslad_inner_loss'],
    ));

  it('TAET: HARL', () =>
    expectSteps(harlTraining({attack, cleanEpochs: 0}), official.cases['TAET, HARL']));

  it('RoBal: add_reg_train with its margins on a cosine head, its four passes', () =>
    expectSteps(
      robalTraining({attack, classCounts, passes: 'published'}),
      official.cases['RoBal, add_reg_train'],
      {cosine: true},
    ));

  // test/reference/official_scripts_torch.py ran these.
  it('ARD: train of its script, the attack in training mode, a mean over the classes', () =>
    expectSteps(
      ardTraining({attack, teacher: teacher(), classReduction: 'mean', passes: 'published'}),
      scripts.cases['ARD, train'],
    ));

  it('AdaAD: train of its script for CIFAR-10, a mean over the classes', () =>
    expectSteps(
      adaAdTraining({attack, teacher: teacher(), classReduction: 'mean', passes: 'published'}),
      scripts.cases['AdaAD, train, CIFAR-10'],
    ));

  it('AdaAD: train of its script for CIFAR-100, with its clean inputs', () =>
    expectSteps(
      adaAdTraining({attack, teacher: teacher(), lambda: 0.7, passes: 'published'}),
      scripts.cases['AdaAD, train, CIFAR-100, alpha 0.7'],
    ));

  it('AT-BSL: pgd_loss', () =>
    expectSteps(atBslTraining({attack, classCounts}), scripts.cases['AT-BSL, pgd_loss']));

  it('IGDM: the loop of its script, matching and KL', () =>
    expectSteps(
      gradientMatching(adaAdTraining({attack, teacher: teacher()}), {
        ...{teacher: teacher(), alpha: 20},
      }),
      scripts.cases['IGDM, igdm.py'],
    ));

  it('fast AT: the loop of its script', () =>
    expectSteps(fastAt({epsilon: 0.1, stepSize: 0.125}), scripts.cases['fast AT, train_fgsm.py']));

  it('REAT: REAT, attack and loss (of three classes none is in the tail)', () =>
    expectSteps(reatTraining({attack, classCounts}), scripts.cases['REAT, REAT']));

  it('AWP: TradesAWP, but for the order in which the passes move the statistics', () =>
    expectSteps(
      awp(tradesTraining({attack, passes: 'published'}), {gamma: 0.05}),
      official.cases['AWP, TradesAWP'],
      {compare: (part) => part !== 'mean' && part !== 'variance'},
    ));
});
