import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {bimAttack} from '../../src/attacks/bimAttack';
import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import * as room from '../../src/attacks/index';
import {miFgsmAttack} from '../../src/attacks/miFgsmAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import type {AttackContext} from '../../src/core/attack';
import type {Model} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import type {Norm, PerExample} from '../../src/core/threatModel';
import {ATTACKS_WITH_A_VERDICT, expectListed} from '../support/listed';
import {linearModel, seeded, tinyConvNet} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

interface Settings extends AttackContext {
  norm?: Norm;
  epsilon?: PerExample;
  clip?: readonly [number, number] | null;
  checkValues?: boolean;
}

type AnyAttack = <I extends tf.Tensor>(
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  settings: Settings,
) => I;

// Every attack joins by a line: what each of them must hold, whatever it does inside.
const ATTACKS: Record<string, AnyAttack> = {
  fgsmAttack: (model, x, y, settings) => fgsmAttack(model, x, y, settings),
  bimAttack: (model, x, y, settings) => bimAttack(model, x, y, {...settings, steps: 4}),
  miFgsmAttack: (model, x, y, settings) => miFgsmAttack(model, x, y, {...settings, steps: 4}),
  pgdAttack: (model, x, y, settings) => pgdAttack(model, x, y, {...settings, steps: 4}),
};

it('the tables have every attack of the room', () => {
  const ofContract = Object.keys(ATTACKS);
  const others = [
    // test/attacks/autoAttack and test/attacks/corruptions
    ...['autoAttack', 'autoAttackForEvaluation', 'ensembleAttack', 'estimateCost'],
    ...['contrastCorruption', 'gaussianBlurCorruption', 'gaussianNoiseCorruption'],
    'transferAttack',
    // What an attack is built from: test/math.
    ...['freezeWeights', 'gaussianStart', 'inputGradient', 'projectToBall', 'randomStart'],
    'steepestAscent',
  ];
  expectListed(room, [
    ...ofContract,
    ...ofContract.map((name) => `${name}Async`),
    ...ATTACKS_WITH_A_VERDICT,
    ...others,
  ]);
});

const NORMS: Norm[] = ['linf', 'l2'];

const distances = (norm: Norm, a: tf.Tensor, b: tf.Tensor): number[] =>
  tf.tidy(() => {
    const offset = tf.reshape(tf.sub(a, b), [a.shape[0] as number, -1]);
    return numbers(norm === 'linf' ? tf.max(tf.abs(offset), 1) : tf.norm(offset, 2, 1));
  });

describe.each(Object.entries(ATTACKS))('%s', (_name, attack) => {
  const model = tinyConvNet({activation: 'softmax'});
  afterAll(() => void model.dispose());

  const images = (count: number, seed = 5): tf.Tensor4D =>
    tf.tidy(() => {
      const noise: tf.Tensor4D = seeded([count, 8, 8, 1], seed, 0.7);
      return tf.clipByValue(tf.add<tf.Tensor4D>(noise, 0.5), 0, 1);
    });

  it.each(NORMS)('stays in the %s ball and in the pixel range', (norm) => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1e-3, 8 / 255, 0.1, 0.5),
        fc.boolean(),
        fc.nat(1000),
        (epsilon, random, seed) =>
          tf.tidy(() => {
            const x = images(3, seed);
            const rng = random ? {rng: createRng(seed)} : {};
            const adversarial = attack(model, x, int([0, 1, 2]), {norm, epsilon, ...rng});
            expect(adversarial.shape).toEqual(x.shape);
            expect(adversarial.dtype).toBe('float32');
            for (const distance of distances(norm, adversarial, x)) {
              expect(distance).toBeLessThanOrEqual(epsilon + 1e-6);
            }
            const values = numbers(adversarial);
            expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
            expect(Math.max(...values)).toBeLessThanOrEqual(1);
            if (epsilon === 0) expectClose(adversarial, numbers(x), 0);
          }),
      ),
      {numRuns: 20},
    );
  });

  it.each(NORMS)('reaches the closed-form worst case of a linear two-class model in %s', (norm) => {
    fc.assert(
      fc.property(
        fc.array(fc.double({min: 0.2, max: 3, noNaN: true}), {minLength: 3, maxLength: 3}),
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        fc.integer({min: 0, max: 1}),
        (magnitudes, signs, label) =>
          tf.tidy(() => {
            const difference = magnitudes.map((w, i) => (signs[i] === true ? w : -w));
            const weights = [difference.map((w) => -w / 2), difference.map((w) => w / 2)];
            const model = linearModel(weights, [0.1, 0]);
            const x = tf.tensor2d([[0.5, 0.4, 0.6]]);
            const adversarial = attack(model, x, int([label]), {norm, epsilon: 0.05});
            // The loss of label 0 grows along w = W1 - W0, that of label 1 against it.
            const direction = difference.map((w) => (label === 0 ? w : -w));
            const length = norm === 'linf' ? 1 : Math.hypot(...direction);
            const unit = direction.map((w) => (norm === 'linf' ? Math.sign(w) : w / length));
            expectClose(
              adversarial,
              [0.5, 0.4, 0.6].map((v, i) => v + 0.05 * (unit[i] ?? 0)),
              1e-5,
            );
          }),
      ),
      {numRuns: 25},
    );
  });

  it('gives each example its own epsilon', () => {
    tf.tidy(() => {
      const x = images(3);
      const epsilon = [0, 0.02, 0.1];
      const adversarial = attack(model, x, int([0, 1, 2]), {epsilon});
      expectClose(distances('linf', adversarial, x), epsilon, 1e-6);
    });
  });

  it('does not depend on batch split or order', () => {
    tf.tidy(() => {
      const x = images(4);
      const labels = [0, 1, 2, 0];
      const ids = [11, 12, 13, 14];
      const at = (order: number[]) =>
        numbers(
          attack(model, tf.gather(x, order), int(order.map((i) => labels[i] as number)), {
            exampleIds: order.map((i) => ids[i] as number),
            rng: createRng(3),
          }),
        );
      const whole = at([0, 1, 2, 3]);
      const size = whole.length / 4;
      const reversed = at([3, 2, 1, 0]);
      for (let i = 0; i < 4; i++) {
        const expected = whole.slice(i * size, (i + 1) * size);
        expectClose(at([i]), expected, 1e-6);
        expectClose(reversed.slice((3 - i) * size, (4 - i) * size), expected, 1e-6);
      }
    });
  });

  it('repeats itself with the same seed', () => {
    tf.tidy(() => {
      const x = images(2);
      const run = () => numbers(attack(model, x, int([0, 1]), {rng: createRng(9)}));
      expect(run()).toEqual(run());
    });
  });

  it('changes neither the input, nor the labels, nor anything in the model', () => {
    const before = model.weights.map((weight) => numbers(weight.read()));
    const x = images(3);
    const labels = int([0, 1, 2]);
    const pixels = numbers(x);
    attack(model, x, labels, {}).dispose();
    expect(model.weights.map((weight) => numbers(weight.read()))).toEqual(before);
    expect(numbers(x)).toEqual(pixels);
    expect(numbers(labels)).toEqual([0, 1, 2]);
    tf.dispose([x, labels]);
  });

  it('attacks a softmax model exactly as it attacks its logits', () => {
    const twin = tinyConvNet();
    twin.setWeights(model.getWeights());
    tf.tidy(() => {
      const x = images(3);
      const labels = int([0, 1, 2]);
      expectClose(attack(model, x, labels, {}), numbers(attack(twin, x, labels, {})), 0);
    });
    twin.dispose();
  });

  it('accepts a bare function and ranks other than 4', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([[0.5, 0.5]]);
      const bare = linearModel(
        [
          [1, 0],
          [0, 1],
        ],
        [0.2, 0],
      );
      expectClose(attack(bare, x, int([0]), {epsilon: 0.1}), [0.4, 0.6], 1e-6);
    });
  });

  it('returns an empty batch for an empty batch, without calling the model', () => {
    const empty = tf.zeros<tf.Rank.R2>([0, 2]);
    const refuse = () => {
      throw new Error('called');
    };
    const result = attack<tf.Tensor2D>(refuse, empty, int([]), {});
    expect(result.shape).toEqual([0, 2]);
    tf.dispose([empty, result]);
  });

  it('leaks nothing but its result, also when the model throws', async () => {
    const x = images(2);
    const labels = int([0, 1]);
    const broken = () => {
      tf.zeros([3]);
      throw new Error('model failed');
    };
    await expectNoLeak(() => attack(model, x, labels, {rng: createRng(1)}).dispose());
    await expectNoLeak(() => {
      expect(() => attack<tf.Tensor4D>(broken, x, labels, {})).toThrow('model failed');
    });
    tf.dispose([x, labels]);
  });

  describe('refuses', () => {
    const x = () => tf.tensor2d([[0.5, 0.5]]);
    const bare = linearModel(
      [
        [1, 0],
        [0, 1],
      ],
      [0.2, 0],
    );
    let y: tf.Tensor1D;
    beforeAll(() => {
      y = int([0]);
    });
    const refused = (run: () => unknown): string => {
      const before = tf.memory().numTensors;
      try {
        tf.tidy(() => void run());
      } catch (error) {
        expect((error as Error).name).toBe('InvalidArgumentError');
        expect(tf.memory().numTensors).toBe(before);
        return (error as Error).message;
      }
      return expect.fail('did not throw');
    };

    it('a misspelt option', () => {
      expect(refused(() => attack(bare, x(), y, {EPSILON: 1} as Settings))).toMatch(
        /"EPSILON".*unknown name\. Did you mean "epsilon"\?/,
      );
    });
    it('an epsilon below 0, or of 8 on pixels from 0 to 1', () => {
      expect(refused(() => attack(bare, x(), y, {epsilon: -0.1}))).toMatch(/"epsilon".*-0\.1/);
      expect(refused(() => attack(bare, x(), y, {epsilon: 8}))).toMatch(
        /"epsilon".*write 8 \/ 255/,
      );
    });
    it('an unknown norm', () => {
      expect(refused(() => attack(bare, x(), y, {norm: 'l1' as Norm}))).toMatch(/"norm".*'l1'/);
    });
    it('pixels from 0 to 255, NaN, and integers', () => {
      expect(refused(() => attack(bare, tf.tensor2d([[0, 255]]), y, {}))).toMatch(
        /Divide pixels by 255/,
      );
      expect(refused(() => attack(bare, tf.tensor2d([[0, NaN]]), y, {}))).toMatch(/"x".*NaN/);
      expect(refused(() => attack(bare, tf.tensor2d([[0, 1]], [1, 2], 'int32'), y, {}))).toMatch(
        /float32.*tf\.div\(x, 255\)/,
      );
    });
    it('labels of another type, number or range', () => {
      expect(refused(() => attack(bare, x(), tf.tensor1d([0]), {}))).toMatch(/"labels".*int32/);
      expect(refused(() => attack(bare, x(), int([0, 1]), {}))).toMatch(/"labels".*\[1\].*\[2\]/);
      expect(refused(() => attack(bare, x(), int([2]), {}))).toMatch(/"labels".*\[0, 2\).*found 2/);
      expect(refused(() => attack(bare, x(), int([-1]), {}))).toMatch(/"labels".*found -1/);
    });
    it('a model that gives probabilities, NaN, or one score', () => {
      const softmax = (input: tf.Tensor2D) => tf.softmax(input);
      expect(refused(() => attack(softmax, x(), y, {}))).toMatch(
        /probabilities.*fromProbabilities/,
      );
      const nan = (input: tf.Tensor2D) => tf.div<tf.Tensor2D>(input, tf.scalar(0));
      expect(refused(() => attack(nan, x(), y, {}))).toMatch(/"model".*finite/);
      const single = (input: tf.Tensor2D) => tf.sum<tf.Tensor2D>(input, 1, true);
      expect(refused(() => attack(single, x(), y, {}))).toMatch(/at least 2 classes.*\[0, s\]/);
    });
    it('nothing of this kind with checkValues: false', () => {
      tf.tidy(() => {
        const result = attack(bare, tf.tensor2d([[0, 255]]), y, {checkValues: false});
        expect(numbers(result).every((value) => value >= 0 && value <= 1)).toBe(true);
      });
    });
  });
});
