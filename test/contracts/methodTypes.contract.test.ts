/**
 * What the types of training methods must be able to say: methods of the field in their shortest
 * form, each against something known.
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {Attack} from '../../src/core/attack';
import {memoryCheckpoints} from '../../src/core/checkpoint';
import {
  asClassifier,
  asTrainableClassifier,
  type TrainableClassifier,
} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import type {TrainingMethod} from '../../src/core/trainingMethod';
import type {UpdateRule} from '../../src/core/updateRule';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {klDivergence} from '../../src/losses/klDivergence';
import {attackBatch} from '../../src/methods/attackBatch';
import {gradientMatching} from '../../src/methods/gradientMatching';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {withUpdateRule} from '../../src/methods/withUpdateRule';
import {sgd} from '../../src/optimizers/sgd';
import {trainStep, type MemoryCell} from '../../src/training/trainStep';
import {bitsOf, cornerDataset, denseNet, quickAttack, trainWith} from '../support/trainings';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

const dataset = cornerDataset([6, 4, 2]);
const batchOf = () => dataset.batch([0, 1, 6, 7, 10]);

// TRADES: the attack ascends the divergence from the clean answer; two passes.
const trades = (attack: Attack<Vectors>, beta = 6): TrainingMethod<Vectors> => ({
  async objective(step) {
    const {x, labels} = step.batch;
    const clean = step.own(step.model.inference(x));
    const adversarial = await attackBatch(step, attack, {loss: (z) => klDivergence(clean, z)});
    return {
      adversarial,
      loss: (student) => {
        const z = student(x).logits;
        const kl = klDivergence(z, student(adversarial).logits);
        return tf.mean<tf.Scalar>(tf.add(crossEntropy(z, labels), tf.mul(beta, kl)));
      },
    };
  },
});

// AWP: climbs by gamma relative to each weight's norm, descends there, and comes back.
const awp =
  (gamma: number, warmup = 1) =>
  (inner: UpdateRule): UpdateRule =>
  (update) => {
    const {loss, variables, statistics, epoch} = update;
    if (epoch < warmup) return inner(update);
    const still = statistics.map((variable) => tf.clone(variable));
    const start = variables.map((variable) => tf.clone(variable));
    const {grads} = tf.variableGrads(loss, [...variables]);
    statistics.forEach((variable, i) => variable.assign(still[i] as tf.Tensor));
    const steps = variables.map((variable) => {
      const g = grads[variable.name] as tf.Tensor;
      if (variable.rank < 2) return tf.zerosLike(variable);
      const length = tf.div(tf.norm(variable), tf.add(tf.norm(g), 1e-12));
      return tf.mul(tf.mul(gamma, length), g);
    });
    variables.forEach((variable, i) => variable.assign(tf.add(variable, steps[i] as tf.Tensor)));
    let perturbed: tf.Tensor[] = [];
    const value = inner({
      ...update,
      apply: (gradients) => {
        perturbed = variables.map((variable) => tf.clone(variable));
        update.apply(gradients);
      },
    });
    // Back, by what the optimizer moved: start + (after - perturbed).
    variables.forEach((variable, i) => {
      const moved = tf.sub(variable, perturbed[i] as tf.Tensor);
      variable.assign(tf.add(start[i] as tf.Tensor, moved));
    });
    return value;
  };

const counted = (net: tfl.LayersModel) => {
  const parts = asTrainableClassifier<Vectors>(net);
  const model: TrainableClassifier<Vectors> & {passes: number} = {
    ...parts,
    passes: 0,
    training: (x) => {
      model.passes++;
      return parts.training(x);
    },
  };
  return model;
};

describe('AWP around any method', () => {
  const teacher = () => denseNet({seed: 9});

  it.each([
    ['PGD-AT', 2, () => pgdTraining<Vectors>({attack: quickAttack})],
    ['TRADES', 4, () => trades(quickAttack)],
    [
      'matching around TRADES',
      6,
      () => gradientMatching(trades(quickAttack), {teacher: teacher(), schedule: 'constant'}),
    ],
  ])('%s: %i passes; weights come back, statistics move once', async (_, passes, make) => {
    const [net, plainNet] = [denseNet(), denseNet()];
    const model = counted(net);
    const batch = batchOf();
    const start = await bitsOf(net);
    const still = sgd({learningRate: 0});
    (await trainStep(model, withUpdateRule(make(), awp(0.01)), batch, still)).dispose();
    expect(model.passes).toBe(passes);
    const after = await bitsOf(net);
    expect(after.slice(0, -2)).toEqual(start.slice(0, -2));
    // Moved once, and (but for the first layer, which batch norm follows) as without AWP.
    (await trainStep(plainNet, make(), batch, sgd({learningRate: 0}))).dispose();
    const plain = await bitsOf(plainNet);
    expect(after.slice(-2)).not.toEqual(start.slice(-2));
    const moved = (bits: number[][]) =>
      bits.slice(-2).map((values, i) => values.map((v, j) => v - (start.at(i - 2)?.[j] as number)));
    // Less than 5 % apart: a proxy pass that moved them, too, would nearly double the move.
    const [ours, theirs] = [moved(after).flat(), moved(plain).flat()];
    const size = Math.hypot(...theirs);
    expect(Math.hypot(...ours.map((v, i) => v - (theirs[i] as number)))).toBeLessThan(0.05 * size);
    tf.dispose({...batch});
    net.dispose();
    plainNet.dispose();
  });

  it('applies the optimizer at the perturbed weights, so that weight decay sees them', async () => {
    const weight = tf.variable(tf.tensor2d([[3, 4], [0, 0]])); // prettier-ignore
    const classify = (x: Vectors) => tf.matMul<Vectors>(x, weight);
    const model = {inference: classify, training: classify, variables: [weight], statistics: []};
    const batch = {x: tf.tensor2d([[1, 0]]), labels: int([0])};
    // A linear loss, gradient [[1, 0], [0, 0]]: AWP adds gamma |w| / |g| of it, 0.1 · 5.
    const linear = naturalTraining<Vectors>({
      loss: (z) => tf.reshape<tf.Rank.R1>(tf.slice(z, [0, 0], [-1, 1]), [-1]),
    });
    const optimizer = sgd({learningRate: 0.1, weightDecay: 0.5});
    await expectNoLeak(async () => {
      const loss = await trainStep(model, withUpdateRule(linear, awp(0.1)), batch, optimizer);
      expectClose(loss, [3.5]);
      loss.dispose();
    });
    // w - 0.1 (g + 0.5 (w + v)), with w + v = 3.5 in the first place.
    expectClose(weight, [3 - 0.1 * (1 + 0.5 * 3.5), 4 - 0.1 * 0.5 * 4, 0, 0], 1e-6);
    const warm = withUpdateRule(linear, awp(0.1, 2));
    (await trainStep(model, warm, batch, sgd({learningRate: 0}), {epoch: 1})).dispose();
    tf.dispose([weight, {...batch}]);
  });
});

describe('a method with memory', () => {
  // REAT's, in short: counts what is predicted in an epoch and weighs classes by it in the next.
  interface Counts {
    readonly [key: string]: number | Float32Array;
    readonly epoch: number;
    readonly now: Float32Array;
    readonly before: Float32Array;
  }
  const counting: TrainingMethod<Vectors, Counts> = {
    async objective(step) {
      const {labels} = step.batch;
      const adversarial = await attackBatch(step, quickAttack);
      const weights = step.own(tf.tensor1d(step.memory.before));
      return {
        adversarial,
        loss: (student) => {
          const {logits} = student(adversarial);
          const factor = tf.sum<tf.Tensor1D>(tf.mul(tf.oneHot(labels, 3), weights), 1);
          return tf.mean<tf.Scalar>(tf.mul(factor, crossEntropy(logits, labels)));
        },
        look: (student) =>
          tf.sum(tf.oneHot(tf.argMax<tf.Tensor1D>(student(adversarial).logits, 1), 3), 0),
      };
    },
    memory: {
      initial: {epoch: 1, now: new Float32Array(3), before: Float32Array.of(1, 1, 1)},
      next(memory, seen, {epoch}) {
        const isNew = epoch > memory.epoch;
        const now = Float32Array.from(seen, (n, c) => n + (isNew ? 0 : (memory.now[c] as number)));
        const before = isNew ? memory.now.map((n) => 12 / (n + 1)) : memory.before;
        return {epoch, now, before};
      },
    },
  };

  it('survives a kill and a resume bit for bit, with typed arrays', async () => {
    const run = async (options: object = {}) => {
      const net = denseNet();
      try {
        const settings = {epochs: 4, batchSize: 4, rng: createRng(5), ...options};
        const result = await trainWith(net, counting, dataset, settings);
        return [result, await bitsOf(net)];
      } finally {
        net.dispose();
      }
    };
    await expectNoLeak(run);
    const whole = await run();
    const checkpoints = memoryCheckpoints();
    const onEpoch = ({epoch}: {epoch: number}) => {
      if (epoch === 2) throw new Error('power cut');
    };
    await expect(run({checkpoints, onEpoch})).rejects.toThrow('power cut');
    const saved = (await checkpoints.load('train')) as unknown as {
      state: {state: {memory: Counts}};
    };
    const {memory} = saved.state.state;
    expect(memory.epoch).toBe(2);
    expect(Array.from(memory.now).reduce((a, b) => a + b)).toBe(12);
    expect(await run({checkpoints})).toEqual(whole);
    // It matters: without the memory the numbers are others.
    const forgetful = {...counting, memory: {...counting.memory, next: (m: Counts) => m}} as never;
    const net = denseNet();
    await trainWith(net, forgetful, dataset, {epochs: 4, batchSize: 4, rng: createRng(5)});
    expect(await bitsOf(net)).not.toEqual(whole[1]);
    net.dispose();
  });
});

describe('a loss on features', () => {
  const onFeatures: TrainingMethod<Vectors> = {
    objective: ({batch: {x}}) => ({
      adversarial: x,
      loss: (student) => tf.mean(tf.square(student(x).features)),
    }),
  };

  it('descends through the layers before the last one, and leaves that', async () => {
    const net = denseNet();
    const [firstKernel, , , , lastKernel] = (await bitsOf(net)) as number[][];
    const batch = batchOf();
    const optimizer = sgd({learningRate: 0.5});
    const losses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const loss = await trainStep(net, onFeatures, batch, optimizer);
      losses.push(...numbers(loss));
      loss.dispose();
    }
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    const after = (await bitsOf(net)) as number[][];
    expect(after[0]).not.toEqual(firstKernel);
    expect(after[4]).toEqual(lastKernel);
    tf.dispose({...batch});
    net.dispose();
    optimizer.dispose();
  });

  it('is refused by name where the model gives logits only', async () => {
    const weight = tf.variable(tf.ones<tf.Rank.R2>([3, 3]));
    const classify = (x: Vectors) => tf.matMul<Vectors>(x, weight);
    const model = {inference: classify, training: classify, variables: [weight], statistics: []};
    const batch = batchOf();
    await expectNoLeak(() =>
      expect(trainStep(model, onFeatures, batch, sgd({learningRate: 1}))).rejects.toThrow(
        /"model" must give features from its training pass/,
      ),
    );
    tf.dispose([weight, {...batch}]);
  });
});

describe('free adversarial training', () => {
  // One backward pass for weights and input, m steps with one batch, a δ that outlives it.
  const epsilon = 0.1;
  const free = (replays: number, size: number): TrainingMethod<Vectors, Float32Array> => ({
    objective({batch: {x, labels}, memory, own}) {
      const delta = own(tf.tidy(() => tf.variable(tf.tensor2d(memory, [size, 3]))));
      const perturbed = () => tf.clipByValue(tf.add(x, delta), 0, 1) as Vectors;
      return {
        adversarial: own(tf.tidy(perturbed)),
        loss: (student) => tf.mean(crossEntropy(student(perturbed()).logits, labels)),
        update: ({loss, variables, apply}) => {
          let value: tf.Scalar | undefined;
          for (let replay = 0; replay < replays; replay++) {
            const step = tf.variableGrads(loss, [...variables, delta]);
            value ??= step.value;
            apply(step.grads);
            const moved = tf.add(
              delta,
              tf.mul(epsilon, tf.sign(step.grads[delta.name] as Vectors)),
            );
            delta.assign(tf.clipByValue(moved, -epsilon, epsilon) as Vectors);
          }
          return value as tf.Scalar;
        },
        look: () => tf.clone(delta),
      };
    },
    memory: {
      initial: new Float32Array(3 * size),
      next: (_, seen) => Float32Array.from(seen),
    },
  });

  it('takes several optimizer steps with a batch and keeps δ across batches', async () => {
    const net = denseNet();
    const model = counted(net);
    const method = free(3, 5);
    const optimizer = sgd({learningRate: 0.04});
    const memory: MemoryCell = {current: new Float32Array(15)};
    const batch = batchOf();
    await expectNoLeak(async () => {
      (await trainStep(model, method, batch, optimizer, {memory})).dispose();
    });
    expect(model.passes).toBe(3);
    expect(optimizer.iterations).toBe(3);
    const delta = Array.from(memory.current as Float32Array);
    expect(delta.every((v) => Math.abs(v) <= Math.fround(epsilon))).toBe(true);
    expect(delta.filter((v) => v !== 0).length).toBeGreaterThan(10);
    // The first δ is a full ε of the sign of the input gradient: the FGSM step.
    const fresh = denseNet();
    const first: MemoryCell = {current: new Float32Array(15)};
    const one = sgd({learningRate: 0});
    (await trainStep(fresh, free(1, 5), batch, one, {memory: first})).dispose();
    const gradient = tf.tidy(() => {
      const parts = asTrainableClassifier<Vectors>(denseNet());
      const training = parts.training as (x: Vectors) => {logits: Vectors};
      const loss = (x: tf.Tensor) =>
        tf.mean(crossEntropy(training(x as Vectors).logits, batch.labels));
      return numbers(tf.sign(tf.grad(loss)(batch.x)));
    });
    expectClose(
      first.current as Float32Array,
      gradient.map((sign) => epsilon * sign),
      1e-6,
    );
    tf.dispose({...batch});
    net.dispose();
    fresh.dispose();
  });
});

describe('an attack of training', () => {
  it('takes a loss that differentiates the teacher at the moving input (AdaAD)', async () => {
    const teacherNet = denseNet({seed: 9});
    const teacher = asClassifier<Vectors>(teacherNet);
    const net = denseNet();
    const batch = batchOf();
    const divergenceAt = (x: Vectors) =>
      tf.tidy(
        () =>
          numbers(tf.mean(klDivergence(teacher(x), asClassifier<Vectors>(net)(x))))[0] as number,
      );
    const attack: Attack<Vectors> = (model, x, labels, context) =>
      pgdAttack(model, x, labels, {...context, epsilon: 0.2, steps: 10});
    let reached: number[] = [];
    const adaAd: TrainingMethod<Vectors> = {
      async objective(step) {
        const still = step.own(teacher(step.batch.x));
        const both = await attackBatch(step, attack, {
          loss: {atInput: (x: Vectors) => (z) => klDivergence(teacher(x), z)},
        });
        const one = await attackBatch(step, attack, {loss: (z) => klDivergence(still, z)});
        reached = [step.batch.x, one, both].map(divergenceAt);
        const target = step.own(teacher(both));
        return {
          adversarial: both,
          loss: (student) => tf.mean(klDivergence(target, student(both).logits)),
        };
      },
    };
    await expectNoLeak(async () => {
      (await trainStep(net, adaAd, batch, sgd({learningRate: 0.1}))).dispose();
    });
    const [clean, one, both] = reached as [number, number, number];
    expect(both).toBeGreaterThan(clean);
    expect(both).toBeGreaterThan(one); // through both networks it climbs higher
    tf.dispose({...batch});
    net.dispose();
    teacherNet.dispose();
  });

  it('gives a budget to each class that warms up with the epochs (RobustLT)', async () => {
    const budgets = [0.05, 0.1, 0.2];
    const attack: Attack<Vectors> = async (model, x, labels, context) => {
      const {epoch = 1, epochs = 1} = context?.position ?? {};
      const share = Math.min((epoch - 1) / (0.5 * epochs), 1);
      const epsilon = Array.from(
        await labels.data(),
        (label) => share * (budgets[label] as number),
      );
      return pgdAttack(model, x, labels, {...context, epsilon});
    };
    const net = denseNet();
    const batch = batchOf();
    const radii = async (epoch: number) => {
      let radius: number[] = [];
      const method: TrainingMethod<Vectors> = {
        async objective(step) {
          const inner = await pgdTraining({attack}).objective(step);
          radius = tf.tidy(() =>
            numbers(tf.max(tf.abs(tf.sub(inner.adversarial, step.batch.x)), 1)),
          );
          return inner;
        },
      };
      (await trainStep(net, method, batch, sgd({learningRate: 0}), {epoch, epochs: 4})).dispose();
      return radius;
    };
    expectClose(await radii(1), [0, 0, 0, 0, 0]);
    expectClose(await radii(2), [0.025, 0.025, 0.05, 0.05, 0.1], 1e-6);
    expectClose(await radii(4), [0.05, 0.05, 0.1, 0.1, 0.2], 1e-6);
    tf.dispose({...batch});
    net.dispose();
  });
});
