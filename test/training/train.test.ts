import * as tf from '@tensorflow/tfjs-core';
import * as tfData from '@tensorflow/tfjs-data';
import {layers, regularizers, sequential} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {memoryCheckpoints} from '../../src/core/checkpoint';
import type {DatasetSource} from '../../src/core/asDataset';
import {isNonFiniteLossError, type NonFiniteLossError} from '../../src/core/errors';
import type {Progress} from '../../src/core/progress';
import {asTrainableClassifier, type Classifier} from '../../src/core/classifier';
import {passTensors} from '../../src/core/pass';
import {createRng} from '../../src/core/rng';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {cosine, type SchedulePosition} from '../../src/optimizers/schedules';
import {sgd} from '../../src/optimizers/sgd';
import {train} from '../../src/training/train';
import {restoreModelState} from '../../src/training/trainerState';
import type {TrainingMethod, TrainingStep} from '../../src/core/trainingMethod';
import {bitsOf, cornerDataset, denseNet, quickAttack, trainWith} from '../support/trainings';
import {expectClose, expectNoLeak, numbers} from '../support/tensors';

type Vectors = tf.Tensor2D;
type Options = Parameters<typeof trainWith>[3];

const dataset = cornerDataset([9, 5, 3]); // 17 examples
const method = pgdTraining({attack: quickAttack});
const jitter = (x: Vectors, rng: {uniform(): number}) =>
  tf.add<Vectors>(x, 0.1 * (rng.uniform() - 0.5));

// One training of a fresh model, with everything that a resume must restore.
async function run(options: Partial<Options> = {}) {
  const model = denseNet();
  const optimizer = () => sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4});
  let score = 0;
  try {
    const result = await trainWith(model, method, dataset, {
      ...{epochs: 4, batchSize: 5, rng: createRng(11), optimizer},
      ...{schedule: cosine(), augment: jitter, selectBy: 'score'},
      evaluate: (net, {epoch}) =>
        tf.tidy(() => {
          score = numbers(tf.mean(tf.square(net(tf.ones([1, 3])))))[0] as number;
          return {score: epoch === 2 ? 100 : score};
        }),
      ...options,
    });
    return {result, bits: await bitsOf(model)};
  } finally {
    model.dispose();
  }
}

describe('train', () => {
  it('learns, records every epoch and leaves the model in the last state', async () => {
    const model = denseNet();
    const {history, last, best} = await trainWith(model, naturalTraining<Vectors>(), dataset, {
      ...{epochs: 30, batchSize: 5, rng: createRng(1)},
    });
    expect(history.map(({epoch}) => epoch)).toEqual(Array.from({length: 30}, (_, i) => i + 1));
    expect(history.at(-1)?.loss).toBeLessThan(0.4);
    expect(history[0]?.loss).toBeGreaterThan(0.6);
    expect(history[0]).toEqual({...history[0], learningRate: 0.1, metrics: {}});
    expect(best).toEqual(last);
    expect(last.epoch).toBe(30);
    expect([...last.state.variables, ...last.state.statistics].map((t) => [...t.values])).toEqual(
      await bitsOf(model),
    );
    model.dispose();
  });

  it('is the same for the same seed, and not for another', async () => {
    const first = await run();
    expect(await run()).toEqual(first);
    expect((await run({rng: createRng(12)})).bits).not.toEqual(first.bits);
  });

  it('leaks nothing', async () => {
    await expectNoLeak(run);
    await expectNoLeak(() => run({augment: (x) => x}));
  });

  it.each([1, 2, 3, 4])('goes on after epoch %i as if never stopped, bit for bit', async (stop) => {
    const whole = await run();
    const checkpoints = memoryCheckpoints();
    const epochs: number[] = [];
    const onEpoch = ({epoch}: {epoch: number}) => {
      epochs.push(epoch);
      if (epoch === stop) throw new Error('power cut');
    };
    await expectNoLeak(() => expect(run({checkpoints, onEpoch})).rejects.toThrow('power cut'));
    const resumed = await run({checkpoints, onEpoch: ({epoch}) => void epochs.push(epoch)});
    expect(resumed).toEqual(whole);
    expect(epochs).toEqual([1, 2, 3, 4]);
  });

  it('goes on from the last complete epoch when cut in the middle of one', async () => {
    const whole = await run();
    const checkpoints = memoryCheckpoints();
    const controller = new AbortController();
    const onProgress = ({done}: Progress) => {
      if (done === 10) controller.abort(new Error('enough'));
    };
    await expect(run({checkpoints, onProgress, signal: controller.signal})).rejects.toThrow(
      'enough',
    );
    expect(await run({checkpoints})).toEqual(whole);
  });

  it('refuses a checkpoint of another training', async () => {
    const checkpoints = memoryCheckpoints();
    await run({checkpoints, epochs: 1});
    const refused =
      /train: the checkpoint under "train" is of another run: batchSize was 5 and is 6/;
    await expect(run({checkpoints, epochs: 1, batchSize: 6})).rejects.toThrow(refused);
    await run({checkpoints, epochs: 1, batchSize: 6, checkpointKey: 'other'});
  });

  it('refuses labels that are no class, an epoch without a batch, and Adamax', async () => {
    const model = denseNet();
    const options = {epochs: 1, batchSize: 5, rng: createRng(1)};
    const labels = dataset.labels.map((label, i) => (i === 4 ? 3 : label));
    await expectNoLeak(async () => {
      await expect(trainWith(model, method, {...dataset, labels}, options)).rejects.toThrow(
        /train: "labels" must be integers in \[0, 3\), found 3 at position 4/,
      );
      await expect(
        trainWith(model, method, dataset, {...options, batches: () => []}),
      ).rejects.toThrow(/train: "batches" must give a batch in every epoch, found none in epoch 1/);
    });
    const optimizer = () => tf.train.adamax(0.1);
    await expect(trainWith(model, method, dataset, {...options, optimizer})).rejects.toThrow(
      /train: "optimizer" must have getWeights, found Adamax/,
    );
    model.dispose();
  });

  it('leaks nothing when it is aborted amid an epoch', async () => {
    const model = denseNet();
    await expectNoLeak(async () => {
      const controller = new AbortController();
      const onProgress = ({done}: Progress) => {
        if (done === 3) controller.abort(new Error('stop'));
      };
      const options = {epochs: 2, batchSize: 5, rng: createRng(1), signal: controller.signal};
      await expect(trainWith(model, method, dataset, {...options, onProgress})).rejects.toThrow(
        'stop',
      );
    });
    model.dispose();
  });

  it('when aborted leaves the model at the last complete step', async () => {
    const steps = async (count: number) => {
      const model = denseNet();
      const controller = new AbortController();
      const onProgress = ({done}: Progress) => {
        if (done === count) controller.abort(new Error('stop'));
      };
      const options = {epochs: 1, batchSize: 5, rng: createRng(1), signal: controller.signal};
      const training = trainWith(model, method, dataset, {...options, onProgress});
      await expect(training).rejects.toThrow('stop');
      const bits = await bitsOf(model);
      model.dispose();
      return bits;
    };
    const bare = async (count: number) => {
      const model = denseNet();
      const options = {epochs: 1, batchSize: 5, rng: createRng(1)};
      const onProgress = ({done}: Progress) => {
        if (done === count) throw new Error('stop');
      };
      await expect(trainWith(model, method, dataset, {...options, onProgress})).rejects.toThrow(
        'stop',
      );
      const bits = await bitsOf(model);
      model.dispose();
      return bits;
    };
    expect(await steps(2)).toEqual(await bare(2));
    expect(await steps(3)).not.toEqual(await bare(2));
  });

  it('does nothing when aborted before it starts', async () => {
    const model = denseNet();
    const before = await bitsOf(model);
    const signal = AbortSignal.abort(new Error('never'));
    const options = {epochs: 1, rng: createRng(1), signal};
    await expectNoLeak(() =>
      expect(trainWith(model, method, dataset, options)).rejects.toThrow('never'),
    );
    expect(await bitsOf(model)).toEqual(before);
    model.dispose();
  });

  it('lets a timer abort it: the event loop breathes', async () => {
    const model = denseNet();
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('click')), 20);
    const options = {epochs: 100_000, rng: createRng(1), signal: controller.signal};
    await expect(trainWith(model, naturalTraining<Vectors>(), dataset, options)).rejects.toThrow(
      'click',
    );
    model.dispose();
  });

  it('stops at a loss that is not finite, with the last finite epoch in the model', async () => {
    const model = denseNet();
    const made = sgd({learningRate: 0.25, momentum: 0.9});
    const optimizer = () => made;
    const exploding: TrainingMethod<Vectors> = {
      objective: ({step, batch: {x}}) => ({
        adversarial: x,
        loss: (net) => tf.mul(tf.mean(tf.square(net(x).logits)), step === 6 ? NaN : 1),
      }),
    };
    const kept: number[][][] = [];
    const onEpoch = async () => void kept.push(await bitsOf(model));
    const options = {epochs: 3, batchSize: 5, rng: createRng(1), optimizer, onEpoch};
    let error: unknown;
    const before = tf.memory().numTensors;
    await trainWith(model, exploding, dataset, options).catch(
      (reason: unknown) => (error = reason),
    );
    expect(tf.memory().numTensors).toBe(before); // the optimizer's momentum is gone, too
    expect(isNonFiniteLossError(error)).toBe(true);
    const {epoch, step, loss, learningRate} = error as NonFiniteLossError;
    expect({epoch, step, loss, learningRate}).toEqual({
      ...{epoch: 2, step: 6, loss: NaN, learningRate: 0.25},
    });
    expect(kept.length).toBe(1);
    expect(await bitsOf(model)).toEqual(kept[0]);
    expect(made.iterations).toBe(4);
    model.dispose();
  });

  it('stops at weights that are not finite, with the start in the model if there is no more', async () => {
    const model = denseNet();
    const before = await bitsOf(model);
    const options = {epochs: 1, batchSize: 17, rng: createRng(1)};
    const optimizer = () => sgd({learningRate: 1e39});
    const message = /a weight became non-finite in epoch 1, step 1, at learning rate 1e\+39/;
    await expect(
      trainWith(model, naturalTraining<Vectors>(), dataset, {...options, optimizer}),
    ).rejects.toThrow(message);
    expect(await bitsOf(model)).toEqual(before);
    model.dispose();
  });

  it('keeps the best epoch, the earliest of equals, and its own metrics', async () => {
    const model = denseNet();
    const scores = [0.1, 0.5, NaN, 0.5, 0.2];
    const states: number[][][] = [];
    const {best, last, history} = await trainWith(model, naturalTraining<Vectors>(), dataset, {
      ...{epochs: 6, batchSize: 17, rng: createRng(1), selectBy: 'score'},
      evaluate: async (_net, {epoch, epochs}) => {
        states.push(await bitsOf(model));
        expect(epochs).toBe(6);
        return epoch === 6 ? undefined : {score: scores[epoch - 1] as number, other: epoch};
      },
    });
    expect(best).toEqual({...best, epoch: 2, metrics: {score: 0.5, other: 2}});
    expect(last).toEqual({...last, epoch: 6, metrics: {}});
    expect(history.map(({metrics}) => metrics['score'])).toEqual([...scores, undefined]);
    restoreModelState<Vectors>(model, best.state);
    expect(await bitsOf(model)).toEqual(states[1]);
    model.dispose();
  });

  it('evaluates in inference mode, with randomness of its own', async () => {
    const model = denseNet();
    const draws: number[] = [];
    const statistics: unknown[] = [];
    await trainWith(model, naturalTraining<Vectors>(), dataset, {
      ...{epochs: 2, batchSize: 17, rng: createRng(1)},
      evaluate: async (net, {rng, signal}) => {
        expect(signal).toBeUndefined();
        draws.push(rng.uniform());
        const before = await bitsOf(model);
        tf.tidy(() => void net(tf.ones([2, 3])));
        statistics.push(before);
        expect(await bitsOf(model)).toEqual(before);
        return {};
      },
    });
    const evaluate = createRng(1).fork('evaluate');
    expect(draws).toEqual([evaluate.fork(1).uniform(), evaluate.fork(2).uniform()]);
    model.dispose();
  });

  it('asks the schedule before each step and reports each step', async () => {
    const model = denseNet({batchNorm: false});
    const positions: SchedulePosition[] = [];
    const progress: Progress[] = [];
    const {history} = await trainWith(model, naturalTraining<Vectors>(), dataset, {
      ...{epochs: 2, batchSize: 6, rng: createRng(1), phase: 'warm'},
      schedule: (position) => {
        positions.push(position);
        return 0.01 * position.step;
      },
      onProgress: async (report) => {
        await Promise.resolve();
        progress.push(report);
      },
    });
    expect(positions.length).toBe(6);
    expect(positions[4]).toEqual({epoch: 2, epochs: 2, step: 5, stepsPerEpoch: 3});
    expect(progress.length).toBe(6);
    expect(progress[4]).toMatchObject({phase: 'warm', done: 5, total: 6, unit: 'step'});
    expect(progress[4]?.metrics).toMatchObject({epoch: 2, learningRate: 0.05});
    expect(history.map(({learningRate}) => learningRate)).toEqual([0.03, 0.06]);
    // The epoch's loss weighs batches of 6, 6 and 5 by their size.
    const losses = progress.slice(3).map(({metrics}) => metrics['loss'] as number);
    const mean = losses.reduce((sum, loss, i) => sum + loss * ([6, 6, 5][i] as number), 0) / 17;
    expectClose([history[1]?.loss as number], [mean], 1e-12);
    model.dispose();
  });

  // Sizes of the batches of one epoch.
  async function sizes(options: Partial<Options>, batchNorm = true) {
    const model = denseNet({batchNorm});
    const seen: number[] = [];
    const spy: TrainingMethod<Vectors> = {
      objective: ({batch: {x, labels}}) => {
        seen.push(labels.shape[0]);
        return {adversarial: x, loss: (net) => tf.mean(net(x).logits)};
      },
    };
    await trainWith(model, spy, dataset, {epochs: 1, rng: createRng(1), ...options});
    model.dispose();
    return seen;
  }

  it('keeps a smaller last batch unless told otherwise', async () => {
    expect(await sizes({batchSize: 6})).toEqual([6, 6, 5]);
    expect(await sizes({batchSize: 6, dropLast: true})).toEqual([6, 6]);
    expect(await sizes({})).toEqual([17]);
  });

  it('leaves out a last batch of one example, which batch norm cannot normalise', async () => {
    expect(await sizes({batchSize: 8})).toEqual([8, 8]);
    expect(await sizes({batchSize: 8}, false)).toEqual([8, 8, 1]);
    expect((await sizes({batchSize: 1})).length).toBe(17);
    // Frozen kernels and frozen batch norms are no statistics.
    const frozen = denseNet();
    (frozen.layers[1] as {trainable: boolean}).trainable = false;
    const seen: number[] = [];
    const watched = {
      ...dataset,
      batch: (indices: ArrayLike<number>) => {
        seen.push(indices.length);
        return dataset.batch(indices);
      },
    };
    const options = {epochs: 1, batchSize: 8, rng: createRng(1)};
    await trainWith(frozen, naturalTraining<Vectors>(), watched, options);
    expect(seen).toEqual([8, 8, 1]);
    frozen.dispose();
    expect(await sizes({batches: () => [[3]]})).toEqual([1]);
  });

  it('shuffles every epoch anew, or takes batches of your own', async () => {
    const model = denseNet();
    const seen: string[] = [];
    const watched = {
      ...dataset,
      batch: (indices: ArrayLike<number>) => {
        seen.push(Array.from(indices).join(' '));
        return dataset.batch(indices);
      },
    };
    const options = {epochs: 2, batchSize: 17, rng: createRng(1)};
    await trainWith(model, naturalTraining<Vectors>(), watched, options);
    const sorted = seen.map((order) =>
      order
        .split(' ')
        .map(Number)
        .sort((a, b) => a - b),
    );
    expect(sorted).toEqual([Array.from({length: 17}, (_, i) => i), sorted[0]]);
    expect(seen[0]).not.toBe(seen[1]);
    seen.length = 0;
    const epochs: number[] = [];
    await trainWith(model, naturalTraining<Vectors>(), watched, {
      ...options,
      batches: (rng, epoch) => {
        epochs.push(epoch);
        expect(rng.uniform()).toBe(createRng(1).fork('order').fork(epoch).uniform());
        return [
          [1, 2],
          [epoch, 0, 4],
        ];
      },
    });
    expect(seen).toEqual(['1 2', '1 0 4', '1 2', '2 0 4']);
    expect(epochs).toEqual([1, 2]);
    model.dispose();
  });

  it('gives each step its own randomness, and augments before the attack', async () => {
    const model = denseNet();
    const contexts: TrainingStep<Vectors>[] = [];
    const means: number[] = [];
    const spy: TrainingMethod<Vectors> = {
      objective: (step) => {
        const {x} = step.batch;
        contexts.push(step);
        means.push(...tf.tidy(() => numbers(tf.mean(x))));
        return {adversarial: x, loss: (net) => tf.mean(net(x).logits)};
      },
    };
    const rng = createRng(1);
    await trainWith(model, spy, dataset, {
      ...{epochs: 2, batchSize: 9, rng},
      augment: (x, stream) => {
        const step = contexts.length + 1;
        expect(stream.uniform()).toBe(rng.fork('augment').fork(step).uniform());
        return Promise.resolve(tf.mul<Vectors>(tf.onesLike(x), step));
      },
    });
    expect(means).toEqual([1, 2, 3, 4]);
    expect(contexts.map(({epoch, epochs, step}) => [epoch, epochs, step])).toEqual([
      [1, 2, 1],
      [1, 2, 2],
      [2, 2, 3],
      [2, 2, 4],
    ]);
    expect(contexts.map((context) => context.rng?.uniform())).toEqual(
      [1, 2, 3, 4].map((step) => rng.fork('step').fork(step).uniform()),
    );
    model.dispose();
  });

  it('says that regularisers were added', async () => {
    const net = sequential({
      layers: [
        layers.dense({inputShape: [3], units: 3, kernelRegularizer: regularizers.l2({l2: 0.01})}),
      ],
    });
    const options = {epochs: 1, batchSize: 5, rng: createRng(1)};
    const noted = await trainWith(net, naturalTraining<Vectors>(), dataset, options);
    expect(noted.notes).toEqual([expect.stringMatching(/regularisers were added to the loss/)]);
    const without = {...options, regularizers: false};
    const silent = await trainWith(net, naturalTraining<Vectors>(), dataset, without);
    expect(silent.notes).toEqual([]);
    expect(silent.history[0]?.loss).not.toBe(noted.history[0]?.loss);
    net.dispose();
  });

  it("by default is the papers' SGD", async () => {
    const bits = async (optimizer: (() => tf.Optimizer) | undefined) => {
      const model = denseNet();
      const options = {epochs: 2, batchSize: 5, rng: createRng(1)};
      await trainWith(model, naturalTraining<Vectors>(), dataset, {...options, optimizer});
      const result = await bitsOf(model);
      model.dispose();
      return result;
    };
    const papers = () => sgd({learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4});
    expect(await bits(undefined)).toEqual(await bits(papers));
  });

  it('names a metric that evaluate does not return', async () => {
    const model = denseNet();
    const options = {
      epochs: 1,
      rng: createRng(1),
      selectBy: 'robust',
      evaluate: () => ({clean: 1}),
    };
    await expect(trainWith(model, naturalTraining<Vectors>(), dataset, options)).rejects.toThrow(
      /train: "selectBy" must name a metric that evaluate returns \(clean\), found "robust"/,
    );
    model.dispose();
  });

  it('refuses a model with fewer classes than the dataset', async () => {
    const model = denseNet(); // 3 classes
    const attempt = (numClasses: number) =>
      trainWith(
        model,
        naturalTraining<Vectors>(),
        {...dataset, numClasses},
        {
          ...{epochs: 1, batchSize: 5, rng: createRng(1)},
        },
      );
    await expectNoLeak(async () => {
      await expect(attempt(4)).rejects.toThrow(
        'train: "model" must give a score for each of the 4 classes of the dataset, found 3 ' +
          'classes. Pass the model and the dataset of one task.',
      );
    });
    expect((await attempt(3)).history).toHaveLength(1);
    const two = cornerDataset([9, 5]); // a class of the model that no example has
    const options = {epochs: 1, batchSize: 5, rng: createRng(1)};
    const {history} = await trainWith(model, naturalTraining<Vectors>(), two, options);
    expect(history).toHaveLength(1);
    model.dispose();
  });

  it.each(['training', 'inference'])('refuses probabilities of %s, before a step', async (mode) => {
    const net = denseNet();
    const before = await bitsOf(net);
    const parts = asTrainableClassifier<Vectors>(net);
    const soften = (pass: typeof parts.training) => (x: Vectors) =>
      tf.softmax(passTensors(pass(x)).logits);
    const model =
      mode === 'training'
        ? {...parts, training: soften(parts.training)}
        : {...parts, inference: soften(parts.inference)};
    const attempt = trainWith(model, naturalTraining<Vectors>(), dataset, {
      ...{epochs: 1, batchSize: 5, rng: createRng(1)},
    });
    await expect(attempt).rejects.toThrow(/train: "model" must give logits, found probabilities/);
    expect(await bitsOf(net)).toEqual(before);
    net.dispose();
  });

  it('takes what asDataset takes, with the numbers of the same data as a dataset', async () => {
    const {x, labels} = dataset.batch(Array.from(dataset.labels.keys()));
    const recipe = {method: naturalTraining<Vectors>(), epochs: 2, batchSize: 5};
    const outcome = async (source: DatasetSource<Vectors>) => {
      const model = denseNet();
      const {history} = await train(model, source, recipe, {rng: createRng(4)});
      const bits = await bitsOf(model);
      model.dispose();
      return {history, bits};
    };
    const expected = await outcome(dataset);
    expect(await outcome({x, labels})).toEqual(expected);
    expect(await outcome({x: await x.array(), labels: dataset.labels})).toEqual(expected);
    const later = {
      ...dataset,
      batch: (ids: ArrayLike<number>) => Promise.resolve(dataset.batch(ids)),
    };
    expect(await outcome(later)).toEqual(expected);
    const rows = x.arraySync();
    const pipeline = tfData.array(rows.map((xs, i) => ({xs, ys: dataset.labels[i] as number})));
    expect(await outcome(pipeline.batch(4))).toEqual(expected);
    tf.dispose([x, labels]);
  });

  it.each([
    [
      [1, 2],
      /train: "dataset" must be \{x, labels\}, .* found \[1, 2\]\. Pass \{x, labels\} as one/,
    ],
    [{xs: 1}, /train: "dataset" must .* found an object with xs\./],
    [{x: [[1]], labels: [0, 1]}, /train: "labels" must have one entry for each of the 1 examples/],
  ])('refuses the dataset %j', async (source, message) => {
    const model = denseNet();
    const recipe = {method: naturalTraining<Vectors>()};
    await expect(train(model, source as never, recipe, {rng: createRng(1)})).rejects.toThrow(
      message,
    );
    model.dispose();
  });

  it('refuses models that it cannot train', async () => {
    const bare = ((x: Vectors) => x) as never;
    await expect(trainWith(bare, method, dataset, {rng: createRng(1)})).rejects.toThrow(
      /train: "model" must be a tf.LayersModel/,
    );
  });
});

describe('an evaluation without a usable gradient', () => {
  // In the even epochs the evaluated model rounds its input: its gradient is zero.
  const measure = async (model: Classifier<Vectors>, {epoch}: {readonly epoch: number}) => {
    const seen = epoch % 2 === 0 ? (x: Vectors) => model(tf.round(x)) : model;
    const {x, labels} = cornerDataset([3, 3, 2]).batch([0, 3, 6]);
    try {
      const adversarial = pgdAttack<Vectors>(seen, x, labels, {epsilon: 0.05});
      adversarial.dispose();
      return {robust: 1 / epoch};
    } finally {
      tf.dispose([x, labels]);
    }
  };
  const recipe = {method: naturalTraining<Vectors>(), epochs: 4, batchSize: 4};
  const run = () => ({rng: createRng(5), evaluate: measure, selectBy: 'robust'});

  it('is a warning of the epoch: the training goes on, to the same weights', async () => {
    const net = denseNet();
    const {history, best, notes} = await train(net, cornerDataset([3, 3, 2]), recipe, run());
    expect(history.map(({metrics}) => metrics)).toEqual([{robust: 1}, {}, {robust: 1 / 3}, {}]);
    expect(history.map(({warnings = []}) => warnings.map(({code}) => code))).toEqual([
      [],
      ['unusable-gradient'],
      [],
      ['unusable-gradient'],
    ]);
    expect(history[0]).not.toHaveProperty('warnings');
    expect(history[1]?.warnings?.[0]?.message).toMatch(
      /^pgdAttack: no example has a usable gradient\. Of 3, it is zero for 3/,
    );
    expect(best.epoch).toBe(1);
    expect(notes).toEqual([
      expect.stringMatching(/^evaluate could not measure epoch 2, 4: pgdAttack: /),
    ]);

    const plain = denseNet();
    await train(plain, cornerDataset([3, 3, 2]), recipe, {rng: createRng(5)});
    expect(await bitsOf(net)).toEqual(await bitsOf(plain));
    for (const each of [net, plain]) each.dispose();
  });

  it('is kept in a checkpoint, and told by the training that goes on from it', async () => {
    const checkpoints = memoryCheckpoints();
    const first = denseNet();
    await train(first, cornerDataset([3, 3, 2]), {...recipe, epochs: 2}, {...run(), checkpoints});
    const second = denseNet();
    const {history, notes} = await train(second, cornerDataset([3, 3, 2]), recipe, {
      ...run(),
      checkpoints,
    });
    expect(history[1]?.warnings?.map(({code}) => code)).toEqual(['unusable-gradient']);
    expect(notes.at(-1)).toMatch(/^evaluate could not measure epoch 2, 4: /);
    for (const each of [first, second]) each.dispose();
  });

  it('leaves whatever else evaluate throws as it is', async () => {
    const net = denseNet();
    const own = new Error('out of disk');
    const evaluate = () => Promise.reject(own);
    await expect(
      train(net, cornerDataset([3, 3, 2]), recipe, {rng: createRng(5), evaluate}),
    ).rejects.toBe(own);
    net.dispose();
  });

  it('says so where evaluate never returned what to select by', async () => {
    const net = denseNet();
    const {best, notes} = await train(net, cornerDataset([3, 3, 2]), recipe, {
      ...{rng: createRng(5), evaluate: () => undefined, selectBy: 'robust'},
    });
    expect(best.epoch).toBe(4);
    expect(notes).toEqual(['evaluate never returned "robust": best is the last epoch.']);
    net.dispose();
  });
});
