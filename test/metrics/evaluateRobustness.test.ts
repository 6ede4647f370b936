import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import * as tfData from '@tensorflow/tfjs-data';
import {describe, expect, vi} from 'vitest';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {pgdAttack, pgdAttackAsync} from '../../src/attacks/pgdAttack';
import {computedOn} from '../../src/core/computedOn';
import type {DatasetSource} from '../../src/core/asDataset';
import type {Attack, EvaluationAttack} from '../../src/core/attack';
import type {Classifier} from '../../src/core/classifier';
import type {Dataset} from '../../src/core/dataset';
import type {Progress} from '../../src/core/progress';
import {createRng} from '../../src/core/rng';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {inputGradient} from '../../src/math/inputGradient';
import {evaluateRobustness} from '../../src/metrics/evaluateRobustness';
import type {EvaluateRobustnessOptions} from '../../src/metrics/prepareEvaluation';
import {wilsonInterval} from '../../src/metrics/wilsonInterval';
import {linearModel, seeded, tinyConvNet} from '../support/models';
import {expectNoLeak, numbers} from '../support/tensors';

type Options = EvaluateRobustnessOptions<tf.Tensor2D>;

/** One-hot rows of `predictions`, so that the identity predicts them. */
function oneHotDataset(predictions: number[], labels: number[], numClasses: number) {
  const dataset: Dataset<tf.Tensor2D> = {
    numClasses,
    labels: Int32Array.from(labels),
    batch: (indices) => ({
      x: tf.tensor2d(
        Array.from(indices, (i) =>
          Array.from({length: numClasses}, (_, c) => (c === predictions[i] ? 0.75 : 0)),
        ),
        [indices.length, numClasses],
      ),
      labels: tf.tensor1d(
        Array.from(indices, (i) => labels[i] as number),
        'int32',
      ),
    }),
  };
  return dataset;
}

const identity: Classifier<tf.Tensor2D> = (x) => tf.clone(x);

// training.md section 5, metric golden.
const golden = oneHotDataset([0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1, 2], 3);

// Moves every prediction one class on.
const rotate: Attack<tf.Tensor2D> = (_, x) =>
  tf.tidy(() => {
    const last = x.shape[1] - 1;
    return tf.concat([tf.slice(x, [0, last], [-1, 1]), tf.slice(x, [0, 0], [-1, last])], 1);
  });

const noise: Attack<tf.Tensor2D> = (_, x, __, {rng, exampleIds} = {}) => {
  const rows = Array.from({length: x.shape[0]}, (_row, i) => {
    const stream = rng?.fork(exampleIds?.[i] as number);
    return Array.from({length: x.shape[1]}, () => (stream === undefined ? 0 : stream.uniform()));
  });
  return tf.tidy(() => tf.add<tf.Tensor2D>(x, tf.tensor2d(rows, x.shape)));
};

const evaluate = (options: Options = {}, dataset = golden) =>
  evaluateRobustness(identity, dataset, options);

describe('evaluateRobustness', () => {
  it('has the golden values on clean inputs', async () => {
    const report = await evaluate({tail: [2]});
    expect(report).toEqual({
      examples: 7,
      numClasses: 3,
      strict: false,
      computedOn: [computedOn()],
      attacks: {},
      clean: {
        correct: 4,
        total: 7,
        accuracy: 4 / 7,
        interval: wilsonInterval(4, 7),
        balancedAccuracy: 1.25 / 3,
        worstClassAccuracy: 0,
        perClass: [
          {class: 0, correct: 3, total: 4, accuracy: 0.75, interval: wilsonInterval(3, 4)},
          {class: 1, correct: 1, total: 2, accuracy: 0.5, interval: wilsonInterval(1, 2)},
          {class: 2, correct: 0, total: 1, accuracy: 0, interval: wilsonInterval(0, 1)},
        ],
        groups: {},
        tail: {classes: [2], correct: 0, total: 1, accuracy: 0, interval: wilsonInterval(0, 1)},
      },
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('takes examples and labels as two arguments, too', async () => {
    const rows = [
      [0.75, 0, 0],
      [0, 0.75, 0],
      [0.75, 0, 0],
    ];
    const options = {attacks: {rotate}, predictions: true};
    const expected = await evaluateRobustness<tf.Tensor2D, 'rotate'>(
      identity,
      {x: rows, labels: [0, 1, 2]},
      options,
    );
    expect(expected.clean).toMatchObject({accuracy: 2 / 3});
    const x = tf.tensor2d(rows);
    const oneHot = tf.eye(3);
    for (const examples of [x, rows]) {
      for (const labels of [[0, 1, 2], Uint8Array.of(0, 1, 2), oneHot]) {
        expect(await evaluateRobustness(identity, examples, labels, options)).toEqual(expected);
      }
    }
    expect((await evaluateRobustness(identity, x, [0, 1, 2])).attacks).toEqual({});
    await expect(evaluateRobustness(identity, rows, [0, 1], options)).rejects.toThrow(
      /^evaluateRobustness: "labels" must have one entry for each of the 3 examples, found 2/,
    );
    tf.dispose([x, oneHot]);
  });

  it('counts what an attack changes, each attack for itself', async () => {
    const {clean, attacks} = await evaluate({attacks: {none: (_, x) => x, rotate}});
    expect(attacks['none']).toEqual(clean);
    // Predictions 1 1 1 2 2 1 1 against 0 0 0 0 1 1 2: only the sixth is right.
    expect(attacks['rotate']?.correct).toBe(1);
    expect(attacks['rotate']?.perClass.map(({correct}) => correct)).toEqual([0, 1, 0]);
  });

  it('knows the names of its attacks at the strictest types, and takes others', async () => {
    const attacks = {rotate, none: (_: Classifier<tf.Tensor2D>, x: tf.Tensor2D) => tf.clone(x)};
    const report = await evaluateRobustness(identity, golden, {attacks});
    // Compiled under noPropertyAccessFromIndexSignature and noUncheckedIndexedAccess.
    const robust: number = report.attacks.rotate.accuracy;
    expect(robust).toBe(1 / 7);
    const [name = ''] = Object.keys(report.attacks);
    expect(report.attacks[name]?.accuracy).toBe(robust);
  });

  it('is strict where asked: right by accident does not count', async () => {
    const report = await evaluate({attacks: {rotate}, strict: true, predictions: true});
    expect(report.strict).toBe(true);
    expect(report.attacks['rotate']?.correct).toBe(0);
    expect(report.attacks['rotate']?.predictions).toEqual([1, 1, 1, 2, 2, 1, 1]);
    const calm = await evaluate({attacks: {none: (_, x) => tf.clone(x)}, strict: true});
    expect(calm.attacks['none']?.correct).toBe(4);
  });

  it('lists predictions in the order evaluated, only where asked', async () => {
    const {clean} = await evaluate({predictions: true, indices: [6, 4, 3], batchSize: 2});
    expect(clean.predictions).toEqual([0, 1, 1]);
    expect('predictions' in (await evaluate()).clean).toBe(false);
  });

  it('reports groups and tail', async () => {
    const {clean} = await evaluate({
      groups: {head: [0], rest: [2, 1]},
      tail: 2,
      classCounts: [50, 10, 20],
    });
    expect(clean.groups['head']).toEqual({
      classes: [0],
      correct: 3,
      total: 4,
      accuracy: 0.75,
      interval: wilsonInterval(3, 4),
    });
    expect(clean.groups['rest']).toMatchObject({classes: [2, 1], correct: 1, total: 3});
    expect(clean.tail).toMatchObject({classes: [1, 2], correct: 1, total: 3, accuracy: 1 / 3});
  });

  it('evaluates a selection; classes without examples are null and do not count', async () => {
    const {clean, examples} = await evaluate({indices: Int32Array.of(4, 5), groups: {head: [0]}});
    expect(examples).toBe(2);
    expect([clean.accuracy, clean.balancedAccuracy, clean.worstClassAccuracy]).toEqual([
      0.5, 0.5, 0.5,
    ]);
    const none = {correct: 0, total: 0, accuracy: null, interval: null};
    expect(clean.perClass[0]).toEqual({class: 0, ...none});
    expect(clean.groups['head']).toEqual({classes: [0], ...none});
    expect(clean.tail).toBeNull();
  });

  it.prop([fc.integer({min: 1, max: 9}), fc.nat()], {numRuns: 25})(
    'does not depend on the batch size or the other attacks, also with chance',
    async (batchSize, seed) => {
      const all = await evaluate({attacks: {noise}, rng: createRng(seed), predictions: true});
      const some = await evaluate({
        attacks: {rotate, noise},
        rng: createRng(seed),
        predictions: true,
        batchSize,
      });
      expect(some.attacks['noise']).toEqual(all.attacks['noise']);
    },
  );

  it('gives each attack the classifier, a stream of its own, and dataset indices', async () => {
    const seen: unknown[] = [];
    const spy: Attack<tf.Tensor2D> = (model, x, labels, context) => {
      seen.push([
        tf.tidy(() => numbers(model(x)).join() === numbers(identity(x)).join()),
        numbers(labels),
        Array.from(context?.exampleIds ?? []),
        context?.rng?.uniform(),
      ]);
      return tf.clone(x);
    };
    const rng = createRng(5);
    await evaluate({attacks: {spy}, rng, indices: [6, 1, 4], batchSize: 2});
    const draw = createRng(5).fork('spy').uniform();
    expect(seen).toEqual([
      [true, [2, 0], [6, 1], draw],
      [true, [1], [4], draw],
    ]);
    expect(rng.state()).toEqual(createRng(5).state());
    seen.length = 0;
    await evaluate({attacks: {spy}, indices: [0]});
    expect(seen).toEqual([[true, [0], [0], undefined]]);
  });

  it('runs one clean forward pass per batch, and one per attack', async () => {
    const model = vi.fn(identity);
    await evaluateRobustness(model, golden, {attacks: {rotate}, batchSize: 4});
    expect(model).toHaveBeenCalledTimes(4);
  });

  it('has batches of 100 by default', async () => {
    const sizes: number[] = [];
    const labels = new Array<number>(250).fill(1);
    await evaluateRobustness(
      (x: tf.Tensor2D) => {
        sizes.push(x.shape[0]);
        return tf.clone(x);
      },
      oneHotDataset(labels, labels, 2),
    );
    expect(sizes).toEqual([100, 100, 50]);
  });

  it('takes a layers model in inference mode and leaves it unchanged', async () => {
    const net = tinyConvNet({activation: 'softmax'});
    const images = seeded<tf.Rank.R4>([6, 8, 8, 1], 3);
    const dataset: Dataset = {
      numClasses: 3,
      labels: Int32Array.of(0, 1, 2, 0, 1, 2),
      batch: (indices) => ({
        x: tf.tidy(() => tf.gather(images, tf.tensor1d(Array.from(indices), 'int32'))),
        labels: tf.tensor1d(
          Array.from(indices, (i) => i % 3),
          'int32',
        ),
      }),
    };
    const weights = net.getWeights().map(numbers);
    const expected = tf.tidy(() => numbers(tf.argMax(net.predict(images) as tf.Tensor, 1)));
    await expectNoLeak(async () => {
      const {clean} = await evaluateRobustness(net, dataset, {predictions: true, batchSize: 4});
      expect(clean.predictions).toEqual(expected);
    });
    expect(net.getWeights().map(numbers)).toEqual(weights);
    images.dispose();
    net.dispose();
  });
});

describe('attacks that say what they found', () => {
  // Two parts: the first breaks class 0, the second all that has an even index too. Each example
  // costs its index.
  const inParts: EvaluationAttack<tf.Tensor2D> = (model, x, labels, context) => {
    const ids = Array.from(context?.exampleIds ?? []);
    const truth = numbers(labels);
    const wrong = tf.tidy(() => numbers(tf.argMax(model(x), 1))).map((c, i) => c !== truth[i]);
    const first = wrong.map((isWrong, i) => isWrong || truth[i] === 0);
    const second = first.map((isBroken, i) => isBroken || (ids[i] as number) % 2 === 0);
    const cost = {forward: ids, backward: ids.map((id) => 2 * id), queries: ids.map(() => 1)};
    const spent = (forward: number) => ({forward, backward: 1, queries: 0});
    return {
      adversarial: tf.tidy(() => {
        const keep = tf.tensor2d(second.map((isBroken) => [isBroken ? 0 : 1]));
        const moved = rotate(model, x, labels) as tf.Tensor2D;
        return tf.add<tf.Tensor2D>(tf.mul(x, keep), tf.mul(moved, tf.sub(1, keep)));
      }),
      success: second,
      distances: second.map(Number),
      cost,
      components: [
        {name: 'first', success: first, cost: spent(ids.length)},
        {name: 'second', success: second, cost: spent(1)},
      ],
      warnings: [{code: 'doubtful', message: `${ids.length} examples`, advice: 'Look.'}],
    };
  };
  // Right without attack: 0, 1, 2 of class 0 and 4 of class 1.
  const options: Options = {attacks: {inParts}, tail: [1], groups: {rest: [1, 2]}};

  it.each([7, 3, 1])('have it added up over batches of %i', async (batchSize) => {
    await expectNoLeak(async () => {
      const report = await evaluate({...options, batchSize, attacks: {inParts, rotate}});
      const found = report.attacks['inParts'];
      const batches = Math.ceil(7 / batchSize);
      expect(found?.cost).toEqual({forward: 21, backward: 42, queries: 7});
      expect(found?.components?.map(({name, cost}) => [name, cost])).toEqual([
        ['first', {forward: 7, backward: batches, queries: 0}],
        ['second', {forward: batches, backward: batches, queries: 0}],
      ]);
      expect(found?.warnings).toEqual([
        {code: 'doubtful', message: `${batchSize} examples`, advice: 'Look.'},
      ]);
      expect(Object.keys(report.attacks['rotate'] ?? {})).not.toContain('cost');
      expect(Object.keys(report.clean)).not.toContain('cost');
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    });
  });

  it('have the scores after each part', async () => {
    const {attacks} = await evaluate({...options, batchSize: 3});
    const [first, second] = attacks['inParts']?.components ?? [];
    expect(first).toMatchObject({
      ...{correct: 1, total: 7, accuracy: 1 / 7, interval: wilsonInterval(1, 7)},
      balancedAccuracy: 0.5 / 3,
      worstClassAccuracy: 0,
      groups: {rest: {classes: [1, 2], correct: 1, total: 3}},
      tail: {classes: [1], correct: 1, total: 2, accuracy: 0.5},
    });
    expect(first?.perClass.map(({correct, total}) => [correct, total])).toEqual([
      [0, 4],
      [1, 2],
      [0, 1],
    ]);
    expect(second).toMatchObject({correct: 0, total: 7, tail: {correct: 0, total: 2}});
  });

  it('are judged by what the model says of their points all the same', async () => {
    const {attacks} = await evaluate({...options, predictions: true});
    // The sixth, wrong without attack, is moved to its own class.
    expect(attacks['inParts']?.predictions).toEqual([1, 1, 1, 2, 2, 1, 1]);
    expect(attacks['inParts']?.correct).toBe(1);
  });

  it('must return a batch of points, too', async () => {
    const broken: EvaluationAttack<tf.Tensor2D> = async (model, x, labels, context) => {
      const result = await inParts(model, x, labels, context);
      if (result instanceof tf.Tensor) return result;
      const adversarial = tf.tidy(() => tf.slice(result.adversarial, 0, 2));
      result.adversarial.dispose();
      return {...result, adversarial};
    };
    await expectNoLeak(async () => {
      await expect(evaluate({attacks: {broken}})).rejects.toThrow(
        /^evaluateRobustness: "attacks\.broken" must return float32 \[7, 3\].*found float32 \[2, 3\]/,
      );
    });
  });
});

describe('evaluateRobustness on the way', () => {
  it('reports progress after each batch, with the accuracies so far, and awaits it', async () => {
    const seen: Progress[] = [];
    let running = false;
    await evaluate({
      attacks: {rotate},
      batchSize: 5,
      onProgress: async (progress) => {
        expect(running).toBe(false);
        running = true;
        await new Promise((resolve) => setTimeout(resolve, 2));
        running = false;
        seen.push(progress);
      },
    });
    const common = {phase: 'evaluate', total: 2, unit: 'batch'};
    expect(seen).toEqual([
      {...common, done: 1, metrics: {clean: 4 / 5, rotate: 0}},
      {...common, done: 2, metrics: {clean: 4 / 7, rotate: 1 / 7}},
    ]);
  });

  it('keeps the number of tensors constant over batches, and leaks none', async () => {
    const counts: number[] = [];
    await expectNoLeak(async () => {
      await evaluate({
        attacks: {
          rotate,
          wait: async (_, x) => {
            await Promise.resolve();
            counts.push(tf.memory().numTensors);
            return tf.clone(x);
          },
        },
        batchSize: 2,
      });
    });
    expect(counts.length).toBe(4);
    expect(new Set(counts).size).toBe(1);
  });

  it('lets an attack throw, or progress, without a leak', async () => {
    const broken: Attack<tf.Tensor2D> = async () => {
      await Promise.resolve();
      throw new Error('attack broke');
    };
    await expectNoLeak(async () => {
      await expect(evaluate({attacks: {rotate, broken}})).rejects.toThrow('attack broke');
      await expect(
        evaluate({
          onProgress: () => {
            throw new Error('callback broke');
          },
        }),
      ).rejects.toThrow('callback broke');
    });
  });

  it('stops with the reason of the signal: before, between batches and between attacks', async () => {
    const reason = new Error('enough');
    await expectNoLeak(async () => {
      await expect(evaluate({signal: AbortSignal.abort(reason)})).rejects.toBe(reason);
      for (const stopAt of ['progress', 'attack']) {
        const controller = new AbortController();
        const calls = {progress: 0, attack: 0};
        const stop = (where: 'progress' | 'attack') => {
          calls[where]++;
          if (where === stopAt) controller.abort(reason);
        };
        const attack: Attack<tf.Tensor2D> = (_, x) => {
          stop('attack');
          return tf.clone(x);
        };
        await expect(
          evaluate({
            attacks: {first: attack, second: attack},
            batchSize: 2,
            signal: controller.signal,
            onProgress: () => {
              stop('progress');
            },
          }),
        ).rejects.toBe(reason);
        expect(calls).toEqual(
          stopAt === 'attack' ? {progress: 0, attack: 1} : {progress: 1, attack: 2},
        );
      }
    });
  });
});

describe('evaluateRobustness refuses', () => {
  it.each([
    ['an int32 result', (x: tf.Tensor2D) => tf.cast(x, 'int32'), /found int32 \[7, 3\]/],
    ['another shape', (x: tf.Tensor2D) => tf.slice(x, 0, 3), /found float32 \[3, 3\]/],
    ['NaN', (x: tf.Tensor2D) => tf.mul(x, NaN), /found NaN or infinite values/],
    ['infinity', (x: tf.Tensor2D) => tf.add(x, Infinity), /found NaN or infinite values/],
    ['nothing', () => undefined, /found undefined/],
  ])('an attack that returns %s', async (_, attack, found) => {
    await expectNoLeak(async () => {
      const rejected = evaluate({attacks: {mine: (_model, x) => attack(x) as tf.Tensor2D}});
      await expect(rejected).rejects.toThrow(found);
      await expect(rejected).rejects.toThrow(
        /^evaluateRobustness: "attacks\.mine" must return float32 \[7, 3\], all finite, found/,
      );
    });
  });

  it('a model whose output is not logits of these classes', async () => {
    const model = (body: Classifier<tf.Tensor2D>) => evaluateRobustness(body, golden);
    await expectNoLeak(async () => {
      await expect(model((x) => tf.softmax(x))).rejects.toThrow(/found probabilities/);
      await expect(model((x) => tf.mul(x, NaN))).rejects.toThrow(/must give finite logits/);
      await expect(model((x) => tf.slice(x, 0, 2))).rejects.toThrow(
        /must give logits \[7, classes/,
      );
      await expect(model((x) => tf.concat([x, x], 1))).rejects.toThrow(
        /"model" must have the 3 classes of the dataset, found 6 classes/,
      );
      await expect(evaluateRobustness(null as never, golden)).rejects.toThrow(
        /evaluateRobustness: "model" must be a function/,
      );
    });
  });

  it('a dataset whose batch is not one', async () => {
    const dataset = {...golden, batch: () => ({x: tf.zeros([7, 3]), labels: tf.zeros([7])})};
    await expectNoLeak(async () => {
      await expect(evaluate({}, dataset as unknown as typeof golden)).rejects.toThrow(
        /"labels" must be an int32 tensor/,
      );
    });
  });

  it('settings that it does not know or cannot use', async () => {
    await expect(evaluate({batchsize: 3} as never)).rejects.toThrow(/Did you mean "batchSize"/);
    await expect(evaluate({batchSize: 0})).rejects.toThrow(/"batchSize" must be an integer >= 1/);
    await expect(evaluate({indices: []})).rejects.toThrow(/"dataset" must have at least one/);
    await expect(evaluate({tail: 1})).rejects.toThrow(/evaluateRobustness: "classCounts"/);
    await expect(evaluate({attacks: {clean: rotate}})).rejects.toThrow(/"attacks\.clean"/);
  });
});

describe('robust accuracy of a linear model', () => {
  it('falls as the closed form says', async () => {
    // Two classes on one pixel: z = ±8 (x - 0.5). An attack of ε flips what is nearer than ε.
    const model = linearModel([[-8], [8]], [4, -4]);
    const pixels = [0.1, 0.2, 0.45, 0.55, 0.8, 0.95];
    const dataset: Dataset<tf.Tensor2D> = {
      numClasses: 2,
      labels: Int32Array.of(0, 0, 0, 1, 1, 1),
      batch: (indices) => ({
        x: tf.tensor2d(Array.from(indices, (i) => [pixels[i] as number])),
        labels: tf.tensor1d(
          Array.from(indices, (i) => (i < 3 ? 0 : 1)),
          'int32',
        ),
      }),
    };
    const worst =
      (epsilon: number): Attack<tf.Tensor2D> =>
      (_, x, labels) =>
        tf.tidy(() => {
          const towards = tf.sub(1, tf.mul(2, tf.cast(labels, 'float32')));
          return tf.add<tf.Tensor2D>(x, tf.mul(epsilon, tf.expandDims(towards, 1)));
        });
    const {clean, attacks} = await evaluateRobustness(model, dataset, {
      attacks: {small: worst(0.1), large: worst(0.35)},
    });
    expect([clean.correct, attacks.small?.correct, attacks.large?.correct]).toEqual([6, 4, 2]);
  });
});

describe('evaluateRobustness, of attacks without a usable gradient', () => {
  // Six examples [a, 0.5] of class 0; the model has a slope where a is 0.5, none where it is 0.9.
  const dataset = (firsts: number[]): Dataset<tf.Tensor2D> => ({
    numClasses: 2,
    labels: new Int32Array(firsts.length),
    batch: (indices) => ({
      x: tf.tensor2d(
        Array.from(indices, (i) => [firsts[i] ?? NaN, 0.5]),
        [indices.length, 2],
      ),
      labels: tf.zeros([indices.length], 'int32'),
    }),
  });
  const half: Classifier<tf.Tensor2D> = (x) =>
    tf.tidy(() => {
      const [first, second] = tf.split(x, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const has = tf.tensor2d(
        numbers(first).map((v) => Number(v < 0.8)),
        [x.shape[0], 1],
      );
      const score = tf.add(tf.mul(tf.sub(second, 0.45), has), tf.mul(0.05, tf.sub(1, has)));
      return tf.concat([score, tf.neg(score)], 1) as tf.Tensor2D;
    });
  const attacks = {
    pgd: (m, x, y, c) => pgdAttack(m, x, y, {...c, epsilon: 0.1}),
    later: (m, x, y, c) => pgdAttackAsync(m, x, y, {...c, epsilon: 0.1}),
    own: (m, x, y) =>
      tf.tidy(() => {
        const {gradient} = inputGradient(m, x, y, crossEntropy);
        return tf.add<tf.Tensor2D>(x, tf.mul(0.1, tf.sign(gradient)));
      }),
    apgd: (m, x, y, c) => apgdAttack(m, x, y, {...c, epsilon: 0.1, steps: 5}),
  } satisfies Record<string, EvaluationAttack<tf.Tensor2D>>;

  it.each(Object.entries(attacks))('warns where some have none: %s', async (_name, attack) => {
    await expectNoLeak(async () => {
      // A batch of good ones, a mixed one, and one without any.
      const data = dataset([0.5, 0.5, 0.5, 0.9, 0.9]);
      const options = {attacks: {attack}, batchSize: 2, rng: createRng(3)};
      const {accuracy, warnings} = (await evaluateRobustness(half, data, options)).attacks.attack!;
      expect(accuracy).toBe(2 / 5);
      expect(warnings?.find(({code}) => code === 'zero-gradient')?.message).toMatch(
        /gradient to the input is zero: [12] of [45] examples/,
      );
    });
  });

  it.each(Object.entries(attacks))('throws where none has one: %s', async (_name, attack) => {
    await expectNoLeak(async () => {
      const options = {attacks: {attack}, batchSize: 2, rng: createRng(3)};
      await expect(
        evaluateRobustness(half, dataset([0.9, 0.9, 0.9]), options),
      ).rejects.toMatchObject({name: 'UnusableGradientError', zero: 3, total: 3});
    });
  });

  it('says nothing of attacks that take no gradient, and counts those that do', async () => {
    const report = await evaluateRobustness(half, dataset([0.5, 0.5]), {
      attacks: {none: (_, x) => tf.clone(x), pgd: attacks.pgd},
    });
    expect(report.attacks.none).not.toHaveProperty('warnings');
    expect(report.attacks.pgd?.warnings).toEqual([]);
    expect(report.attacks.pgd?.tallies).toMatchObject([
      {code: 'zero-gradient', count: 0, total: 2},
      {code: 'non-finite-gradient', count: 0, total: 2},
    ]);
  });
});

describe('evaluateRobustness, of what is no dataset', () => {
  const rows = [[0.75, 0, 0], [0.75, 0, 0], [0, 0.75, 0], [0, 0.75, 0]]; // prettier-ignore
  const labels = [0, 1, 1, 1];

  it('takes arrays, tensors, asynchronous datasets and pipelines, and leaks nothing', async () => {
    const x = tf.tensor2d(rows);
    const {numClasses, batch} = oneHotDataset([0, 0, 1, 1], labels, 3);
    const later = {numClasses, batch: (ids: ArrayLike<number>) => Promise.resolve(batch(ids))};
    const sources: DatasetSource<tf.Tensor2D>[] = [
      {x: rows, labels},
      {x, labels},
      {x, labels: tf.tensor1d(labels, 'int32')},
      {...later, labels: Int32Array.from(labels)},
      {...later, labels: tf.tensor1d(labels)} as never,
      tfData.array(rows.map((xs, i) => ({xs, ys: labels[i] as number}))).batch(3),
    ];
    for (const source of sources) {
      await expectNoLeak(async () => {
        const report = await evaluateRobustness(identity, source, {attacks: {rotate}});
        // Three classes, as the model has, though no label is 2.
        expect(report.numClasses).toBe(3);
        expect(report.clean.accuracy).toBe(3 / 4);
        expect(report.attacks.rotate?.accuracy).toBe(1 / 4);
      });
    }
  });

  it.each([
    [
      tf.zeros([2, 3]),
      {},
      /"dataset" must be \{x, labels\}, .* found float32 \[2, 3\]\. Pass \{x, /,
    ],
    [tf.zeros([2, 3]), ['a', 'b'], /"labels" must be class numbers from 0 on/],
    [tf.zeros([2, 3]), 'labels.csv', /"labels" must be class numbers .* found 'labels.csv'/],
    [tf.zeros([2, 3]), undefined, /"dataset" must be \{x, labels\}, .* found float32 \[2, 3\]/],
    [null, {}, /evaluateRobustness: "dataset" must .* found null/],
    [
      {x: rows, labels: [0]},
      {},
      /evaluateRobustness: "labels" must have one entry for each of the 4/,
    ],
    [{x: rows}, {}, /"dataset" must .* found an object with x\./],
  ])('says what to write for %j', async (source, options, message) => {
    await expect(evaluateRobustness(identity, source as never, options as never)).rejects.toThrow(
      message,
    );
  });
});
