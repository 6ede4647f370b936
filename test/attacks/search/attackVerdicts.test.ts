import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, vi} from 'vitest';

import {attackVerdicts, cleanLogits, withRows} from '../../../src/attacks/search/attackVerdicts';
import {emptyOutcome, type Outcome, type Problem} from '../../../src/attacks/search/problem';
import {VERDICT_DEFAULTS, type VerdictSettings} from '../../../src/attacks/search/verdictOptions';
import type {Classifier, Model} from '../../../src/core/classifier';
import type {Progress} from '../../../src/core/progress';
import {createRng} from '../../../src/core/rng';
import {expectNoLeak, int, numbers} from '../../support/tensors';

// Class 1 where the first pixel is above a half.
const sound: Classifier<tf.Tensor2D> = (x) => {
  const first = tf.slice(x, [0, 0], [-1, 1]);
  return tf.concat([tf.sub(0.5, first), tf.sub(first, 0.5)], 1) as tf.Tensor2D;
};

// Examples 1 and 4 are wrong: 0.75 is class 1, 0.25 class 0.
const PIXELS = [
  [0.25, 0.125],
  [0.75, 0.25],
  [0.375, 0.375],
  [0.4375, 0.5],
  [0.25, 0.625],
  [0.625, 0.75],
];
const LABELS = [0, 0, 0, 0, 1, 1];

type Claims = Readonly<Record<number, number[]>>;
type Seen = Problem<tf.Tensor2D> & {readonly values: number[]; readonly rows: readonly number[]};

interface Given {
  readonly settings?: Partial<VerdictSettings>;
  readonly model?: Model<tf.Tensor2D>;
  readonly pixels?: readonly number[][];
  readonly labels?: readonly number[];
  readonly everyPoint?: boolean;
  readonly iterations?: (numClasses: number) => number;
  readonly body?: (problem: Problem<tf.Tensor2D>, outcome: Outcome) => void | Promise<void>;
}

/** An attack that claims points, by row of its problem; disposes what it returns. */
async function attack(claims: Claims, given: Given = {}) {
  const {pixels = PIXELS, labels = LABELS, everyPoint} = given;
  const x = tf.tensor2d(pixels.flat(), [pixels.length, 2]);
  const truth = int([...labels]);
  const classify = vi.fn(sound);
  let seen: Seen | undefined;
  const settings = {...VERDICT_DEFAULTS, epsilon: 0.25, ...given.settings};
  try {
    const result = await attackVerdicts('someAttack', given.model ?? classify, x, truth, settings, {
      iterations: given.iterations ?? (() => 1),
      run: async (problem, rows) => {
        seen = {...problem, values: numbers(problem.x), rows};
        const outcome = emptyOutcome(problem.labels.length);
        for (const [row, point] of Object.entries(claims)) {
          outcome.points.set(Number(row), Float32Array.from(point));
        }
        await given.body?.(problem, outcome);
        return outcome;
      },
      ...(everyPoint === undefined ? {} : {everyPoint}),
    });
    const {adversarial, ...others} = result;
    const {shape} = adversarial;
    const values = numbers(adversarial);
    expect(adversarial === x).toBe(false);
    adversarial.dispose();
    expect(numbers(x)).toEqual(Array.from(Float32Array.from(pixels.flat())));
    return {...others, values, shape, seen, calls: classify.mock.calls.length};
  } finally {
    tf.dispose([x, truth]);
  }
}

describe('attackVerdicts', () => {
  it('hands the search what is classified right', async () => {
    const rng = createRng(1);
    const {seen} = await attack(
      {},
      {settings: {rng, exampleIds: [10, 11, 12, 13, 14, 15], earlyStop: false}},
    );
    expect(seen).toMatchObject({
      where: 'someAttack',
      rows: [0, 2, 3, 5],
      values: [0.25, 0.125, 0.375, 0.375, 0.4375, 0.5, 0.625, 0.75],
      labels: Int32Array.of(0, 0, 0, 1),
      logits: Float32Array.of(0.25, -0.25, 0.125, -0.125, 0.0625, -0.0625, -0.125, 0.125),
      numClasses: 2,
      threat: {norm: 'linf', epsilon: 0.25, clip: [0, 1]},
      levels: undefined,
      ids: Int32Array.of(10, 12, 13, 15),
      earlyStop: false,
    });
    expect(seen?.rng).toBe(rng);
    expect(seen?.x.isDisposed).toBe(true);
  });

  it('takes positions for ids, and hands on levels', async () => {
    const {seen} = await attack({}, {settings: {quantize: 17, epsilon: 0.125}});
    expect(seen?.ids).toEqual(Int32Array.of(0, 2, 3, 5));
    expect([seen?.levels, seen?.earlyStop, seen?.rng]).toEqual([17, true, undefined]);
  });

  it('puts the points that hold in their rows, the clean ones elsewhere', async () => {
    await expectNoLeak(async () => {
      const result = await attack({
        3: [0.5, 0.75], // a tie: class 0, which is wrong for label 1
        1: [0.5625, 0.375],
        0: [0.5, 0.125], // a tie: still right
      });
      expect(result.success).toEqual([false, true, true, false, true, true]);
      expect(result.distances).toEqual([0, 0, 0.1875, 0, 0, 0.125]);
      expect(result.shape).toEqual([6, 2]);
      expect(result.values).toEqual([
        ...[0.25, 0.125, 0.75, 0.25, 0.5625, 0.375],
        ...[0.4375, 0.5, 0.25, 0.625, 0.5, 0.75],
      ]);
      expect(Object.keys(result)).not.toContain('components');
    });
  });

  it('counts the clean pass, the search, and the verification of what was claimed', async () => {
    const {cost, calls} = await attack(
      {0: [0.5, 0.125], 2: [0.5625, 0.5]},
      {
        body: (_, {forward, backward, queries}) => {
          forward.set([5, 6, 7, 8]);
          backward.set([1, 2, 3, 4]);
          queries.set([0, 0, 9, 0]);
        },
      },
    );
    expect(cost).toEqual({
      forward: [7, 1, 7, 9, 1, 9],
      backward: [1, 0, 2, 3, 0, 4],
      queries: [0, 0, 0, 9, 0, 0],
    });
    expect(calls).toBe(2);
  });

  it('tallies gradients: those that are zero, and apart from them those that are not finite', async () => {
    const {tallies} = await attack(
      {},
      {
        body: (_, outcome) => {
          outcome.backward.fill(1);
          outcome.zeroGradient.set([1, 1, 1, 0]);
          outcome.nonFiniteGradient.set([0, 0, 1, 0]);
        },
      },
    );
    expect(tallies).toMatchObject([
      {code: 'zero-gradient', count: 2, total: 4},
      {code: 'non-finite-gradient', count: 1, total: 4},
    ]);
  });

  it('leaves a batch that is all wrong alone', async () => {
    await expectNoLeak(async () => {
      const {seen, calls, ...result} = await attack({}, {labels: [1, 0, 1, 1, 1, 0]});
      expect(seen).toBeUndefined();
      expect(calls).toBe(1);
      expect(result).toMatchObject({
        success: Array(6).fill(true) as boolean[],
        distances: [0, 0, 0, 0, 0, 0],
        cost: {
          forward: [1, 1, 1, 1, 1, 1],
          backward: [0, 0, 0, 0, 0, 0],
          queries: [0, 0, 0, 0, 0, 0],
        },
        values: PIXELS.flat(),
      });
    });
  });

  it('does not ask the model about an empty batch', async () => {
    await expectNoLeak(async () => {
      const empty = {pixels: [], labels: []};
      const {seen, calls, ...result} = await attack({}, empty);
      expect([seen, calls]).toEqual([undefined, 0]);
      expect(result).toEqual({
        success: [],
        distances: [],
        cost: {forward: [], backward: [], queries: []},
        values: [],
        shape: [0, 2],
      });
      const reason = new Error('enough');
      const settings = {signal: AbortSignal.abort(reason)};
      await expect(attack({}, {...empty, settings})).rejects.toBe(reason);
    });
  });

  it('gives each example its own epsilon', async () => {
    const settings = {epsilon: [0.25, 0, 0.0625, 0.125, 0, 0.5]};
    const {seen} = await attack({}, {settings});
    expect(seen?.threat.epsilon).toEqual([0.25, 0.0625, 0.125, 0.5]);
    const near = await attack({2: [0.5625, 0.5]}, {settings});
    expect(near.distances).toEqual([0, 0, 0, 0.125, 0, 0]);
    await expect(attack({1: [0.5625, 0.375]}, {settings})).rejects.toThrow(
      /^someAttack: a point left the linf ball of 0.0625 \(distance 0.1875\)/,
    );
  });

  it.prop([fc.subarray([0, 1, 2, 3])], {numRuns: 15})(
    'succeeds exactly where a point breaks the model',
    async (broken) => {
      const points: Claims = {
        0: [0.5625, 0.125],
        1: [0.5625, 0.375],
        2: [0.5625, 0.5],
        3: [0.4375, 0.75],
      };
      const claims = Object.fromEntries(broken.map((row) => [row, points[row] as number[]]));
      const {success, values} = await attack(claims, {settings: {epsilon: 0.3125}});
      const rows = [0, 2, 3, 5];
      const expected = PIXELS.map((pixels, row) => claims[rows.indexOf(row)] ?? pixels);
      expect(values).toEqual(expected.flat());
      expect(success).toEqual(
        LABELS.map((_, row) => expected[row] !== PIXELS[row] || row % 3 === 1),
      );
    },
  );

  describe('where every point is wanted', () => {
    it('keeps those that do not break, but puts nothing wrong right', async () => {
      const {seen, success, distances, values, cost} = await attack(
        {
          0: [0.3125, 0.125], // still right
          1: [0.5, 0.25], // was wrong, now right
          2: [0.5625, 0.375], // now wrong
          4: [0.375, 0.625], // wrong as before
        },
        {everyPoint: true},
      );
      expect(seen?.rows).toEqual([0, 1, 2, 3, 4, 5]);
      expect(seen?.labels).toEqual(Int32Array.from(LABELS));
      expect(success).toEqual([false, true, true, false, true, false]);
      expect(distances).toEqual([0.0625, 0, 0.1875, 0, 0.125, 0]);
      expect(values).toEqual([
        ...[0.3125, 0.125, 0.75, 0.25, 0.5625, 0.375],
        ...[0.4375, 0.5, 0.375, 0.625, 0.625, 0.75],
      ]);
      expect(cost.forward).toEqual([2, 2, 2, 1, 2, 1]);
    });

    it('reports how many are right without attack', async () => {
      const seen: Progress[] = [];
      await attack(
        {},
        {
          everyPoint: true,
          settings: {onProgress: (progress) => void seen.push(progress)},
          body: (problem) => problem.pause(3),
        },
      );
      expect(seen[0]?.metrics).toEqual({clean: 4 / 6, robust: 3 / 6});
    });
  });

  describe('on the way', () => {
    it('reports each pause, up to the number of iterations', async () => {
      const seen: Progress[] = [];
      let running = false;
      await attack(
        {},
        {
          iterations: (numClasses) => numClasses,
          settings: {
            onProgress: async (progress) => {
              running = true;
              await new Promise((resolve) => setTimeout(resolve, 2));
              running = false;
              seen.push(progress);
            },
          },
          body: async ({pause}) => {
            for (const undecided of [4, 2, 0]) {
              await pause(undecided);
              expect(running).toBe(false);
            }
          },
        },
      );
      const common = {phase: 'someAttack', total: 2, unit: 'step'};
      expect(seen).toEqual([
        {...common, done: 1, metrics: {clean: 4 / 6, robust: 4 / 6}},
        {...common, done: 2, metrics: {clean: 4 / 6, robust: 2 / 6}},
        {...common, done: 2, metrics: {clean: 4 / 6, robust: 0}},
      ]);
    });

    it('is stopped by the signal: before the model is asked, and at each pause', async () => {
      const reason = new Error('enough');
      const model = vi.fn(sound);
      await expectNoLeak(async () => {
        const settings = {signal: AbortSignal.abort(reason)};
        await expect(attack({}, {model, settings})).rejects.toBe(reason);
        expect(model).not.toHaveBeenCalled();
        const controller = new AbortController();
        const after: number[] = [];
        await expect(
          attack(
            {},
            {
              settings: {signal: controller.signal},
              body: async ({pause}) => {
                await pause(4);
                controller.abort(reason);
                await pause(3);
                after.push(3);
              },
            },
          ),
        ).rejects.toBe(reason);
        expect(after).toEqual([]);
      });
    });

    it('lets search, progress or model throw without a leak', async () => {
      const fail = () => {
        throw new Error('it broke');
      };
      let calls = 0;
      // The clean pass works, the verification does not.
      const model: Classifier<tf.Tensor2D> = (x) => (++calls % 2 === 0 ? fail() : sound(x));
      await expectNoLeak(async () => {
        await expect(attack({}, {body: fail})).rejects.toThrow('it broke');
        const body: Given['body'] = ({pause}) => pause(0);
        await expect(attack({}, {body, settings: {onProgress: fail}})).rejects.toThrow('it broke');
        await expect(attack({}, {model: fail})).rejects.toThrow('it broke');
        await expect(attack({2: [0.5625, 0.5]}, {model})).rejects.toThrow('it broke');
      });
      expect(calls).toBe(2);
    });
  });

  it('measures from the range where rounding left a pixel beside it', async () => {
    const {success, distances} = await attack(
      {0: [0.5625, 1]},
      {pixels: [[0.5, 1 + 9e-6]], labels: [0], settings: {norm: 'l2', epsilon: 0.0625}},
    );
    expect([success, distances]).toEqual([[true], [0.0625]]);
  });

  it('refuses what it cannot work with, without a leak', async () => {
    await expectNoLeak(async () => {
      const refused = (given: Given, message: RegExp) =>
        expect(attack({}, given)).rejects.toThrow(message);
      await refused({model: 5 as never}, /^someAttack: "model" must be a function/);
      await refused({labels: [0, 1]}, /^someAttack: "labels" must be an int32 tensor \[6\]/);
      await refused({labels: [0, 0, 0, 0, 1, 2]}, /^someAttack: "labels" must lie in \[0, 2\)/);
      await refused({settings: {epsilon: 8}}, /^someAttack: "epsilon"/);
      await refused(
        {settings: {quantize: 256}},
        /^someAttack: "x" must lie on the 256 grey levels/,
      );
      await refused({model: (x) => tf.softmax(sound(x))}, /^someAttack: "model".*probabilities/);
      await refused({model: (x) => tf.mul(sound(x), NaN)}, /^someAttack: "model".*finite logits/);
      await refused({model: (x) => tf.slice(sound(x), 0, 2)}, /"model" must give logits \[6, /);
    });
  });
});

describe('cleanLogits', () => {
  it('reads and checks them, and disposes them', async () => {
    const x = tf.tensor2d(PIXELS);
    const labels = int(LABELS);
    await expectNoLeak(async () => {
      const {logits, numClasses} = await cleanLogits('f', sound, x, labels);
      expect(numClasses).toBe(2);
      expect(logits.slice(0, 4)).toEqual(Float32Array.of(0.25, -0.25, -0.25, 0.25));
      expect(logits.length).toBe(12);
      const softmax: Classifier<tf.Tensor2D> = (input) => tf.softmax(sound(input));
      await expect(cleanLogits('f', softmax, x, labels)).rejects.toThrow(/^f: "model"/);
    });
    tf.dispose([x, labels]);
  });
});

describe('withRows', () => {
  it('replaces rows of any shape, the others stay', async () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6], [3, 2, 1, 1]);
    const values = (...pixels: number[]) => ({values: Float32Array.from(pixels)});
    await expectNoLeak(() => {
      const some = withRows(
        x,
        new Map([
          [2, values(8, 9)],
          [0, values(-1, -2)],
        ]),
      );
      expect(some.shape).toEqual([3, 2, 1, 1]);
      expect(numbers(some)).toEqual([-1, -2, 3, 4, 8, 9]);
      const none = withRows(x, new Map());
      expect(numbers(none)).toEqual([1, 2, 3, 4, 5, 6]);
      tf.dispose([some, none]);
    });
    expect(x.isDisposed).toBe(false);
    x.dispose();
  });
});
