import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect} from 'vitest';

import {apgdAttack, type ApgdOptions} from '../../../src/attacks/apgd/apgdAttack';
import type {AttackResult} from '../../../src/core/attackResult';
import type {Classifier} from '../../../src/core/classifier';
import {createRng} from '../../../src/core/rng';
import {linearModel, onePixelModel, seeded, tinyConvNet, twoLayerModel} from '../../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

// A model that notes what it was given: the clean input, the start and every iterate.
function watched(model: Classifier<tf.Tensor2D>): {
  seen: number[][];
  model: Classifier<tf.Tensor2D>;
} {
  const seen: number[][] = [];
  return {
    seen,
    model: (x) => {
      seen.push(numbers(x));
      return model(x);
    },
  };
}

// Passes of each example, minus the clean one.
const spent = ({cost}: AttackResult<tf.Tensor2D>) => [
  cost.forward.map((n) => n - 1),
  [...cost.backward],
];

describe('apgdAttack on one pixel', () => {
  const run = async (options: ApgdOptions) => {
    const {seen, model: spy} = watched(onePixelModel);
    const x = tf.tensor2d([[0.5]]);
    const result = await apgdAttack(spy, x, int([0]), {epsilon: 0.3, steps: 10, ...options});
    return {seen: seen.map(([v]) => v as number), result};
  };
  const iterates = [0.8, 0.425, 0.6125, 0.35, 0.3875, 0.55625, 0.78125, 0.66875, 0.584375];

  it('follows the trajectory by hand, with 11 forward and 10 backward passes', async () => {
    const {seen, result} = await run({});
    expectClose(seen, [0.5, 0.5, ...iterates, 0.45078125], 1e-6);
    expect(result.success).toEqual([false]);
    expect(numbers(result.adversarial)).toEqual([0.5]);
    expect(result.distances).toEqual([0]);
    expect(spent(result)).toEqual([[11], [10]]);
  });

  it("compares the first loss with the start's if asked to, as in the paper", async () => {
    const {seen} = await run({firstComparison: 'start'});
    expectClose(
      seen.slice(2),
      [0.8, 0.425, 0.65, 0.4625, 0.5375, 0.621875, 0.53046875, 0.565625, 0.6078125, 0.59375],
      1e-6,
    );
  });

  it('returns the point of the highest loss if asked to, and spends a pass more to check it', async () => {
    const {result} = await run({returns: 'best-loss'});
    expectClose(result.adversarial, [0.584375], 1e-6);
    expectClose(result.distances, [0.084375], 1e-6);
    expect(result.success).toEqual([false]);
    expect(spent(result)).toEqual([[12], [10]]);
  });

  it('finds the best point at the last iterate, too', async () => {
    const {result} = await run({returns: 'best-loss', steps: 1});
    expectClose(result.adversarial, [0.5], 1e-6); // .8 is worse than the start
    const reached = await run({returns: 'best-loss', steps: 3});
    // Windows of one step: halved after .8, which went on from .5, and so on.
    expect(reached.seen).toHaveLength(2 + 3 + 1);
    const losses = reached.seen.slice(1, -1).map((v) => Math.abs(v - 0.58));
    expectClose([Math.abs((reached.seen.at(-1) as number) - 0.58)], [Math.min(...losses)], 1e-6);
  });

  it('takes momentum and ρ', async () => {
    // Without momentum: .8, then .2 (0.6 down, cut by the ball)
    expectClose((await run({momentum: 1})).seen.slice(2, 4), [0.8, 0.2], 1e-6);
    // With ρ = 1 two rises in two steps are not enough: halved at 2, on from the start.
    const {seen} = await run({rho: 1});
    expectClose(seen.slice(2, 5), [0.8, 0.425, 0.65], 1e-6);
  });
});

describe('apgdAttack on two layers', () => {
  const run = async (options: ApgdOptions) => {
    const {seen, model} = watched(twoLayerModel);
    const x = tf.tensor2d([[0.6, 0.4]]);
    const result = await apgdAttack(model, x, int([0]), {steps: 10, ...options});
    return {result, iterates: seen.slice(2).map((point) => point.map((v) => v))};
  };
  const expectPoints = (actual: number[][], expected: number[][]) => {
    expectClose(actual.slice(0, expected.length).flat(), expected.flat(), 2e-6);
  };

  it('breaks it at the first L∞ iterate, and stops there', async () => {
    const {result, iterates} = await run({epsilon: 0.1});
    expectPoints(iterates, [[0.5, 0.5]]);
    expect(result.success).toEqual([true]);
    expectClose(result.adversarial, [0.5, 0.5], 1e-6);
    expectClose(result.distances, [0.1], 1e-6);
    // Start and first iterate, each with its gradient; one forward pass verifies.
    expect(spent(result)).toEqual([[3], [2]]);
  });

  it('goes on to the end without early stop, and returns the last broken iterate', async () => {
    const {result, iterates} = await run({epsilon: 0.1, earlyStop: false});
    expect(result.success).toEqual([true]);
    expect(spent(result)).toEqual([[12], [10]]);
    expectClose(result.adversarial, [0.5, 0.5], 1e-6);
    expect(iterates).toHaveLength(11);
  });

  it('does not break it at ε = 0.05', async () => {
    const {result} = await run({epsilon: 0.05, returns: 'best-loss'});
    expectClose(result.adversarial, [0.55, 0.45], 1e-6);
    expect(result.success).toEqual([false]);
  });

  it('ascends DLR, with the first comparison of the code and of the paper', async () => {
    const {result, iterates} = await run({loss: 'dlr', epsilon: 0.1});
    expectPoints(iterates, [[0.7, 0.3], [0.575, 0.3], [0.5, 0.3]]); // prettier-ignore
    expect(result.success).toEqual([true]);
    expectClose(result.adversarial, [0.5, 0.3], 1e-6);
    expect(spent(result)).toEqual([[5], [4]]);
  });

  it('ascends the targeted DLR towards the classes that are most likely, one after another', async () => {
    // Clean order: 0, 3, 1, 2.
    const {result, iterates} = await run({loss: 'targeted-dlr', epsilon: 0.1});
    expectPoints(iterates, [[0.5, 0.3]]);
    expect(result.success).toEqual([true]);
    expect(spent(result)).toEqual([[3], [2]]);
    // Three targets at most, however many are asked for; each starts at x.
    const all = await run({loss: 'targeted-dlr', epsilon: 0.001, numTargets: 7, steps: 2});
    expect(spent(all.result)).toEqual([[9], [6]]);
    const one = await run({loss: 'targeted-dlr', epsilon: 0.001, numTargets: 1, steps: 2});
    expect(spent(one.result)).toEqual([[3], [2]]);
  });

  it('takes L2 steps', async () => {
    const {result, iterates} = await run({norm: 'l2', epsilon: 0.1});
    expectPoints(iterates, [[0.503458, 0.426068], [0.504481, 0.429599], [0.505706, 0.433295]]); // prettier-ignore
    expect(result.success).toEqual([false]);
  });
});

describe('apgdAttack on linear models', () => {
  const weights = fc.array(
    fc.array(
      fc.integer({min: -20, max: 20}).map((w) => w / 10),
      {minLength: 3, maxLength: 3},
    ),
    {minLength: 2, maxLength: 2},
  );

  // Exact distance of x to the boundary between two classes, no bound of the range being active.
  const distanceOf = (rows: number[][], bias: number[], x: number[], norm: 'linf' | 'l2') => {
    const w = (rows[1] as number[]).map((v, i) => v - (rows[0]?.[i] ?? 0));
    const margin =
      w.reduce((sum, v, i) => sum + v * (x[i] as number), 0) +
      (bias[1] as number) -
      (bias[0] as number);
    const dual = norm === 'linf' ? w.reduce((sum, v) => sum + Math.abs(v), 0) : Math.hypot(...w);
    return Math.abs(margin) / dual;
  };

  it.prop(
    [
      weights,
      fc.constantFrom<'linf' | 'l2'>('linf', 'l2'),
      fc.constantFrom<'ce' | 'dlr' | 'targeted-dlr'>('ce', 'dlr', 'targeted-dlr'),
      fc.nat(1000),
      fc.boolean(),
    ],
    {numRuns: 40},
  )('decides two classes exactly, from any start', async (rows, norm, loss, seed, chance) => {
    tf.engine().startScope();
    const bias = [5.13, 5]; // never mistaken for probabilities
    const x = [0.5, 0.4, 0.6];
    const exact = distanceOf(rows, bias, x, norm);
    fc.pre(exact > 1e-3 && exact < 0.3);
    const model = linearModel(rows, bias);
    const logits = numbers(tf.tidy(() => model(tf.tensor2d([x]))));
    const label = (logits[0] as number) > (logits[1] as number) ? 0 : 1;
    for (const [factor, breaks] of [
      [1 - 1e-3, false],
      [1 + 1e-3, true],
    ] as const) {
      const result = await apgdAttack(model, tf.tensor2d([x]), int([label]), {
        ...{norm, loss, clip: null, epsilon: exact * factor},
        // Three L2 steps from anywhere do not end in the direction of the boundary, forty do.
        steps: norm === 'l2' && chance ? 40 : 3,
        rng: chance ? createRng(seed) : undefined,
      });
      expect(result.success).toEqual([breaks]);
    }
    tf.engine().endScope();
  });

  it('meets every pixel of the range exactly', async () => {
    const model = linearModel([[1, -2, 0], [-1, 1, 0]], [0.9, 0]); // prettier-ignore
    const x = tf.tensor2d([[0.01, 0.4, 0.6]]);
    const {adversarial} = await apgdAttack(model, x, int([0]), {
      ...{epsilon: 0.03, returns: 'best-loss', steps: 4},
    });
    expectClose(adversarial, [0, 0.43, 0.6], 1e-6);
  });

  it('breaks every class within reach with the targeted loss', async () => {
    // attacks.md 12.6 b: exact L∞ distances .18 (class 2), .24 (class 1), .533 (class 3).
    const model = linearModel(
      [[1, 0, 0.5], [0, 1, 0], [-0.5, 0.5, 1], [0.2, -0.3, -1]], // prettier-ignore
      [0.2, 0, 0, 0.3],
    );
    const x = tf.tensor2d([[0.5, 0.4, 0.6]]);
    const at = async (epsilon: number) =>
      (await apgdAttack(model, x, int([0]), {loss: 'targeted-dlr', epsilon, steps: 20})).success;
    expect(await at(0.179)).toEqual([false]);
    expect(await at(0.19)).toEqual([true]);
  });
});

describe('apgdAttack on a batch', () => {
  const net = tinyConvNet({classes: 4, seed: 3});
  const images = (count: number, seed = 5): tf.Tensor4D =>
    tf.clipByValue(tf.add<tf.Tensor4D>(seeded([count, 8, 8, 1], seed, 0.7), 0.5), 0, 1);
  const predicted = (x: tf.Tensor4D) =>
    tf.tidy(() => numbers(tf.argMax(net.predict(x) as tf.Tensor2D, 1)));
  const IDS = [11, 12, 13, 14, 15, 16];
  const attack = async (
    order: readonly number[],
    options: ApgdOptions = {},
    wrong: readonly number[] = [],
  ) => {
    const all = images(6);
    const labels = predicted(all).map((c, i) => (wrong.includes(i) ? (c + 1) % 4 : c));
    const result = await apgdAttack(
      net,
      tf.gather(all, [...order]),
      int(order.map((i) => labels[i] as number)),
      {
        ...{epsilon: 0.03, steps: 12, rng: createRng(3)},
        exampleIds: order.map((i) => IDS[i] as number),
        ...options,
      },
    );
    const values = numbers(result.adversarial);
    const size = values.length / order.length;
    return order.map((_, row) => ({
      success: result.success[row],
      distance: result.distances[row],
      point: values.slice(row * size, (row + 1) * size),
      forward: result.cost.forward[row] as number,
      backward: result.cost.backward[row] as number,
    }));
  };
  const FIRST = [0, 1, 2, 3, 4, 5];

  it('breaks some of it and not all, so that what follows is worth something', async () => {
    const found = await attack(FIRST);
    const fallen = found.filter(({success}) => success).length;
    expect(fallen).toBeGreaterThan(0);
    expect(fallen).toBeLessThan(6);
  });

  it.each(['linf', 'l2'] as const)('stays in the %s ball and the range', async (norm) => {
    const epsilon = norm === 'linf' ? 0.05 : 0.4;
    const clean = numbers(images(6));
    for (const returns of ['broken', 'best-loss'] as const) {
      const found = await attack(FIRST, {norm, epsilon, returns});
      found.forEach(({point, distance, success}, i) => {
        const offset = point.map((v, j) => v - (clean[i * 64 + j] as number));
        const length = norm === 'linf' ? Math.max(...offset.map(Math.abs)) : Math.hypot(...offset);
        expect(length).toBeLessThanOrEqual(epsilon * (1 + 1e-6) + 1e-6);
        expect(distance).toBeCloseTo(length, 5);
        expect(Math.min(...point)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...point)).toBeLessThanOrEqual(1);
        if (success !== true && returns === 'broken') expect(length).toBe(0);
        if (returns === 'best-loss') expect(length).toBeGreaterThan(0.5 * epsilon);
      });
    }
  });

  it('is wrong on what it returns, by the model itself', async () => {
    const clean = predicted(images(6));
    const found = await attack(FIRST);
    const points = tf.tensor4d(
      found.flatMap(({point}) => point),
      [6, 8, 8, 1],
    );
    expect(predicted(points).map((c, i) => c !== clean[i])).toEqual(
      found.map(({success}) => success),
    );
  });

  it.each(['ce', 'dlr', 'targeted-dlr'] as const)(
    'depends on neither order, split nor neighbours (%s)',
    async (loss) => {
      const whole = await attack(FIRST, {loss, steps: 6});
      const reversed = await attack([5, 4, 3, 2, 1, 0], {loss, steps: 6});
      const some = await attack([1, 4], {loss, steps: 6});
      const same = (a: unknown, b: unknown) => {
        const [first, second] = [a, b] as (typeof whole)[number][];
        expect(first?.success).toBe(second?.success);
        expect(first?.forward).toBe(second?.forward);
        expectClose(first?.point ?? [], second?.point ?? [], 1e-5);
      };
      FIRST.forEach((i) => {
        same(whole[i], reversed[5 - i]);
      });
      same(whole[1], some[0]);
      same(whole[4], some[1]);
    },
  );

  it('repeats itself with a seed, and starts elsewhere with another', async () => {
    const [a, b, c] = [
      await attack(FIRST, {returns: 'best-loss', steps: 1}),
      await attack(FIRST, {returns: 'best-loss', steps: 1}),
      await attack(FIRST, {returns: 'best-loss', steps: 1, rng: createRng(4)}),
    ];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it('gives the same verdicts with and without early stop, for fewer passes', async () => {
    for (const loss of ['ce', 'targeted-dlr'] as const) {
      const stopped = await attack(FIRST, {loss});
      const whole = await attack(FIRST, {loss, earlyStop: false});
      expect(stopped.map(({success}) => success)).toEqual(whole.map(({success}) => success));
      stopped.forEach(({success, forward, backward}, i) => {
        if (success === true) expect(forward).toBeLessThan(whole[i]?.forward as number);
        else expect([forward, backward]).toEqual([whole[i]?.forward, whole[i]?.backward]);
      });
    }
  });

  it('spends steps + 1 forward and steps backward passes a run on what stays robust', async () => {
    const {forward, backward} = (await attack([0], {epsilon: 0.0001, steps: 5}))[0] ?? {};
    expect([forward, backward]).toEqual([1 + 6, 5]);
    const three = (await attack([0], {epsilon: 0.0001, steps: 5, restarts: 3}))[0];
    expect([three?.forward, three?.backward]).toEqual([1 + 18, 15]);
    const sampled = (await attack([0], {epsilon: 0.0001, steps: 5, gradientSamples: 4}))[0];
    expect([sampled?.forward, sampled?.backward]).toEqual([1 + 21, 20]);
    const targeted = {loss: 'targeted-dlr', epsilon: 0.0001, steps: 5, restarts: 2} as const;
    const all = (await attack([0], targeted))[0];
    expect([all?.forward, all?.backward]).toEqual([1 + 36, 30]);
  });

  it('never loses by restarts: the first run is the same', async () => {
    const once = await attack(FIRST, {epsilon: 0.02, steps: 4});
    const thrice = await attack(FIRST, {epsilon: 0.02, steps: 4, restarts: 3});
    once.forEach((example, i) => {
      if (example.success === true) expect(thrice[i]).toEqual(example);
    });
    const best = async (restarts: number) =>
      attack(FIRST, {epsilon: 0.02, steps: 2, restarts, returns: 'best-loss'});
    const labels = int(predicted(images(6)));
    const lossOf = (found: {point: number[]}[]) =>
      numbers(
        tf.tidy(() => {
          const points = tf.tensor4d(
            found.flatMap(({point}) => point),
            [6, 8, 8, 1],
          );
          const picked = tf.mul(
            tf.oneHot(labels, 4),
            tf.logSoftmax(net.predict(points) as tf.Tensor2D),
          );
          return tf.neg(tf.sum(picked, 1));
        }),
      );
    const [one, four] = [lossOf(await best(1)), lossOf(await best(4))];
    one.forEach((loss, i) => {
      expect(four[i]).toBeGreaterThanOrEqual(loss - 1e-6);
    });
    expect(four).not.toEqual(one);
  });

  it('leaves what is wrong without attack alone, at no cost', async () => {
    const found = await attack(FIRST, {}, [1, 3]);
    const clean = numbers(images(6));
    for (const i of [1, 3]) {
      expect(found[i]).toMatchObject({success: true, distance: 0, forward: 1, backward: 0});
      expect(found[i]?.point).toEqual(clean.slice(i * 64, (i + 1) * 64));
    }
    // The others do not notice.
    const others = await attack(FIRST);
    expect(found[0]).toEqual(others[0]);
    const none = await attack([1, 3], {}, [1, 3]);
    expect(none.map(({forward}) => forward)).toEqual([1, 1]);
  });

  it('moves those, too, where the best loss is wanted, and none of them comes back right', async () => {
    const found = await attack(FIRST, {returns: 'best-loss', steps: 3}, [1, 3]);
    for (const i of [1, 3]) {
      expect(found[i]?.success).toBe(true);
      expect(found[i]?.backward).toBe(3);
      expect(found[i]?.distance).toBeGreaterThan(0);
    }
  });

  it('has an epsilon for each example', async () => {
    const epsilon = [0, 0.01, 0.02, 0.03, 0.04, 0.05];
    const found = await attack(FIRST, {epsilon, returns: 'best-loss'});
    found.forEach(({distance}, i) => {
      expect(distance).toBeLessThanOrEqual((epsilon[i] as number) + 1e-6);
      expect(distance).toBeGreaterThanOrEqual(0.9 * (epsilon[i] as number));
    });
    expect(found[0]?.point).toEqual(numbers(images(6)).slice(0, 64));
    const alone = await attack([4], {epsilon: 0.04, returns: 'best-loss'});
    expectClose(alone[0]?.point ?? [], found[4]?.point ?? [], 1e-5);
    for (const norm of ['linf', 'l2'] as const) {
      const still = await attack(FIRST, {norm, epsilon: 0});
      expect(still.map(({success}) => success)).toEqual(FIRST.map(() => false));
    }
  });

  it.each(['linf', 'l2'] as const)('works on grey levels in %s, exactly', async (norm) => {
    const level = (v: number) => Math.round(v * 255);
    const x = tf.div<tf.Tensor4D>(tf.round(tf.mul(images(6), 255)), 255);
    const clean = numbers(x);
    const epsilon = norm === 'linf' ? 8 / 255 : 0.5;
    const result = await apgdAttack(net, x, int(predicted(x)), {
      ...{norm, epsilon, quantize: 256, returns: 'best-loss', steps: 8, rng: createRng(2)},
    });
    const values = numbers(result.adversarial);
    for (const value of values) expect(value).toBe(Math.fround(level(value) / 255));
    for (let i = 0; i < 6; i++) {
      const steps = values
        .slice(i * 64, (i + 1) * 64)
        .map((v, j) => level(v) - level(clean[i * 64 + j] as number));
      if (norm === 'linf') expect(Math.max(...steps.map(Math.abs))).toBe(8);
      const squares = steps.reduce((sum, v) => sum + v * v, 0);
      if (norm === 'l2') expect(squares).toBeLessThanOrEqual(127.5 ** 2);
      expect(squares).toBeGreaterThan(1000);
    }
  });

  it('takes an empty batch, and a batch of one', async () => {
    const refuse = () => {
      throw new Error('called');
    };
    const none = await apgdAttack<tf.Tensor4D>(refuse, tf.zeros([0, 8, 8, 1]), int([]));
    expect(none.success).toEqual([]);
    expect(none.adversarial.shape).toEqual([0, 8, 8, 1]);
    expect(await attack([2])).toHaveLength(1);
  });

  it('changes nothing of what it is given', async () => {
    const x = images(3);
    const labels = int(predicted(x));
    const before = [numbers(x), numbers(labels), net.getWeights().map(numbers)];
    const rng = createRng(5);
    const state = rng.state();
    await apgdAttack(net, x, labels, {epsilon: 0.05, steps: 3, rng});
    expect([numbers(x), numbers(labels), net.getWeights().map(numbers)]).toEqual(before);
    expect(rng.state()).toEqual(state);
  });

  it('reports every evaluation', async () => {
    const seen: [number, number, number][] = [];
    await attack([0, 1], {
      ...{epsilon: 0.0001, steps: 2, restarts: 2},
      onProgress: ({phase, unit, done, total, metrics}) => {
        expect([phase, unit]).toEqual(['apgdAttack', 'step']);
        seen.push([done, total, metrics['robust'] as number]);
      },
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6, 1]));
  });

  it('stops at an abort, and leaks nothing', async () => {
    const x = images(2);
    const labels = int(predicted(x));
    const controller = new AbortController();
    let steps = 0;
    await expectNoLeak(async () => {
      await expect(
        apgdAttack(net, x, labels, {
          ...{epsilon: 0.0001, rng: createRng(1), signal: controller.signal},
          onProgress: () => {
            if (++steps === 4) controller.abort(new Error('enough'));
          },
        }),
      ).rejects.toThrow('enough');
    });
    expect(steps).toBe(4);
  });

  it('leaks nothing but its result, whatever it runs, and when the model throws', async () => {
    const x = images(3);
    const labels = int(predicted(x));
    for (const options of [
      {},
      {loss: 'targeted-dlr', restarts: 2},
      {norm: 'l2', earlyStop: false, gradientSamples: 2},
      {returns: 'best-loss'},
    ] satisfies ApgdOptions[]) {
      await expectNoLeak(async () => {
        const common = {epsilon: 0.03, steps: 4, rng: createRng(1)};
        (await apgdAttack(net, x, labels, {...common, ...options})).adversarial.dispose();
      });
    }
    let calls = 0;
    const failing = (input: tf.Tensor4D) => {
      if (++calls === 5) throw new Error('model failed');
      return net.predict(input) as tf.Tensor2D;
    };
    await expectNoLeak(async () => {
      await expect(apgdAttack(failing, x, labels, {gradientSamples: 3})).rejects.toThrow(
        'model failed',
      );
    });
  });
});

describe('apgdAttack and unusual models', () => {
  const x = () => tf.tensor2d([[0.5, 0.5]]);

  it('counts a start that is broken', async () => {
    // Wrong everywhere but at x.
    const model: Classifier<tf.Tensor2D> = (input) => {
      const away = tf.sum(tf.abs(tf.sub(input, 0.5)), 1, true);
      return tf.concat([tf.mul(away, -9), tf.sub(tf.mul(away, 9), 1e-3)], 1) as tf.Tensor2D;
    };
    const result = await apgdAttack(model, x(), int([0]), {epsilon: 0.1, rng: createRng(1)});
    expect(result.success).toEqual([true]);
    expect(spent(result)).toEqual([[2], [1]]);
    expectClose(result.distances, [0.1], 1e-6);
  });

  it('takes logits that are not finite as broken', async () => {
    // NaN as soon as the sum of the pixels exceeds 1.
    const model: Classifier<tf.Tensor2D> = (input) => {
      const total = tf.sum(input, 1, true);
      const first = tf.add(tf.mul(tf.log(tf.sub(1, total)), 0.01), 2);
      return tf.concat([first, total], 1) as tf.Tensor2D;
    };
    const start = tf.tensor2d([[0.4, 0.4]]);
    const result = await apgdAttack(model, start, int([0]), {
      epsilon: 0.2,
      rng: createRng(2),
      steps: 5,
    });
    expect(result.success).toEqual([true]);
    expect(numbers(result.adversarial).every(Number.isFinite)).toBe(true);
  });

  it('says that no gradient is usable where it is zero or NaN', async () => {
    const flat: Classifier<tf.Tensor2D> = (input) =>
      tf.add(tf.mul<tf.Tensor2D>(input, 0), tf.tensor2d([[2, 0]]));
    await expect(apgdAttack(flat, x(), int([0]), {epsilon: 0.1, steps: 4})).rejects.toMatchObject({
      ...{name: 'UnusableGradientError', where: 'apgdAttack', zero: 1, nonFinite: 0, total: 1},
    });
    const rough: Classifier<tf.Tensor2D> = (input) =>
      tf.add(tf.sqrt(tf.mul<tf.Tensor2D>(input, 0)), tf.tensor2d([[2, 0]]));
    for (const norm of ['linf', 'l2'] as const) {
      const attack = apgdAttack(rough, x(), int([0]), {norm, epsilon: 0.1, steps: 4});
      await expect(attack).rejects.toMatchObject({zero: 0, nonFinite: 1});
    }
  });

  it('averages the gradients of a model with noise', async () => {
    // Every other evaluation turns the slope round, with a third of its size.
    let calls = 0;
    const model: Classifier<tf.Tensor2D> = (input) => {
      const slope = calls++ % 2 === 1 ? 3 : -1;
      const score = tf.sum(tf.mul(tf.sub(input, 0.5), slope), 1, true);
      return tf.concat([tf.neg(score), tf.sub(score, 4)], 1) as tf.Tensor2D;
    };
    const result = await apgdAttack(model, x(), int([0]), {
      ...{epsilon: 0.1, steps: 1, gradientSamples: 2, returns: 'best-loss'},
    });
    expectClose(result.adversarial, [0.6, 0.6], 1e-6);
  });

  it('is right for 2, 3 and 4 classes with every loss', async () => {
    for (const classes of [2, 3, 4, 12]) {
      const rows = Array.from({length: classes}, (_, c) => [
        c === 0 ? 1 : -0.1 * c,
        c === 0 ? -1 : 0.2 * c,
      ]);
      const model = linearModel(
        rows,
        rows.map((_, c) => (c === 0 ? 0.8 : 0)),
      );
      for (const loss of ['ce', 'dlr', 'targeted-dlr'] as const) {
        const at = async (epsilon: number) =>
          (await apgdAttack(model, x(), int([0]), {loss, epsilon, steps: 30})).success;
        expect(await at(0.5)).toEqual([true]);
        expect(await at(0.001)).toEqual([false]);
      }
    }
  });

  it('refuses settings out of range', async () => {
    const model = linearModel([[1, -2], [-1, 1]], [0.6, 0.3]); // prettier-ignore
    const refused = async (options: ApgdOptions): Promise<string> => {
      const error = await apgdAttack(model, x(), int([0]), options).then(
        () => new Error('not refused'),
        (reason: unknown) => reason as Error,
      );
      expect(error.name).toBe('InvalidArgumentError');
      return error.message;
    };
    for (const name of ['steps', 'restarts', 'numTargets', 'gradientSamples'] as const) {
      expect(await refused({[name]: 0})).toBe(
        `apgdAttack: "${name}" must be an integer >= 1, found 0. Pass a value in that range.`,
      );
      expect(await refused({[name]: 1.5})).toContain('found 1.5');
    }
    for (const name of ['momentum', 'rho'] as const) {
      expect(await refused({[name]: 1.1})).toContain(
        `"${name}" must be a finite number >= 0 and <= 1`,
      );
      expect(await refused({[name]: -0.1})).toContain('found -0.1');
    }
    expect(await refused({loss: 'cw' as 'ce'})).toMatch(
      /"loss" must be one of 'ce', 'dlr', 'targeted-dlr', found 'cw'/,
    );
    expect(await refused({firstComparison: 'x' as 'zero'})).toMatch(
      /"firstComparison" must be one of 'zero', 'start'/,
    );
    expect(await refused({returns: 'x' as 'broken'})).toMatch(
      /"returns" must be one of 'broken', 'best-loss'/,
    );
    expect(await refused({returns: 'best-loss', loss: 'targeted-dlr'})).toBe(
      "apgdAttack: \"returns\" must be 'broken' with the loss 'targeted-dlr', found 'best-loss'. " +
        'Losses towards different targets cannot be compared: pass another loss.',
    );
    expect(await refused({restarts: 2})).toBe(
      'apgdAttack: "rng" must be given: every restart starts at random, found undefined. ' +
        'Pass createRng(seed).',
    );
    expect(await refused({stepz: 3} as object)).toMatch(/"stepz" must be one of its options/);
    expect(await refused({epsilon: -1})).toMatch(/"epsilon"/);
  });
});
