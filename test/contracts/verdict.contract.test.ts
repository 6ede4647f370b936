import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {carliniWagnerAttack} from '../../src/attacks/carliniWagner/carliniWagnerAttack';
import {deepFoolAttack} from '../../src/attacks/deepFoolAttack';
import {fabAttack} from '../../src/attacks/fab/fabAttack';
import {restartedPgdAttack} from '../../src/attacks/restartedPgdAttack';
import {squareAttack} from '../../src/attacks/square/squareAttack';
import type {AttackContext} from '../../src/core/attack';
import type {AttackResult} from '../../src/core/attackResult';
import {asClassifier, type Classifier, type Model} from '../../src/core/classifier';
import type {Progress} from '../../src/core/progress';
import {byExample} from '../../src/core/byExample';
import {createRng} from '../../src/core/rng';
import type {Norm, PerExample} from '../../src/core/threatModel';
import {freezeWeights} from '../../src/math/freezeWeights';
import type {ATTACKS_WITH_A_VERDICT} from '../support/listed';
import {foldsIntoAnother, linearModel, seeded} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

interface Settings extends AttackContext {
  norm?: Norm;
  epsilon?: PerExample;
  clip?: readonly [number, number];
  quantize?: number;
  earlyStop?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

interface Contract {
  readonly norms: readonly Norm[];
  /** For an attack that never asks for a gradient. */
  readonly isBlackBox?: boolean;
  readonly attack: <I extends tf.Tensor>(
    model: Model<I>,
    x: I,
    labels: tf.Tensor1D,
    settings?: Settings,
  ) => Promise<AttackResult<I>>;
}

const rng = createRng(21);

// Hands rows to an attack on images as images one pixel high.
function asImages(
  attack: (
    model: Model,
    x: tf.Tensor4D,
    labels: tf.Tensor1D,
    settings?: Settings,
  ) => Promise<AttackResult>,
): Contract['attack'] {
  return async <I extends tf.Tensor>(
    model: Model<I>,
    x: I,
    labels: tf.Tensor1D,
    settings?: Settings,
  ): Promise<AttackResult<I>> => {
    const like = <J extends tf.Tensor>(tensor: tf.Tensor, shape: readonly number[]) =>
      tf.reshape(tensor, [tensor.shape[0] as number, ...shape.slice(1)]) as J;
    const shape = x.rank === 4 ? x.shape : [x.shape[0] as number, 1, x.shape[1] as number, 1];
    const onImages = (own: Classifier<I>): Classifier => {
      const {forExamples} = own;
      const classify: Classifier = (images) => own(like<I>(images, x.shape));
      if (forExamples) classify.forExamples = (ids) => onImages(forExamples(ids));
      return classify;
    };
    const classify = onImages(asClassifier(model));
    const images = like<tf.Tensor4D>(x, shape);
    try {
      const result = await attack(classify, images, labels, settings);
      const adversarial = like<I>(result.adversarial, x.shape);
      result.adversarial.dispose();
      return {...result, adversarial};
    } finally {
      images.dispose();
    }
  };
}

// Every attack with a verdict joins by a line: what each of them must hold, whatever it does inside.
const ATTACKS: Record<(typeof ATTACKS_WITH_A_VERDICT)[number], Contract> = {
  deepFoolAttack: {
    norms: ['linf', 'l2'],
    attack: (model, x, y, settings) => deepFoolAttack(model, x, y, {...settings, steps: 8}),
  },
  carliniWagnerAttack: {
    norms: ['l2'],
    attack: (model, x, y, {norm: _norm, ...settings} = {}) =>
      carliniWagnerAttack(model, x, y, {
        ...settings,
        ...{steps: 12, searchSteps: 2, initialConstant: 1, learningRate: 0.05},
      }),
  },
  restartedPgdAttack: {
    norms: ['linf', 'l2'],
    attack: (model, x, y, settings) =>
      restartedPgdAttack(model, x, y, {rng, ...settings, restarts: 2, steps: 4}),
  },
  apgdAttack: {
    norms: ['linf', 'l2'],
    attack: (model, x, y, settings) => apgdAttack(model, x, y, {rng, ...settings, steps: 8}),
  },
  fabAttack: {
    norms: ['linf', 'l2'],
    attack: (model, x, y, settings) => fabAttack(model, x, y, {rng, ...settings, steps: 8}),
  },
  squareAttack: {
    norms: ['linf'], // under L2 its images have to be 5 pixels high
    isBlackBox: true,
    attack: asImages((model, x, y, settings) =>
      squareAttack(model, x, y, {rng, ...settings, queries: 150}),
    ),
  },
};

// Two layers, 4x4x1 in, 3 classes: small, because these attacks take many passes.
const twoLayers = (): layers.Sequential => {
  const kernelInitializer = (seed: number) => layers.initializers.glorotUniform({seed});
  return layers.sequential({
    layers: [
      layers.layers.flatten({inputShape: [4, 4, 1]}),
      layers.layers.dense({
        units: 8,
        activation: 'relu',
        kernelInitializer: kernelInitializer(31),
      }),
      layers.layers.dense({units: 3, kernelInitializer: kernelInitializer(32)}),
    ],
  });
};

const EPSILON = {linf: 0.05, l2: 0.2};
const LABELS = [0, 1, 2, 0, 1, 2];

describe.each(Object.entries(ATTACKS))('%s', (name, {norms, attack, isBlackBox = false}) => {
  const net = twoLayers();
  let x: tf.Tensor4D;
  let labels: tf.Tensor1D;
  const logitsOf = (input: tf.Tensor4D) => tf.tidy(() => net.predict(input) as tf.Tensor2D);
  const classesOf = (input: tf.Tensor4D) =>
    tf.tidy(() => Array.from(tf.argMax(logitsOf(input), 1).dataSync()));
  const rows = (tensor: tf.Tensor, from: number, to = from + 1) =>
    numbers(tensor).slice((from * tensor.size) / 6, (to * tensor.size) / 6);

  beforeAll(() => {
    x = tf.tidy(() => {
      const noise: tf.Tensor4D = seeded([6, 4, 4, 1], 5, 0.7);
      const level = tf.round(tf.mul(tf.clipByValue(tf.add<tf.Tensor4D>(noise, 0.5), 0, 1), 255));
      return tf.div(level, 255);
    });
    // Four examples classified right, two wrong.
    labels = int(classesOf(x).map((c, i) => (i === 2 || i === 4 ? (c + 1) % 3 : c)));
  });
  afterAll(() => {
    net.dispose();
    tf.dispose([x, labels]);
  });

  describe.each(norms)('%s', (norm) => {
    const settings = (more: Settings = {}): Settings => ({
      ...{norm, epsilon: EPSILON[norm], exampleIds: [11, 12, 13, 14, 15, 16]},
      ...more,
    });

    it('gives points that are wrong, in the ball and in the range; clean ones elsewhere', async () => {
      for (const epsilon of [0, EPSILON[norm], 3 * EPSILON[norm]]) {
        const result = await attack(net, x, labels, settings({epsilon}));
        const found = classesOf(result.adversarial);
        const truth = numbers(labels);
        result.success.forEach((success, i) => {
          expect(success).toBe(found[i] !== truth[i]);
          const offsets = rows(x, i).map((v, j) => (rows(result.adversarial, i)[j] ?? NaN) - v);
          const distance =
            norm === 'l2' ? Math.hypot(...offsets) : Math.max(...offsets.map(Math.abs));
          expect(distance).toBeCloseTo(result.distances[i] ?? NaN, 6);
          expect(distance).toBeLessThanOrEqual(epsilon * (1 + 1e-6) + 1e-6);
          if (!success || i === 2 || i === 4) expect(distance).toBe(0);
        });
        const values = numbers(result.adversarial);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...values)).toBeLessThanOrEqual(1);
        if (epsilon === 0) expect(result.success).toEqual([0, 0, 1, 0, 1, 0].map(Boolean));
        if (epsilon === 3 * EPSILON[norm]) expect(result.success).toEqual(Array(6).fill(true));
        result.adversarial.dispose();
      }
    });

    it('spends nothing on what is wrong already but the clean pass', async () => {
      const {cost, adversarial} = await attack(net, x, labels, settings());
      for (const i of [2, 4]) {
        expect([cost.forward[i], cost.backward[i], cost.queries[i]]).toEqual([1, 0, 0]);
      }
      for (const i of [0, 1, 3, 5]) {
        expect(cost.forward[i]).toBeGreaterThan(1);
        expect(cost[isBlackBox ? 'queries' : 'backward'][i]).toBeGreaterThan(0);
        expect(cost[isBlackBox ? 'backward' : 'queries'][i]).toBe(0);
      }
      adversarial.dispose();
    });

    it('counts the passes that it makes', async () => {
      let examples = 0;
      const classify: Classifier = (input) => {
        examples += input.shape[0];
        return net.apply(input, {training: false}) as tf.Tensor2D;
      };
      const {cost, adversarial} = await attack(classify, x, labels, settings());
      expect(cost.forward.reduce((a, b) => a + b)).toBe(examples);
      adversarial.dispose();
    });

    it('depends neither on the batch, nor on order or neighbours; repeats itself', async () => {
      const whole = await attack(net, x, labels, settings());
      const again = await attack(net, x, labels, settings());
      expect(numbers(again.adversarial)).toEqual(numbers(whole.adversarial));
      again.adversarial.dispose();
      for (const order of [[5, 3, 1], [0], [4, 0, 2, 1]]) {
        const [part, own] = tf.tidy(() => [
          tf.gather(x, order),
          tf.gather(labels, tf.tensor1d(order, 'int32')),
        ]);
        const result = await attack(net, part as tf.Tensor4D, own as tf.Tensor1D, {
          ...settings({exampleIds: order.map((i) => 11 + i)}),
        });
        expect(result.success).toEqual(order.map((i) => whole.success[i]));
        expect(result.cost.forward).toEqual(order.map((i) => whole.cost.forward[i]));
        const expected = order.flatMap((i) => rows(whole.adversarial, i));
        expectClose(result.adversarial, expected, 1e-5);
        tf.dispose([part, own, result.adversarial] as tf.Tensor[]);
      }
      whole.adversarial.dispose();
    });

    it('gives the same verdicts for more passes without early stopping', async () => {
      const short = await attack(net, x, labels, settings());
      const long = await attack(net, x, labels, settings({earlyStop: false}));
      expect(long.success).toEqual(short.success);
      long.cost.forward.forEach((count, i) => {
        expect(count).toBeGreaterThanOrEqual(short.cost.forward[i] ?? NaN);
      });
      tf.dispose([short.adversarial, long.adversarial]);
    });

    it('gives each example its own epsilon', async () => {
      const wide = 3 * EPSILON[norm];
      const epsilon = [0, wide, wide, wide, 0, 0];
      const {success, adversarial} = await attack(net, x, labels, settings({epsilon}));
      expect(success).toEqual([false, true, true, true, true, false]);
      adversarial.dispose();
    });

    it('stays on 256 grey levels, within epsilon in whole ones', async () => {
      const epsilon = norm === 'linf' ? 12 / 255 : 0.6;
      const {adversarial, success} = await attack(
        net,
        x,
        labels,
        settings({epsilon, quantize: 256}),
      );
      const before = numbers(x).map((v) => Math.round(v * 255));
      const after = numbers(adversarial);
      after.forEach((v) => {
        expect(v).toBe(Math.fround(Math.round(v * 255) / 255));
      });
      const steps = after.map((v, i) => Math.round(v * 255) - (before[i] ?? NaN));
      for (let i = 0; i < 6; i++) {
        const own = steps.slice(i * 16, (i + 1) * 16);
        if (norm === 'linf') expect(Math.max(...own.map(Math.abs))).toBeLessThanOrEqual(12);
        else expect(Math.hypot(...own)).toBeLessThanOrEqual(0.6 * 255 + 1e-6);
      }
      expect(success.filter(Boolean).length).toBeGreaterThan(2);
      adversarial.dispose();
    });
  });

  it('never breaks a linear model beyond its exact distance', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...norms),
        fc.nat(1000),
        fc.double({min: 0.3, max: 0.95, noNaN: true}),
        async (norm, seed, share) => {
          const values = numbers(tf.tidy(() => seeded([4, 4], seed) as tf.Tensor));
          const weights = [0, 1, 2].map((c) => values.slice(4 * c, 4 * c + 3));
          const model = linearModel(weights, values.slice(12, 15));
          const input = tf.tensor2d([[0.5, 0.4, 0.6]]);
          const z = numbers(tf.tidy(() => model(input)));
          const truth = z.indexOf(Math.max(...z));
          const exact = Math.min(
            ...[0, 1, 2]
              .filter((c) => c !== truth)
              .map((c) => {
                const w = weights[c]?.map((v, i) => v - (weights[truth]?.[i] ?? NaN)) ?? [];
                const dual =
                  norm === 'l2' ? Math.hypot(...w) : w.reduce((s, v) => s + Math.abs(v), 0);
                return ((z[truth] ?? NaN) - (z[c] ?? NaN)) / dual;
              }),
          );
          const epsilon = Math.min(share * exact, 1);
          const label = int([truth]);
          const {success, adversarial} = await attack(model, input, label, {norm, epsilon});
          expect(success).toEqual([false]);
          tf.dispose([input, label, adversarial]);
        },
      ),
      {numRuns: 8},
    );
  });

  const norm = norms[0] as Norm;

  it('changes neither the input nor the model, and leaks nothing', async () => {
    const before = net.weights.map((weight) => numbers(weight.read()));
    const pixels = numbers(x);
    await expectNoLeak(async () => {
      const {adversarial} = await attack(net, x, labels, {norm, epsilon: 0.1});
      adversarial.dispose();
    });
    expect(net.weights.map((weight) => numbers(weight.read()))).toEqual(before);
    expect(numbers(x)).toEqual(pixels);
  });

  it('leaks nothing when the model throws half-way, or the caller does', async () => {
    let calls = 0;
    const faulty: Classifier = (input) => {
      calls++;
      if (calls === 3) throw new Error('the model broke');
      return net.apply(input, {training: false}) as tf.Tensor2D;
    };
    await expectNoLeak(() =>
      expect(attack(faulty, x, labels, {norm, epsilon: 0})).rejects.toThrow('the model broke'),
    );
    const onProgress = () => {
      throw new Error('enough');
    };
    await expectNoLeak(() =>
      expect(attack(net, x, labels, {norm, onProgress})).rejects.toThrow('enough'),
    );
  });

  it('stops when it is aborted, and tells where it stands', async () => {
    const controller = new AbortController();
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => {
      seen.push(progress);
      if (seen.length === 2) controller.abort(new Error('stop'));
    };
    const options = {norm, epsilon: 0, onProgress, signal: controller.signal};
    await expectNoLeak(() => expect(attack(net, x, labels, options)).rejects.toThrow('stop'));
    expect(seen.map(({done}) => done)).toEqual([1, 2]);
    expect(seen[0]).toMatchObject({phase: name, unit: 'step'});
    expect(seen[0]?.metrics).toEqual({clean: 4 / 6, robust: 4 / 6});
    expect(seen[0]?.total).toBeGreaterThan(2);
  });

  it('takes an empty batch, and one that is all wrong', async () => {
    const empty = tf.zeros<tf.Rank.R4>([0, 4, 4, 1]);
    const none = int([]);
    await expectNoLeak(async () => {
      const result = await attack(net, empty, none, {norm, exampleIds: []});
      expect(result.success).toEqual([]);
      expect(result.adversarial.shape).toEqual([0, 4, 4, 1]);
      result.adversarial.dispose();
    });
    const wrong = int(classesOf(x).map((c) => (c + 1) % 3));
    const result = await attack(net, x, wrong, {norm});
    expect(result.success).toEqual(LABELS.map(() => true));
    expect(result.cost.forward).toEqual(LABELS.map(() => 1));
    expect(numbers(result.adversarial)).toEqual(numbers(x));
    tf.dispose([empty, none, wrong, result.adversarial]);
  });

  describe.each(norms)('on a model that is not sound, %s', (norm) => {
    const run = async (broken: Classifier<tf.Tensor2D>) => {
      const input = tf.tensor2d([[0.5, 0.5]]);
      const label = int([0]);
      const {success, adversarial} = await attack(broken, input, label, {norm, epsilon: 0.4});
      const values = numbers(adversarial);
      tf.dispose([input, label, adversarial]);
      return {success, values};
    };
    const scores = (first: tf.Tensor, bias: number) =>
      tf.concat([tf.add(first, bias), tf.zerosLike(first)], 1) as tf.Tensor2D;

    it('calls a point broken where the logits are NaN', async () => {
      await expectNoLeak(async () => {
        const {success, values} = await run((points) => {
          // Off the tape: tfjs has no gradient for comparisons.
          const hasMoved = numbers(points).some((v) => Math.abs(v - 0.5) > 1e-3);
          return scores(tf.sum(points, 1, true), hasMoved ? NaN : -0.8);
        });
        expect(success).toEqual([true]);
        expect(values.every((v) => v >= 0 && v <= 1)).toBe(true);
      });
    });

    const rough = (points: tf.Tensor2D) => {
      const zero = tf.sum(tf.sqrt(tf.mul(points, 0)), 1, true); // of infinite slope
      return scores(tf.add(tf.sum(points, 1, true), zero), 1);
    };
    const stepped = (points: tf.Tensor2D) => scores(tf.round(tf.sum(points, 1, true)), 1);

    it.each([
      ['NaN', rough, {zero: 0, nonFinite: 1}],
      ['zero', stepped, {zero: 1, nonFinite: 0}],
    ] as const)('says so where every gradient is %s', async (_what, broken, counts) => {
      await expectNoLeak(async () => {
        const input = tf.tensor2d([[0.5, 0.5]]);
        const label = int([0]);
        try {
          const result = attack(broken, input, label, {norm, epsilon: 0.05});
          if (isBlackBox) {
            const {success, adversarial} = await result;
            expect(success).toEqual([false]);
            adversarial.dispose();
          } else {
            const error = {name: 'UnusableGradientError', total: 1, where: name};
            await expect(result).rejects.toMatchObject({...error, ...counts});
          }
        } finally {
          tf.dispose([input, label]);
        }
      });
    });

    it('goes on with the others where some gradients are NaN or zero, and counts them', async () => {
      await expectNoLeak(async () => {
        // The first pixel chooses: NaN below 0.2, zero above 0.8, a slope between.
        const model = (points: tf.Tensor2D) => {
          const [first, second] = tf.split(points, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
          const level = numbers(first);
          const pick = (test: (v: number) => boolean) =>
            tf.tensor2d(level.map((v) => Number(test(v))), [level.length, 1]); // prettier-ignore
          const bad = tf.sqrt(
            tf.mul(
              second,
              tf.sub(
                1,
                pick((v) => v < 0.2),
              ),
            ),
          );
          const slope = tf.mul(second, pick((v) => v <= 0.8)); // prettier-ignore
          return scores(tf.add(slope, tf.mul(bad, 0)), -0.45);
        };
        const input = tf.tensor2d([[0.1, 0.5], [0.9, 0.5], [0.5, 0.5], [0.5, 0.9]]); // prettier-ignore
        const label = tf.tidy(() => tf.argMax<tf.Tensor1D>(model(input), 1));
        const result = await attack(model, input, label, {norm, epsilon: 0.09});
        expect(result.success[2]).toBe(true);
        if (!isBlackBox) {
          expect(result.success.slice(1)).toEqual([false, true, false]);
          const counts = result.tallies?.map(({code, count, total}) => [code, count, total]);
          expect(counts).toEqual([
            ['zero-gradient', 1, 4],
            ['non-finite-gradient', 1, 4],
          ]);
          const codes = result.warnings?.map(({code}) => code);
          expect(codes).toEqual(['zero-gradient', 'non-finite-gradient']);
        }
        tf.dispose([input, label, result.adversarial]);
      });
    });
  });

  describe('leaves tensors alone that are not its own', () => {
    const values = [0.6, 0.5, 0.5, 0.8, 0.7, 0.69];
    const labels = [0, 1, 0];
    const kept = tf.tensor2d([2, 0, 0, 2, 2, 0], [3, 2]); // prettier-ignore
    const variable = tf.variable(kept) as tf.Variable<tf.Rank.R2>;
    const rowsOf = (table: tf.Tensor2D, {shape: [count]}: tf.Tensor) =>
      count === 3 ? table : tf.slice(table, [0, 0], [count as number, 2]);
    afterAll(() => {
      tf.dispose([kept, variable]);
    });

    it.each([
      ['x itself', (x: tf.Tensor2D) => x],
      ['a clone', (x: tf.Tensor2D) => tf.clone(x)],
    ] as const)('a model that returns %s', async (_what, model) => {
      const results: [readonly boolean[], number[]][] = [];
      for (const classify of [model, (x: tf.Tensor2D) => tf.mul<tf.Tensor2D>(x, 1)]) {
        const input = tf.tensor2d(values, [3, 2]);
        const truth = int(labels);
        await expectNoLeak(async () => {
          const {success, adversarial} = await attack(classify, input, truth, {norm, epsilon: 0.2});
          results.push([success, numbers(adversarial)]);
          adversarial.dispose();
        });
        expect(numbers(input)).toEqual([...Float32Array.from(values)]);
        tf.dispose([input, truth]);
      }
      expect(results[0]).toEqual(results[1]);
    });

    it.each([
      ['a tensor that it keeps', (x: tf.Tensor2D) => rowsOf(kept, x)],
      ['a variable', (x: tf.Tensor2D) => rowsOf(variable, x)],
    ] as const)('a model that returns %s', async (_what, model) => {
      const input = tf.tensor2d(values, [3, 2]);
      const truth = int(labels);
      await expectNoLeak(async () => {
        const run = attack(model, input, truth, {norm, epsilon: 0.2});
        if (isBlackBox) (await run).adversarial.dispose();
        else await expect(run).rejects.toMatchObject({name: 'UnusableGradientError', zero: 3});
      });
      expect(numbers(model(input))).toEqual([2, 0, 0, 2, 2, 0]);
      tf.dispose([input, truth]);
    });
  });

  it('refuses a model that loses its batch axis, once a single example is left', async () => {
    const squeezing = (x: tf.Tensor2D) => tf.squeeze(tf.mul(x, 1)) as tf.Tensor2D;
    const [input, truth] = [tf.tensor2d([[0.6, 0.5], [0.1, 0.9]]), int([0, 0])]; // prettier-ignore
    await expectNoLeak(() =>
      expect(attack(squeezing, input, truth, {norm, epsilon: 0.01})).rejects.toThrow(
        new RegExp(`^${name}: "model" must give logits \\[1, classes\\]`),
      ),
    );
    tf.dispose([input, truth]);
  });

  it('tells a model which examples it sees', async () => {
    const offsets = [0.12, 0, -0.12, 0.02];
    const model = byExample<tf.Tensor2D>((x, ids) => {
      const own = Float32Array.from(ids, (id) => offsets[id] ?? NaN);
      const [first, second] = tf.split(x, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const moved = tf.add<tf.Tensor2D>(first, tf.tensor2d(own, [own.length, 1]));
      return tf.concat2d([moved, second], 1);
    });
    const [input, truth] = [tf.fill([4, 2], 0.5) as tf.Tensor2D, int([0, 1, 1, 0])];
    // The second is wrong at once: the first class wins a tie. The last is 0.01 a pixel away.
    const result = await attack<tf.Tensor2D>(model, input, truth, {norm, epsilon: 0.05});
    expect(result.success).toEqual([false, true, false, true]);
    tf.dispose([input, truth, result.adversarial]);
  });

  it('takes the word of the model as it is, not of the one with its batch norm folded', async () => {
    const model = foldsIntoAnother();
    const input = tf.tensor2d([[0.02, 0.5]]);
    const label = int([0]);
    const {frozenClass, ownClass} = tf.tidy(() => {
      const frozen = freezeWeights(asClassifier<tf.Tensor2D>(model));
      const classOf = (logits: tf.Tensor2D) => tf.argMax(logits, 1).dataSync()[0];
      const inReach = tf.tensor2d([[0.1, 0.5]]);
      const found = classOf(frozen.classify(inReach));
      frozen.dispose();
      return {frozenClass: found, ownClass: classOf(model.predict(inReach) as tf.Tensor2D)};
    });
    expect([frozenClass, ownClass]).toEqual([1, 0]);
    const {success, adversarial} = await attack(model, input, label, {norm, epsilon: 0.1});
    expect(success).toEqual([false]);
    expect(numbers(adversarial)).toEqual(numbers(input));
    tf.dispose([input, label, adversarial]);
    model.dispose();
  });

  it('refuses a misspelt option, a bad epsilon, identities and images', async () => {
    await expectNoLeak(async () => {
      const refused = (settings: Settings, pattern: RegExp) =>
        expect(attack(net, x, labels, {norm, ...settings})).rejects.toThrow(pattern);
      await refused({EPSILON: 1} as Settings, /"EPSILON".*Did you mean "epsilon"/);
      await refused({epsilon: -0.1}, /"epsilon".*-0\.1/);
      await refused({epsilon: [1]}, /"epsilon".*6 examples/);
      await refused({exampleIds: [1]}, /"exampleIds"/);
      await refused({quantize: 1}, /"quantize"/);
      await refused({clip: [0, 0.5]}, /"x".*clip/);
    });
  });
});
