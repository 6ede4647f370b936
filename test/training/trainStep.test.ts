import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {asTrainableClassifier, type TrainableClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import type {UpdateRule} from '../../src/core/updateRule';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {sgd} from '../../src/optimizers/sgd';
import type {TrainingMethod, TrainingStep} from '../../src/core/trainingMethod';
import {withUpdateRule} from '../../src/methods/withUpdateRule';
import {trainStep, type MemoryCell} from '../../src/training/trainStep';
import {bitsOf, cornerDataset, denseNet, quickAttack} from '../support/trainings';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;

// z = x W as a hand-made model: no tf.layers.
function handMade(): TrainableClassifier<Vectors> & {weight: tf.Variable} {
  const weight = tf.variable(tf.zeros([2, 2]));
  const classify = (x: Vectors) => tf.matMul<tf.Tensor2D>(x, weight);
  return {weight, inference: classify, training: classify, variables: [weight], statistics: []};
}

const batchOf = () => cornerDataset([4, 2, 2]).batch([0, 1, 4, 6, 7]);

describe('trainStep', () => {
  it('takes token numbers, as train does: the loss of the same model on what they embed to', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.embedding({inputDim: 4, outputDim: 2, inputLength: 2}),
        tfl.layers.flatten(),
        tfl.layers.dense({units: 2, useBias: false}),
      ],
    });
    const [table, kernel] = [
      [
        [0, 0],
        [1, 2],
        [-1, 0],
        [3, 1],
      ],
      [
        [1, 0],
        [0, 1],
        [2, 0],
        [0, -1],
      ],
    ];
    tf.tidy(() => model.setWeights([tf.tensor2d(table), tf.tensor2d(kernel)]));
    const x = tf.tensor2d([[1, 3]], [1, 2], 'int32');
    const labels = int([1]);
    const optimizer = sgd({learningRate: 0.1});
    const loss = await trainStep<tf.Tensor2D>(model, naturalTraining(), {x, labels}, optimizer);
    // [1, 2, 3, 1] times the kernel: the logits 7 and 1.
    expectClose(loss, [Math.log(1 + Math.exp(6))]);
    const attacked = trainStep<tf.Tensor2D>(model, pgdTraining(), {x, labels}, optimizer, {
      rng: createRng(1),
    });
    await expect(attacked).rejects.toThrow(/Token numbers have neither a gradient nor neighbours/);
    tf.dispose([x, labels, loss]);
    optimizer.dispose();
    model.dispose();
  });

  it("descends the mean loss once, on the user's own model", async () => {
    const model = handMade();
    const batch = {x: tf.tensor2d([[1, 0]]), labels: int([0])};
    const optimizer = sgd({learningRate: 1});
    const loss = await trainStep(model, naturalTraining<Vectors>(), batch, optimizer);
    expectClose(loss, [Math.log(2)]);
    // dL/dW = xᵀ (softmax − one-hot)
    expectClose(model.weight, [0.5, -0.5, 0, 0]);
    expect(numbers(batch.x)).toEqual([1, 0]);
    tf.dispose([loss, batch.x, batch.labels, model.weight]);
  });

  it('leaks nothing beyond the optimizer, and moves the statistics once', async () => {
    const model = denseNet();
    const batch = batchOf();
    const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
    const method = pgdTraining({attack: quickAttack});
    const options = {rng: createRng(1)};
    (await trainStep(model, method, batch, optimizer, options)).dispose();
    for (let i = 0; i < 3; i++) {
      await expectNoLeak(async () => {
        (await trainStep(model, method, batch, optimizer, options)).dispose();
      });
    }
    tf.dispose({...batch});
    model.dispose();
    optimizer.dispose();
  });

  it('tells the method where it stands, by default at the first step without chance', async () => {
    const seen: TrainingStep<Vectors>[] = [];
    const batches: number[][] = [];
    const method: TrainingMethod<Vectors> = {
      objective: (step) => {
        const {x, labels} = step.batch;
        seen.push(step);
        batches.push([...numbers(x), ...numbers(labels)]);
        const extra = step.own(tf.scalar(2));
        return {
          adversarial: x,
          loss: (student) => tf.mul(tf.mean(student(x).logits), extra),
        };
      },
    };
    const model = handMade();
    const batch = {x: tf.tensor2d([[1, 0]]), labels: int([0])};
    const optimizer = sgd({learningRate: 1});
    const rng = createRng(2);
    await expectNoLeak(async () => {
      (await trainStep(model, method, batch, optimizer)).dispose();
      const context = {epoch: 2, epochs: 3, step: 5, rng};
      (await trainStep(model, method, batch, optimizer, context)).dispose();
    });
    expect(seen[0]).toMatchObject({epoch: 1, epochs: 1, step: 1, rng: undefined, memory: null});
    expect(seen[1]).toMatchObject({epoch: 2, epochs: 3, step: 5, rng});
    expect(batches).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ]);
    tf.dispose([batch.x, batch.labels, model.weight]);
  });

  it('is as it was when preparing throws', async () => {
    const model = denseNet();
    const before = await bitsOf(model);
    const batch = batchOf();
    const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
    const failing = pgdTraining<Vectors>({
      attack: () => Promise.reject(new Error('no attack')),
    });
    await expectNoLeak(() =>
      expect(trainStep(model, failing, batch, optimizer)).rejects.toThrow('no attack'),
    );
    expect(await bitsOf(model)).toEqual(before);
    expect(optimizer.iterations).toBe(0);
    tf.dispose({...batch});
    model.dispose();
  });

  it('is as it was, statistics too, when the loss throws after a training pass', async () => {
    const model = denseNet();
    const before = await bitsOf(model);
    const batch = batchOf();
    const optimizer = sgd({learningRate: 0.1, momentum: 0.9});
    const failing: TrainingMethod<Vectors> = {
      objective: ({own, batch: {x}}) => ({
        adversarial: own(tf.clone(x)),
        loss: (net) => {
          net(x);
          throw new Error('no loss');
        },
      }),
    };
    await expectNoLeak(() =>
      expect(trainStep(model, failing, batch, optimizer)).rejects.toThrow('no loss'),
    );
    expect(await bitsOf(model)).toEqual(before);
    tf.dispose({...batch});
    model.dispose();
  });

  it('hands loss, variables and the optimizer to the update rule', async () => {
    const model = handMade();
    const batch = {x: tf.tensor2d([[1, 0]]), labels: int([0])};
    const optimizer = sgd({learningRate: 1});
    const doubled: UpdateRule = ({loss, variables, apply}) => {
      const {value, grads} = tf.variableGrads(loss, [...variables]);
      const entries = Object.entries(grads).map(([name, g]) => [name, tf.mul(g, 2)] as const);
      apply(Object.fromEntries(entries));
      return value;
    };
    const method = withUpdateRule(naturalTraining<Vectors>(), () => doubled);
    await expectNoLeak(async () => {
      (await trainStep(model, method, batch, optimizer)).dispose();
    });
    expectClose(model.weight, [1, -1, 0, 0]);
    tf.dispose([batch.x, batch.labels, model.weight]);
  });

  it('restores weights and statistics when the update rule throws after it moved them', async () => {
    const model = denseNet();
    const before = await bitsOf(model);
    const batch = batchOf();
    const optimizer = sgd({learningRate: 0.1});
    const failing = withUpdateRule(naturalTraining<Vectors>(), () => ({loss, variables}) => {
      loss();
      for (const variable of variables) variable.assign(tf.mul(variable, 2));
      throw new Error('no update');
    });
    await expectNoLeak(() =>
      expect(trainStep(model, failing, batch, optimizer)).rejects.toThrow('no update'),
    );
    expect(await bitsOf(model)).toEqual(before);
    tf.dispose({...batch});
    model.dispose();
  });

  it('makes one pass per input and evaluation, and another for a clone', async () => {
    const net = denseNet();
    const parts = asTrainableClassifier<Vectors>(net);
    let passes = 0;
    const counted: TrainableClassifier<Vectors> = {
      ...parts,
      training: (x) => {
        passes++;
        return parts.training(x);
      },
    };
    const batch = batchOf();
    const optimizer = sgd({learningRate: 0.1});
    const method: TrainingMethod<Vectors> = {
      objective: ({batch: {x}}) => ({
        adversarial: x,
        loss: (student) => {
          const {logits, features} = student(x);
          expect(student(x)).toEqual({logits, features});
          return tf.add(tf.mean(logits), tf.mean(student(tf.clone(x)).logits));
        },
      }),
    };
    await expectNoLeak(async () => {
      (await trainStep(counted, method, batch, optimizer)).dispose();
    });
    expect(passes).toBe(2);
    tf.dispose({...batch});
    net.dispose();
  });

  it("adds the model's regularisers, as model.fit does, unless told not to", async () => {
    // By hand: cross-entropy ln 2; the term 0.5 · 4 · 1² = 2, its gradient 2 · 0.5 · 1 in each weight.
    const batch = {x: tf.tensor2d([[1, 0], [0, 1]]), labels: int([0, 1])}; // prettier-ignore
    const stepped = async (options: object) => {
      const net = tfl.sequential({
        layers: [
          tfl.layers.dense({
            ...{inputShape: [2], units: 2, useBias: false, kernelInitializer: 'ones'},
            kernelRegularizer: tfl.regularizers.l2({l2: 0.5}),
          }),
        ],
      });
      const optimizer = sgd({learningRate: 0.1});
      const loss = await trainStep(net, naturalTraining<Vectors>(), batch, optimizer, options);
      const result = {loss: numbers(loss), kernel: net.getWeights().flatMap(numbers)};
      loss.dispose();
      net.dispose();
      return result;
    };
    const plain = [1.025, 0.975, 0.975, 1.025];
    await expectNoLeak(async () => {
      const added = await stepped({});
      expectClose(added.loss, [Math.log(2) + 2]);
      expectClose(
        added.kernel,
        plain.map((w) => w - 0.1),
        1e-6,
      );
      const without = await stepped({regularizers: false});
      expectClose(without.loss, [Math.log(2)]);
      expectClose(without.kernel, plain, 1e-6);
    });
    tf.dispose({...batch});
  });

  it("keeps a method's memory in the cell, from what the objective saw", async () => {
    const model = denseNet();
    const batch = batchOf();
    const optimizer = sgd({learningRate: 0.1});
    const method: TrainingMethod<Vectors, number> = {
      objective: ({batch: {x}}) => ({
        adversarial: x,
        loss: (student) => tf.mean(student(x).logits),
        look: (student) => tf.tensor1d([student(x).logits.shape[0], 0.5]),
      }),
      memory: {initial: 10, next: (memory, seen, {step}) => memory + (seen[0] as number) + step},
    };
    const memory: MemoryCell = {current: 10};
    await expectNoLeak(async () => {
      for (const step of [1, 2]) {
        (await trainStep(model, method, batch, optimizer, {memory, step})).dispose();
      }
    });
    expect(memory.current).toBe(10 + 2 * 5 + 3);
    await expect(trainStep(model, method, batch, optimizer)).rejects.toThrow(
      /trainStep: "memory" must be given, for the method remembers something/,
    );
    tf.dispose({...batch});
    model.dispose();
  });

  it("works with tfjs's own optimizers, which match their state by position", async () => {
    const batch = batchOf();
    for (const optimizer of [tf.train.momentum(0.1, 0.9), tf.train.adam(0.01)]) {
      const model = denseNet();
      const losses = [];
      for (let step = 1; step <= 8; step++) {
        const loss = await trainStep(model, naturalTraining<Vectors>(), batch, optimizer);
        losses.push(numbers(loss)[0]);
        loss.dispose();
      }
      expect(losses.at(-1)).toBeLessThan(losses[0] as number);
      model.dispose();
      optimizer.dispose();
    }
    tf.dispose({...batch});
  });

  it('refuses probabilities at the first batch of a model', async () => {
    const weight = tf.variable(tf.ones<tf.Rank.R2>([3, 3]));
    const softmax = (x: Vectors) => tf.softmax(tf.matMul<Vectors>(x, weight));
    const model = {inference: softmax, training: softmax, variables: [weight], statistics: []};
    const batch = batchOf();
    await expectNoLeak(() =>
      expect(
        trainStep(model, naturalTraining<Vectors>(), batch, sgd({learningRate: 1})),
      ).rejects.toThrow(/trainStep: "model" must give logits, found probabilities/),
    );
    expectClose(weight, new Array<number>(9).fill(1));
    tf.dispose([weight, {...batch}]);
  });

  it('tells the model which examples it sees, at the look at its first logits too', async () => {
    const {weight, ...bound} = handMade();
    const refuse = () => {
      throw new Error('which examples?');
    };
    const told: number[][] = [];
    const model: TrainableClassifier<Vectors> = {
      ...{...bound, inference: refuse, training: refuse},
      forExamples: (ids) => {
        told.push(Array.from(ids));
        return bound;
      },
    };
    const batch = {x: tf.tensor2d([[1, 0]]), labels: int([0]), exampleIds: Int32Array.of(7)};
    const optimizer = sgd({learningRate: 1});
    (await trainStep(model, naturalTraining<Vectors>(), batch, optimizer)).dispose();
    expect(told).toEqual([[7], [7]]);
    tf.dispose([batch.x, batch.labels, weight]);
    optimizer.dispose();
  });

  it('keeps its batch, which forEachAsync of tf.data disposes meanwhile', async () => {
    const stepWith = async (disposes: boolean) => {
      const model = denseNet();
      const optimizer = sgd({learningRate: 1});
      const batch = batchOf();
      const step = trainStep(model, naturalTraining<Vectors>(), batch, optimizer);
      if (disposes) tf.dispose({...batch});
      const loss = await step;
      const bits = await bitsOf(model);
      tf.dispose([loss, ...(disposes ? [] : [batch.x, batch.labels])]);
      model.dispose();
      optimizer.dispose();
      return bits;
    };
    await expectNoLeak(async () => {
      expect(await stepWith(true)).toEqual(await stepWith(false));
    });
  });

  it('refuses what has no variables, and unknown options', async () => {
    const batch = batchOf();
    const optimizer = sgd({learningRate: 1});
    const bare = ((x: Vectors) => x) as unknown as TrainableClassifier<Vectors>;
    await expect(trainStep(bare, naturalTraining<Vectors>(), batch, optimizer)).rejects.toThrow(
      /trainStep: "model" must be a tf.LayersModel, or an object/,
    );
    const model = denseNet();
    const options = {epcoh: 1} as object;
    await expect(
      trainStep(model, naturalTraining<Vectors>(), batch, optimizer, options),
    ).rejects.toThrow(/trainStep: "epcoh" must be one of its options/);
    tf.dispose({...batch});
    model.dispose();
  });
});
