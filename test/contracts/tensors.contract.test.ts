// Whose a tensor is: what a model returns stays the model's, and what a function works with outlives
// the scopes that a program ends meanwhile. A new function joins by a line of the tables.
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {afterAll, describe, expect, it} from 'vitest';

import * as root from '../../src/index';
import {expectNoLeak, int, numbers} from '../support/tensors';

type Rows = tf.Tensor2D;
type Model = root.Classifier<Rows>;

const VALUES = [0.6, 0.45, 0.5, 0.8, 0.7, 0.69];
const TABLE = [2, 0, 0, 2, 2, 0];
const rng = () => root.createRng(3);
const OPTIONS = {epsilon: 0.05, steps: 2};
const searching = () => ({...OPTIONS, rng: rng()});
const pgd: root.Attack<Rows> = (m, x, labels, context) =>
  root.pgdAttack(m, x, labels, {...context, ...OPTIONS});

/** Every function that runs a model on examples; those with a verdict are in verdict.contract.test.ts. */
const RUNS: Readonly<Record<string, (m: Model, x: Rows, labels: tf.Tensor1D) => unknown>> = {
  fgsmAttack: (m, x, y) => root.fgsmAttack(m, x, y, {epsilon: 0.05}),
  fgsmAttackAsync: (m, x, y) => root.fgsmAttackAsync(m, x, y, {epsilon: 0.05}),
  pgdAttack: (m, x, y) => root.pgdAttack(m, x, y, OPTIONS),
  pgdAttackAsync: (m, x, y) => root.pgdAttackAsync(m, x, y, OPTIONS),
  bimAttack: (m, x, y) => root.bimAttack(m, x, y, OPTIONS),
  miFgsmAttack: (m, x, y) => root.miFgsmAttack(m, x, y, OPTIONS),
  autoAttack: (m, x, y) =>
    root.autoAttack(m, x, y, {...searching(), attacks: ['apgd-ce', 'fab-t']}),
  estimateCost: (m, x, y) => root.estimateCost(m, x, y, {...searching(), attacks: ['apgd-ce']}),
  evaluateRobustness: (m, x, labels) =>
    root.evaluateRobustness<Rows>(m, {x, labels}, {attacks: {pgd}, batchSize: 2}),
  auditGradients: (m, x, y) => root.auditGradients(m, x, y),
  inputGradient: (m, x, y) => ({...root.inputGradient(m, x, y, root.crossEntropy)}),
};

describe.each(Object.entries(RUNS))('%s', (_, run) => {
  const table = tf.tensor2d(TABLE, [3, 2]);
  const variable = tf.variable(table) as tf.Variable<tf.Rank.R2>;
  const rowsOf = (all: Rows): Model =>
    root.byExample((x, ids) =>
      x.shape[0] === 3 ? all : tf.gather(all, tf.tensor1d(ids, 'int32')),
    );
  afterAll(() => {
    tf.dispose([table, variable]);
  });

  it.each<[string, Model]>([
    ['x itself', (x) => x],
    ['a clone of x', (x) => tf.clone(x)],
    ['a tensor that it keeps', rowsOf(table)],
    ['a variable', rowsOf(variable)],
  ])('leaves alone what a model returns: %s', async (__, model) => {
    const [x, labels] = [tf.tensor2d(VALUES, [3, 2]), int([0, 1, 0])];
    await expectNoLeak(async () => {
      try {
        const result: unknown = await run(model, x, labels);
        if (result instanceof tf.Tensor) result.dispose();
        else if (typeof result === 'object') tf.dispose(result as tf.TensorContainer);
      } catch (error) {
        // A constant has no gradient to follow.
        expect(error).toMatchObject({name: 'UnusableGradientError', zero: 3});
      }
    });
    expect(numbers(x)).toEqual([...Float32Array.from(VALUES)]);
    expect(numbers(table)).toEqual(TABLE);
    expect(numbers(variable)).toEqual(TABLE);
    tf.dispose([x, labels]);
  });
});

// Whatever waits, on images.
const seeded = (seed: number) => ({
  kernelInitializer: tfl.initializers.glorotUniform({seed}),
});
const net = tfl.sequential({
  layers: [
    tfl.layers.conv2d({inputShape: [6, 6, 1], filters: 2, kernelSize: 3, ...seeded(1)}),
    tfl.layers.flatten(),
    tfl.layers.dense({units: 3, ...seeded(2)}),
  ],
});
const images = tf.randomUniform<tf.Rank.R4>([2, 6, 6, 1], 0.2, 0.8, 'float32', 4);
const truth = tf.tidy(() => tf.argMax<tf.Tensor1D>(net.apply(images) as Rows, 1));
const ON_IMAGES = {epsilon: 0.02, steps: 3};
const onImages = () => ({...ON_IMAGES, rng: rng()});
const step = {...ON_IMAGES, checkValues: false};
const method = root.tradesTraining({
  attack: (m, x, y, context) => root.pgdAttack(m, x, y, {...context, ...step}),
});
afterAll(() => {
  net.dispose();
  tf.dispose([images, truth]);
});

// Gives what can be compared.
const verdictOf = async (search: Promise<root.AttackResult>) => {
  const {adversarial, success, distances} = await search;
  const values = adversarial.isDisposed ? 'of the scope' : Array.from(await adversarial.data());
  adversarial.dispose();
  return {success, distances, values};
};

const WAITING: Readonly<Record<string, () => Promise<unknown>>> = {
  apgdAttack: () => verdictOf(root.apgdAttack(net, images, truth, onImages())),
  restartedPgdAttack: () =>
    verdictOf(root.restartedPgdAttack(net, images, truth, {...onImages(), restarts: 1})),
  carliniWagnerAttack: () =>
    verdictOf(root.carliniWagnerAttack(net, images, truth, {steps: 3, searchSteps: 1})),
  deepFoolAttack: () => verdictOf(root.deepFoolAttack(net, images, truth, {steps: 3})),
  fabAttack: () => verdictOf(root.fabAttack(net, images, truth, onImages())),
  squareAttack: () =>
    verdictOf(root.squareAttack(net, images, truth, {epsilon: 0.02, rng: rng(), queries: 4})),
  autoAttack: async () => {
    const report = await root.autoAttack(net, images, truth, {...onImages(), queries: 4});
    return report.samples.map(({verdict}) => verdict);
  },
  evaluateRobustness: async () => {
    const ensemble = root.autoAttackForEvaluation({...ON_IMAGES, queries: 4});
    const data = {x: images, labels: truth};
    const attacks = {ensemble};
    const report = await root.evaluateRobustness(net, data, {attacks, rng: rng()});
    return report.attacks.ensemble.accuracy;
  },
  auditGradients: async () => (await root.auditGradients(net, images, truth)).ok,
  train: async () => {
    const start = await root.captureModelState(net);
    const recipe = {method, epochs: 2, batchSize: 2};
    try {
      const {history} = await root.train(net, {x: images, labels: truth}, recipe, {rng: rng()});
      return history.map(({loss}) => loss);
    } finally {
      root.restoreModelState(net, start);
    }
  },
};

describe.each(Object.entries(WAITING))('%s', (_, run) => {
  it('gives the same where the program ends a scope of its own meanwhile', async () => {
    const expected = await run();
    for (const turns of [2, 20, 30, 45, 80]) {
      const before = tf.memory().numTensors;
      tf.engine().startScope();
      const running = run();
      let isDone = false;
      void running.then(() => {
        isDone = true;
      });
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      tf.engine().endScope();
      if (isDone) break;
      const result = await running;
      // A result that was made in the scope goes with it.
      const isCaught =
        typeof result === 'object' && JSON.stringify(result).includes('of the scope');
      if (!isCaught) expect(result).toEqual(expected);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

describe.each(['lstm', 'gru', 'simpleRNN'] as const)('%s with dropout', (kind) => {
  // tf.layers keeps the masks of a cell's last pass, and replaces them at the next.
  const make = () => {
    const cell = {inputShape: [4, 2], units: 3, dropout: 0.3, recurrentDropout: 0.2};
    const recurrent = tfl.layers[kind]({...cell, recurrentInitializer: 'glorotUniform'});
    return tfl.sequential({layers: [recurrent, tfl.layers.dense({units: 2})]});
  };

  it('keeps as many tensors after a training step as after model.fit, and no more', async () => {
    const [x, labels, targets] = [tf.ones([4, 4, 2]), int([0, 1, 0, 1]), tf.zeros([4, 2])];
    const left = async (train: (model: tfl.Sequential) => Promise<void>) => {
      const model = make();
      const counts: number[] = [];
      for (let i = 0; i < 3; i++) {
        const before = tf.memory().numTensors;
        await train(model);
        counts.push(tf.memory().numTensors - before);
      }
      model.dispose();
      return counts;
    };
    const ours = await left(async (model) => {
      const optimizer = root.sgd({learningRate: 0.1});
      const batch = {x, labels};
      const loss = await root.trainStep(model, root.naturalTraining<tf.Tensor>(), batch, optimizer);
      tf.dispose(loss);
      optimizer.dispose();
    });
    const theirs = await left(async (model) => {
      const optimizer = tf.train.sgd(0.1);
      model.compile({optimizer, loss: 'meanSquaredError'});
      await model.fit(x, targets, {epochs: 1, batchSize: 4});
      optimizer.dispose();
    });
    expect(ours[0]).toBeGreaterThan(0);
    expect(ours[0]).toBeLessThanOrEqual(theirs[0] ?? 0);
    expect(ours.slice(1)).toEqual([0, 0]);
    tf.dispose([x, labels, targets]);
  });
});
