import {autoAttack} from '../../../src/attacks/autoAttack/autoAttack';
import {estimateCost} from '../../../src/attacks/autoAttack/estimateCost';
import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {
  runSquare,
  squareAttack,
  type SquareOptions,
} from '../../../src/attacks/square/squareAttack';
import type {AttackResult} from '../../../src/core/attackResult';
import type {Classifier} from '../../../src/core/classifier';
import type {Progress} from '../../../src/core/progress';
import {createRng} from '../../../src/core/rng';
import type {Norm} from '../../../src/core/threatModel';
import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {seeded, tinyConvNet} from '../../support/models';
import {squareProblem, sumModel} from '../../support/squareProblem';
import {expectNoLeak, int, numbers} from '../../support/tensors';

const NORMS: readonly Norm[] = ['linf', 'l2'];
const RNG = createRng(11);
const f = Math.fround;

/** Initial weights of a layer, the same in each run. */
const seededKernel = (seed: number) => ({
  kernelInitializer: tfl.initializers.glorotUniform({seed}),
});

type Shape = [height: number, width: number, channels: number];

/** Runs the attack and reads the result; nothing is left behind. */
async function attacked(
  model: Classifier,
  shape: Shape,
  images: readonly (readonly number[])[],
  labels: readonly number[],
  options: SquareOptions = {},
) {
  const x = tf.tensor4d(images.flat(), [images.length, ...shape]);
  const truth = int([...labels]);
  const clean = numbers(x);
  try {
    const {adversarial, ...result} = await squareAttack(model, x, truth, {rng: RNG, ...options});
    expect(adversarial.shape).toEqual(x.shape);
    expect(adversarial.dtype).toBe('float32');
    const values = numbers(adversarial);
    adversarial.dispose();
    expect(numbers(x)).toEqual(clean);
    const size = values.length / images.length;
    return {...result, points: images.map((_, row) => values.slice(row * size, (row + 1) * size))};
  } finally {
    tf.dispose([x, truth]);
  }
}

// Two layers on rectangular images, four classes.
const SHAPE: Shape = [6, 5, 2];
const SIZE = 60;
const hidden = [seeded<tf.Rank.R2>([SIZE, 12], 5), seeded<tf.Rank.R2>([12, 4], 6)] as const;
const layered: Classifier = (x) =>
  tf.matMul(tf.relu(tf.matMul(tf.reshape(x, [-1, SIZE]), hidden[0])), hidden[1]);
const IMAGES = Array.from({length: 8}, (_, row) =>
  Array.from({length: SIZE}, (_, i) => f(((row * 17 + i * 11 + row * i) % 27) / 26)),
);
const predictionsOf = (images: readonly (readonly number[])[]) =>
  tf.tidy(() => [
    ...tf.argMax(layered(tf.tensor4d(images.flat(), [images.length, ...SHAPE])), 1).dataSync(),
  ]);
const LABELS = predictionsOf(IMAGES);
const EPSILON = {linf: 0.08, l2: 0.4} as const;

const attack = (options: SquareOptions = {}, rows = IMAGES.map((_, row) => row)) =>
  attacked(
    layered,
    SHAPE,
    rows.map((row) => IMAGES[row] as number[]),
    rows.map((row) => LABELS[row] as number),
    {
      ...{queries: 60, epsilon: EPSILON[options.norm ?? 'linf']},
      exampleIds: rows,
      ...options,
    },
  );

describe.each(NORMS)('squareAttack, %s', (norm) => {
  const epsilon = EPSILON[norm];

  it('stays in ball and range, is wrong on a fresh pass, and gives back what it cannot break', async () => {
    const {points, success, distances, cost} = await attack({norm});
    expect(success).toContain(true);
    expect(success).toContain(false);
    const predicted = predictionsOf(points);
    points.forEach((point, row) => {
      const clean = IMAGES[row] as number[];
      expect(predicted[row] !== LABELS[row]).toBe(success[row]);
      expect(Math.min(...point)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...point)).toBeLessThanOrEqual(1);
      const offsets = point.map((value, i) => value - (clean[i] as number));
      const size = norm === 'l2' ? Math.hypot(...offsets) : Math.max(...offsets.map(Math.abs));
      expect(size).toBeLessThanOrEqual(epsilon + 1e-6);
      expect(distances[row]).toBeCloseTo(size, 7);
      if (success[row] !== true) expect(point).toEqual(clean);
      expect(cost.backward[row]).toBe(0);
    });
  });

  it('spends q + 1 queries on what it cannot break, and no more on what it has broken', async () => {
    const {success, cost} = await attack({norm});
    success.forEach((fell, row) => {
      const queries = cost.queries[row] as number;
      if (fell) expect(queries).toBeLessThanOrEqual(61);
      else expect(queries).toBe(61);
      // The clean pass, and the verification of what fell.
      expect(cost.forward[row]).toBe(queries + 1 + (fell ? 1 : 0));
    });
    const two = await attack({norm, restarts: 2});
    two.success.forEach((fell, row) => {
      if (!fell) expect(two.cost.forward[row]).toBe(1 + 2 * 61);
      if (success[row] === true) {
        expect(fell).toBe(true);
        expect(two.cost.queries[row]).toBe(cost.queries[row]);
      }
    });
  });

  it('does not depend on the batch, the order or the neighbours', async () => {
    const whole = await attack({norm});
    const again = await attack({norm});
    expect(again).toEqual(whole);
    const order = [5, 2, 7, 0, 3, 6, 1, 4];
    const permuted = await attack({norm}, order);
    order.forEach((row, i) => {
      expect(permuted.points[i]).toEqual(whole.points[row]);
      expect(permuted.cost.queries[i]).toBe(whole.cost.queries[row]);
    });
    for (const rows of [[0, 1, 2], [3], [4, 6, 7]]) {
      const part = await attack({norm}, rows);
      expect(part.points).toEqual(rows.map((row) => whole.points[row]));
      expect(part.success).toEqual(rows.map((row) => whole.success[row]));
    }
  });

  it('draws by identity: duplicates agree where theirs do, and nowhere else', async () => {
    const pair = [0, 0].map((row) => IMAGES[row] as number[]);
    const labels = [LABELS[0], LABELS[0]] as number[];
    // A model that always keeps the label: the last query shows where the search stands.
    const last: number[][] = [];
    const calm: Classifier = (x) => {
      last.push(numbers(x));
      return tf.add(layered(x), tf.mul(tf.oneHot(int(labels.slice(0, x.shape[0])), 4), 100));
    };
    const options = {norm, epsilon, queries: 3};
    await attacked(calm, SHAPE, pair, labels, {...options, exampleIds: [4, 4]});
    const same = last.at(-1) as number[];
    expect(same.slice(0, SIZE)).toEqual(same.slice(SIZE));
    await attacked(calm, SHAPE, pair, labels, options);
    const positions = last.at(-1) as number[];
    expect(positions.slice(0, SIZE)).not.toEqual(positions.slice(SIZE));
    await attacked(calm, SHAPE, pair, labels, {...options, exampleIds: [0, 1]});
    expect(last.at(-1)).toEqual(positions);
    await attacked(calm, SHAPE, pair, labels, {...options, rng: createRng(12)});
    expect(last.at(-1)).not.toEqual(positions);
  });

  it('leaves at the first success with earlyStop or without', async () => {
    expect(await attack({norm, earlyStop: false})).toEqual(await attack({norm}));
  });

  it('breaks nothing at epsilon 0', async () => {
    const {points, success, distances} = await attack({norm, epsilon: 0, queries: 5});
    expect(points).toEqual(IMAGES);
    expect(new Set(success)).toEqual(new Set([false]));
    expect(new Set(distances)).toEqual(new Set([0]));
  });

  it('takes one epsilon per example', async () => {
    const whole = await attack({norm});
    const none = await attack({norm, epsilon: IMAGES.map((_, row) => (row % 2 ? epsilon : 0))});
    IMAGES.forEach((image, row) => {
      if (row % 2) expect(none.success[row]).toBe(whole.success[row]);
      else expect(none.points[row]).toEqual(image);
    });
    expect(none.success).toContain(true);
  });

  it('stays on grey levels, within whole levels of epsilon', async () => {
    const levels = IMAGES.map((image) => image.map((v) => Math.round(v * 15)));
    const coarse = levels.map((image) => image.map((v) => f(v / 15)));
    const labels = predictionsOf(coarse);
    // 2.6 levels for L∞ count as two, 6.3 for L2 as they are.
    const radius = norm === 'l2' ? 6.3 : 2.6;
    const seen: number[][] = [];
    const model: Classifier = (x) => {
      seen.push(numbers(x));
      return layered(x);
    };
    const options = {norm, epsilon: radius / 15, quantize: 16, queries: 60};
    const {points, success} = await attacked(model, SHAPE, coarse, labels, options);
    expect(success).toContain(true);
    for (const pixel of seen.flat()) expect(f(Math.round(pixel * 15) / 15)).toBe(pixel);
    points.forEach((point, row) => {
      const steps = point.map((v, i) => Math.round(v * 15) - (levels[row]?.[i] as number));
      point.forEach((v) => expect(f(Math.round(v * 15) / 15)).toBe(v));
      if (norm === 'linf') expect(Math.max(...steps.map(Math.abs))).toBe(success[row] ? 2 : 0);
      else expect(Math.hypot(...steps)).toBeLessThanOrEqual(radius);
    });
  });

  it('leaves examples alone that are wrong without it', async () => {
    const labels = LABELS.map((label, row) => (row === 2 || row === 5 ? (label + 1) % 4 : label));
    const whole = await attack({norm});
    const options = {norm, epsilon, queries: 60};
    const {points, success, distances, cost} = await attacked(
      layered,
      SHAPE,
      IMAGES,
      labels,
      options,
    );
    for (const row of [2, 5]) {
      expect(points[row]).toEqual(IMAGES[row]);
      expect([success[row], distances[row]]).toEqual([true, 0]);
      expect([cost.forward[row], cost.queries[row]]).toEqual([1, 0]);
    }
    for (const row of [0, 1, 3, 4, 6, 7]) expect(points[row]).toEqual(whole.points[row]);
    const wrong = LABELS.map((label) => (label + 1) % 4);
    const all = await attacked(layered, SHAPE, IMAGES, wrong, options);
    expect(all.points).toEqual(IMAGES);
    expect(all.cost.forward).toEqual(IMAGES.map(() => 1));
  });

  it('reaches targets', async () => {
    const targets = int(LABELS.map((label) => (label + 1) % 4));
    const {points, success, cost} = await attack({
      norm,
      targets,
      epsilon: 2 * epsilon,
      queries: 150,
    });
    expect(success).toContain(true);
    const predicted = predictionsOf(points);
    success.forEach((fell, row) => {
      const label = LABELS[row] as number;
      expect(predicted[row]).toBe(fell ? (label + 1) % 4 : label);
      if (!fell) expect(cost.queries[row]).toBe(151);
    });
    targets.dispose();
  });

  it("also lowers the label's probability", async () => {
    const {points, success} = await attack({norm, loss: 'ce'});
    expect(success).toContain(true);
    expect(predictionsOf(points).map((c, row) => c !== LABELS[row])).toEqual(success);
  });

  it('leaks nothing, aborts at once, and passes on what a callback or the model throws', async () => {
    const x = tf.tensor4d(IMAGES.flat(), [8, ...SHAPE]);
    const labels = int(LABELS);
    const options = {norm, epsilon, queries: 30, rng: RNG};
    await expectNoLeak(async () => {
      (await squareAttack(layered, x, labels, options)).adversarial.dispose();
    });
    const controller = new AbortController();
    const reason = new Error('enough');
    let steps = 0;
    const onProgress = () => {
      steps++;
      if (steps === 5) controller.abort(reason);
    };
    await expectNoLeak(() =>
      expect(
        squareAttack(layered, x, labels, {...options, signal: controller.signal, onProgress}),
      ).rejects.toBe(reason),
    );
    expect(steps).toBe(5);
    let calls = 0;
    const tired: Classifier = (input) => {
      if (++calls === 7) throw reason;
      return layered(input);
    };
    await expectNoLeak(() => expect(squareAttack(tired, x, labels, options)).rejects.toBe(reason));
    tf.dispose([x, labels]);
  });

  it('accepts an empty batch, without calling the model', async () => {
    const x = tf.zeros([0, ...SHAPE]) as tf.Tensor4D;
    const never: Classifier = () => {
      throw new Error('called');
    };
    const result = await squareAttack(never, x, int([]), {norm, rng: RNG});
    expect(result.adversarial.shape).toEqual([0, ...SHAPE]);
    expect(result.success).toEqual([]);
  });

  it('works without a range', async () => {
    const {success, distances} = await attack({norm, clip: null, epsilon: 2 * epsilon});
    expect(success).toContain(true);
    distances.forEach((d) => expect(d).toBeLessThanOrEqual(2 * epsilon + 1e-6));
  });

  it('attacks a layers model with batch norm', async () => {
    const net = tinyConvNet({channels: 1, seed: 3});
    const x = tf.tidy(() => tf.abs(seeded<tf.Rank.R4>([3, 8, 8, 1], 8)));
    const truth = tf.tidy(() => tf.cast(tf.argMax(net.predict(x) as tf.Tensor2D, 1), 'int32'));
    const weights = () => net.getWeights().flatMap((w) => numbers(w));
    const before = weights();
    const result = await squareAttack(net, x, truth as tf.Tensor1D, {
      ...{norm, epsilon: norm === 'l2' ? 1.5 : 0.25, queries: 40, rng: RNG},
    });
    expect(weights()).toEqual(before);
    const predicted = tf.tidy(() =>
      numbers(tf.argMax(net.predict(result.adversarial) as tf.Tensor, 1)),
    );
    expect(predicted.map((c, row) => c !== numbers(truth)[row])).toEqual(result.success);
    tf.dispose([x, truth, result.adversarial]);
    net.dispose();
  });
});

describe('squareAttack, L∞', () => {
  it('has every pixel at an end of its range in float32 (38)', async () => {
    const {points, success} = await attack({epsilon: 0.08});
    const e = f(0.08);
    points.forEach((point, row) => {
      if (success[row] !== true) return;
      point.forEach((value, i) => {
        const clean = IMAGES[row]?.[i] as number;
        expect([Math.max(f(clean - e), 0), Math.min(f(clean + e), 1)]).toContain(value);
      });
    });
  });
});

describe('squareAttack on linear models (16)', () => {
  // Two classes apart by w.x + b; all of the ball is inside the range.
  const linear = fc
    .record({norm: fc.constantFrom(...NORMS), seed: fc.integer({min: 0, max: 1e6})})
    .map(({norm, seed}) => {
      const rng = createRng(seed);
      const weights = Array.from({length: 25}, () => 2 * rng.uniform() - 1);
      const image = Array.from({length: 25}, () => f(0.4 + 0.2 * rng.uniform()));
      const dual =
        norm === 'l2' ? Math.hypot(...weights) : weights.reduce((s, w) => s + Math.abs(w), 0);
      const epsilon = norm === 'l2' ? 0.3 : 0.2;
      const value = image.reduce((sum, v, i) => sum + v * (weights[i] as number), 0);
      // The threshold at which the exact distance is `part` of epsilon.
      const model = (part: number) => sumModel(value + part * epsilon * dual, weights);
      return {options: {norm, epsilon, queries: 300}, image, model};
    });

  it('never breaks what is out of reach', async () => {
    await fc.assert(
      fc.asyncProperty(linear, async ({options, image, model}) => {
        const result = await attacked(model(1.001), [5, 5, 1], [image], [0], options);
        expect(result.success).toEqual([false]);
        expect(result.cost.queries).toEqual([301]);
      }),
      {numRuns: 10},
    );
  });

  // White noise for weights is what windows fit worst.
  it('breaks most of what lies well within epsilon', async () => {
    const fallen: boolean[] = [];
    await fc.assert(
      fc.asyncProperty(linear, async ({options, image, model}) => {
        const settings = {...options, queries: 600, rescaleSchedule: true};
        const result = await attacked(model(0.4), [5, 5, 1], [image], [0], settings);
        fallen.push(...result.success);
      }),
      {numRuns: 20, seed: 5},
    );
    expect(fallen.filter(Boolean).length).toBeGreaterThanOrEqual(18);
  });
});

describe('squareAttack, ties', () => {
  // Logits equal wherever the image changed.
  const tied: Classifier = (x) => {
    const flat = tf.reshape(x, [x.shape[0], -1]);
    const moved = tf.mul(tf.max(tf.abs(tf.sub(flat, 0.5)), 1, true), 1e6);
    const margin = tf.relu(tf.sub(2, moved));
    return tf.concat([margin, tf.zerosLike(margin)], 1) as tf.Tensor2D;
  };
  const swapped: Classifier = (x) => tf.reverse(tied(x), 1);
  const image = new Array<number>(25).fill(0.5);

  it('let an example leave; it is broken only if the lower class is a wrong one', async () => {
    const robust = await attacked(tied, [5, 5, 1], [image], [0], {queries: 50});
    expect(robust.success).toEqual([false]);
    expect(robust.points).toEqual([image]);
    expect(robust.cost).toEqual({forward: [2], backward: [0], queries: [1]});
    const broken = await attacked(swapped, [5, 5, 1], [image], [1], {queries: 50});
    expect(broken.success).toEqual([true]);
    expect(broken.cost).toEqual({forward: [3], backward: [0], queries: [1]});
    const restarted = await attacked(tied, [5, 5, 1], [image], [0], {queries: 50, restarts: 3});
    expect(restarted.cost.queries).toEqual([3]);
  });
});

describe('squareAttack, options', () => {
  const image = [new Array<number>(16).fill(0.5)];
  const calm = sumModel(1e6);

  it('has 5000 queries of windows that cover 0.8 at first, not rescaled, as defaults', async () => {
    const changed: number[] = [];
    let previous: number[] | undefined;
    // Each candidate is better than the one before: all are kept.
    let score = 1e6;
    const downhill: Classifier = (x) => {
      const values = numbers(x);
      if (previous !== undefined) changed.push(values.filter((v, i) => v !== previous?.[i]).length);
      previous = values;
      score--;
      return tf.tensor2d([[score, 0]]);
    };
    const shape: Shape = [20, 20, 1];
    const grey = [new Array<number>(400).fill(0.5)];
    const onProgress = ({total, unit, phase}: Progress) => {
      expect([total, unit, phase]).toEqual([5001, 'step', 'squareAttack']);
    };
    const {cost} = await attacked(downhill, shape, grey, [0], {onProgress});
    expect(cost.queries).toEqual([5001]);
    // Entry 1 is the step from the start to iteration 0: sides 18, 13, 9, 6, 4, 3, 2, 2.
    const largest = (from: number, to: number) => Math.max(...changed.slice(from + 1, to + 1));
    expect(largest(11, 51)).toBeLessThanOrEqual(13 ** 2);
    expect(largest(51, 201)).toBe(9 ** 2);
    expect(largest(201, 501)).toBe(6 ** 2);
    expect(largest(501, 1001)).toBe(4 ** 2);
    expect(largest(1001, 2001)).toBe(3 ** 2);
    expect(largest(2001, 4001)).toBe(2 ** 2);
    expect(Math.max(...changed.slice(0, 12))).toBeGreaterThan(13 ** 2);
  });

  it('hands schedule, size and restarts on', async () => {
    const sizes = async (options: SquareOptions) => {
      const seen: number[][] = [];
      const model: Classifier = (x) => {
        seen.push(numbers(x));
        return tf.tensor2d([[1e6 - seen.length, 0]]);
      };
      await attacked(model, [4, 4, 1], image, [0], {queries: 30, ...options});
      // Of the search only: after the clean image and the start.
      return seen.slice(2).map((v, i) => v.filter((p, k) => p !== seen[i + 1]?.[k]).length);
    };
    // Iterations 11 to 30 have windows of side 3 (0.4 of 16), rescaled much sooner of side 1.
    expect(Math.max(...(await sizes({})).slice(11))).toBeGreaterThan(1);
    expect(Math.max(...(await sizes({rescaleSchedule: true})).slice(1))).toBeLessThanOrEqual(9);
    expect(Math.max(...(await sizes({rescaleSchedule: true})).slice(10))).toBe(1);
    expect(Math.max(...(await sizes({pInit: 0.05})))).toBe(1);
    const twice = await attacked(calm, [4, 4, 1], image, [0], {queries: 30, restarts: 2});
    expect(twice.cost.queries).toEqual([62]);
  });

  it('starts elsewhere at each restart', async () => {
    const seen: number[][] = [];
    const model: Classifier = (x) => {
      seen.push(numbers(x));
      return calm(x);
    };
    await attacked(model, [4, 4, 1], image, [0], {queries: 1, restarts: 3});
    const starts = [1, 3, 5].map((i) => seen[i]?.join());
    expect(new Set(starts).size).toBe(3);
  });

  it.each<[string, SquareOptions, RegExp]>([
    [
      'no generator',
      {rng: undefined},
      /squareAttack: "rng" must be given: the attack is a random search, found/,
    ],
    ['no query', {queries: 0}, /"queries" must be an integer >= 1, found 0/],
    ['half a query', {queries: 1.5}, /"queries" must be an integer/],
    ['no restart', {restarts: 0}, /"restarts" must be an integer >= 1/],
    ['no window', {pInit: 0}, /"pInit" must be a finite number > 0 and <= 1, found 0/],
    ['too large a window', {pInit: 1.1}, /"pInit"/],
    ['another loss', {loss: 'dlr' as never}, /"loss" must be one of 'margin', 'ce', found 'dlr'/],
    ['another norm', {norm: 'l1' as never}, /"norm"/],
    ['L2 on 4 pixels', {norm: 'l2'}, /"x" must be at least 5 pixels high for L2/],
    ['an epsilon beyond the range', {epsilon: 2}, /"epsilon"/],
    [
      'targets of another type',
      {targets: tf.tensor1d([1])},
      /"targets" must be an int32 tensor \[1\]/,
    ],
    [
      'a target that is no class',
      {targets: tf.tensor1d([2], 'int32')},
      /"targets" must lie in \[0, 2\)/,
    ],
    [
      'a target that is the label',
      {targets: tf.tensor1d([0], 'int32')},
      /"targets" must be wrong classes, found the label, 0, for example 0. Choose another/,
    ],
    ['an unknown option', {steps: 3} as SquareOptions, /"steps" must be one of its options/],
  ])('refuses %s', async (_, options, message) => {
    await expectNoLeak(async () => {
      const x = tf.tensor4d(image.flat(), [1, 4, 4, 1]);
      const labels = int([0]);
      // `rng: undefined` must not be overwritten by a generator.
      const all = 'rng' in options ? options : {...options, rng: RNG};
      await expect(squareAttack(calm, x, labels, {queries: 3, ...all})).rejects.toThrow(message);
      tf.dispose([x, labels]);
    });
  });

  it('allows windows as large as the image', async () => {
    const {cost} = await attacked(calm, [4, 4, 1], image, [0], {queries: 2, pInit: 1});
    expect(cost.queries).toEqual([3]);
  });

  it('refuses what is no batch of images', async () => {
    const x = tf.zeros([1, 16]) as unknown as tf.Tensor4D;
    await expect(squareAttack(calm, x, int([0]), {rng: RNG})).rejects.toThrow(
      /"x" must be images \[batch, height, width, channels\]/,
    );
    x.dispose();
  });
});

describe('runSquare', () => {
  it('has the defaults of the attack', async () => {
    const x = tf.fill([1, 5, 5, 1], 0.5) as tf.Tensor4D;
    let passes = 0;
    const model: Classifier = (input) => {
      passes++;
      return sumModel(1e6)(input);
    };
    const outcome = await runSquare(squareProblem(x, {model}));
    expect(passes).toBe(5001);
    expect([...outcome.queries]).toEqual([5001]);
    x.dispose();
  });

  it('descends the margin, unless it is told the cross-entropy', async () => {
    // The two losses rank points differently: the margin sees the second class, the other all three.
    const curved: Classifier = (input) => {
      const sum = tf.mul(tf.sum(input, [1, 2, 3]), 0.3);
      const odd = tf.sum(tf.square(tf.sub(input, 0.45)), [1, 2, 3]);
      return tf.stack([tf.add(sum, 30), sum, tf.mul(odd, 20)], 1) as tf.Tensor2D;
    };
    const x = tf.tidy(() => tf.fill([1, 5, 5, 1], 0.5) as tf.Tensor4D);
    const visited = async (settings: Parameters<typeof runSquare>[1]) => {
      const sums: number[] = [];
      const model: Classifier = (input) => {
        sums.push(...numbers(input));
        return curved(input);
      };
      await runSquare(squareProblem(x, {model}), {queries: 60, ...settings});
      return sums;
    };
    const plain = await visited({});
    expect(plain).toEqual(await visited({loss: 'margin'}));
    expect(plain).not.toEqual(await visited({loss: 'ce'}));
    x.dispose();
  });

  it('refuses images that it cannot work on, and a missing generator', async () => {
    const threat = {norm: 'l2', epsilon: 0.5, clip: [0, 1]} as const;
    const x = tf.fill([1, 4, 5, 1], 0.5) as tf.Tensor4D;
    await expect(runSquare(squareProblem(x, {threat}))).rejects.toThrow(
      /test: "x" must be at least/,
    );
    await expect(runSquare(squareProblem(x, {rng: undefined}))).rejects.toThrow(/test: "rng"/);
    x.dispose();
  });

  it('does not start again once everything is broken', async () => {
    const x = tf.fill([2, 5, 5, 1], 0.5) as tf.Tensor4D;
    let pauses = 0;
    const outcome = await runSquare(
      squareProblem(x, {
        model: sumModel(-1),
        pause: () => {
          pauses++;
          return Promise.resolve();
        },
      }),
      {queries: 10, restarts: 4},
    );
    expect([...outcome.queries]).toEqual([1, 1]);
    expect(pauses).toBe(1);
    x.dispose();
  });

  it.skipIf(tf.getBackend() !== 'wasm').each([
    ['margin', undefined],
    ['ce', undefined],
    ['margin', 256],
  ] as const)(
    'has the same digits where only what a window reaches is computed (%s, levels %s)',
    async (loss, quantize) => {
      const undo = await registerGradientKernels({simd: 'plain'});
      const conv = {kernelSize: 3, padding: 'same', activation: 'relu'} as const;
      const net = tfl.sequential({
        layers: [
          tfl.layers.conv2d({...conv, filters: 4, inputShape: [16, 16, 1], ...seededKernel(1)}),
          tfl.layers.maxPooling2d({poolSize: 2}),
          tfl.layers.conv2d({...conv, filters: 8, strides: 2, ...seededKernel(2)}),
          tfl.layers.flatten(),
          tfl.layers.dense({units: 4, ...seededKernel(3)}),
        ],
      });
      const x = tf.tidy(() =>
        tf.div(tf.round(tf.mul(tf.abs(seeded([12, 16, 16, 1], 6)), 255)), 255),
      );
      const images = x as tf.Tensor4D;
      const labels = tf.tidy(() => {
        const wanted = tf.argMax(net.predict(images) as tf.Tensor, 1);
        return tf.cast(wanted, 'int32') as tf.Tensor1D;
      });
      const options = {epsilon: 98 / 255, queries: 300, loss, quantize, rng: createRng(4)};
      const bitsOf = ({adversarial, ...rest}: AttackResult) => {
        const bits = [...new Int32Array(adversarial.dataSync<'float32'>().slice().buffer)];
        adversarial.dispose();
        return {...rest, bits};
      };
      // Passes of a function are made as they are, each time.
      const whole = bitsOf(
        await squareAttack((z) => net.predict(z) as tf.Tensor2D, images, labels, options),
      );
      const ids = tf.backend().numDataIds();
      await expectNoLeak(async () => {
        expect(bitsOf(await squareAttack(net, images, labels, options))).toEqual(whole);
      });
      expect(tf.backend().numDataIds()).toBe(ids);
      const broken = whole.success.filter(Boolean).length;
      expect(broken).toBeGreaterThan(0);
      expect(broken).toBeLessThan(9);
      net.dispose();
      tf.dispose([images, labels]);
      undo();
    },
  );
});

describe('squareAttack on images with the channels first', () => {
  const values = Float32Array.from({length: 168 * 3}, (_, i) => Math.sin(7 * i * i));
  const onFirst = (x: tf.Tensor4D): tf.Tensor2D =>
    tf.matMul(tf.reshape(tf.sub(x, 0.5), [-1, 168]), tf.tensor2d(values, [168, 3]));
  const onLast = (x: tf.Tensor4D) => onFirst(tf.transpose(x, [0, 3, 1, 2]));

  it.each(['linf', 'l2'] as const)('finds what it finds on channels last: %s', async (norm) => {
    const x: tf.Tensor4D = tf.randomUniform([12, 3, 8, 7], 0.1, 0.9, 'float32', 3);
    const last = tf.tidy(() => tf.transpose(x, [0, 2, 3, 1]));
    const labels = tf.tidy(() => tf.argMax<tf.Tensor1D>(onFirst(x), 1));
    const options = {norm, epsilon: norm === 'l2' ? 0.2 : 0.03, queries: 60, rng: createRng(2)};
    await expectNoLeak(async () => {
      const a = await squareAttack(onLast, last, labels, options);
      const dataFormat = 'channelsFirst' as const;
      const b = await squareAttack(onFirst, x, labels, {...options, dataFormat});
      expect(b.success).toEqual(a.success);
      expect(new Set(a.success).size).toBe(2);
      expect(b.cost).toEqual(a.cost);
      expect(numbers(b.adversarial)).toEqual(
        tf.tidy(() => numbers(tf.transpose(a.adversarial, [0, 3, 1, 2]))),
      );
      await expect(squareAttack(onFirst, x, labels, options)).rejects.toThrow(/"dataFormat"/);
      const whole = {...options, version: 'standard', epsilon: 0.01} as const;
      await expect(autoAttack(onFirst, x, labels, whole)).rejects.toThrow(/"dataFormat"/);
      const alone = {...options, attacks: ['square'], diagnostics: false} as const;
      const report = await autoAttack(onFirst, x, labels, {...alone, dataFormat});
      const reference = await autoAttack(onLast, last, labels, alone);
      expect(report.samples).toEqual(reference.samples);
      tf.dispose([a.adversarial, b.adversarial]);
    });
    tf.dispose([x, last, labels]);
  });

  it('refuses low images under L2 before the first pass, in the ensemble and its estimate too', async () => {
    let passes = 0;
    const model = (x: tf.Tensor4D): tf.Tensor2D => {
      passes++;
      return tf.slice(tf.reshape(x, [x.shape[0], -1]), [0, 0], [-1, 2]) as tf.Tensor2D;
    };
    const x = tf.fill<tf.Rank.R4>([1, 4, 9, 1], 0.5);
    const labels = int([0]);
    const options = {norm: 'l2', epsilon: 0.5, rng: createRng(2)} as const;
    for (const run of [squareAttack, autoAttack<tf.Tensor4D>, estimateCost<tf.Tensor4D>]) {
      await expect(run(model, x, labels, options)).rejects.toThrow(/at least 5 pixels high/);
    }
    expect(passes).toBe(0);
    tf.dispose([x, labels]);
  });
});
