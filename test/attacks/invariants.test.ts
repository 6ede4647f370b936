/**
 * Invariants of the attacks, by their numbers in section 11 of the specification: those that concern
 * several attacks, or the whole of AutoAttack. What an attack keeps by itself stands in its own test
 * and in the contracts.
 */
import {fc} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {autoAttack, type AutoAttackOptions} from '../../src/attacks/autoAttack/autoAttack';
import {bimAttack} from '../../src/attacks/bimAttack';
import {fabAttack} from '../../src/attacks/fab/fabAttack';
import {fgsmAttack} from '../../src/attacks/fgsmAttack';
import {miFgsmAttack} from '../../src/attacks/miFgsmAttack';
import {pgdAttack} from '../../src/attacks/pgdAttack';
import {squareAttack} from '../../src/attacks/square/squareAttack';
import type {Classifier} from '../../src/core/classifier';
import type {Loss} from '../../src/core/loss';
import {createRng} from '../../src/core/rng';
import type {Norm} from '../../src/core/threatModel';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {dlrLoss} from '../../src/losses/dlrLoss';
import {marginLoss} from '../../src/losses/marginLoss';
import {targetedDlrLoss} from '../../src/losses/targetedDlrLoss';
import {soundExamples, soundModel} from '../support/brokenModels';
import {linearModel, seeded, tinyConvNet} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

const NORMS: readonly Norm[] = ['linf', 'l2'];
const EPSILONS = [0, 1e-3, 8 / 255, 0.1, 0.5];

type Simple = (
  model: Classifier<tf.Tensor2D>,
  x: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: {norm: Norm; epsilon: number; clip?: null},
) => tf.Tensor2D;

/** The attacks of fixed steps; from a random start where they have one. */
const FIXED_STEPS: Readonly<Record<string, Simple>> = {
  FGSM: fgsmAttack,
  BIM: (model, x, y, options) => bimAttack(model, x, y, {...options, steps: 6}),
  PGD: (model, x, y, options) =>
    pgdAttack(model, x, y, {
      ...options,
      steps: 6,
      rng: createRng(4),
      stepSize: options.epsilon / 2,
    }),
  'MI-FGSM': (model, x, y, options) => miFgsmAttack(model, x, y, {...options, steps: 6}),
};

/** A random linear model with a point, its class there, and the exact distance of the boundary. */
const linearProblem = (classes: fc.Arbitrary<number>) =>
  fc
    .record({
      norm: fc.constantFrom(...NORMS),
      seed: fc.nat(1e6),
      classes,
      size: fc.integer({min: 2, max: 6}),
    })
    .map(({norm, seed, classes: count, size}) => {
      const rng = createRng(seed);
      const draw = () => 2 * rng.uniform() - 1;
      const weights = Array.from({length: count}, () => Array.from({length: size}, draw));
      // Around 3: never mistaken for probabilities.
      const bias = weights.map(() => 3 + 0.1 * draw());
      const x = Array.from({length: size}, () => Math.fround(0.3 + 0.4 * rng.uniform()));
      const z = weights.map((w, c) =>
        w.reduce((sum, v, i) => sum + v * (x[i] as number), bias[c] as number),
      );
      const label = z.indexOf(Math.max(...z));
      const distances = weights.flatMap((w, c) => {
        if (c === label) return [];
        const d = w.map((v, i) => v - (weights[label]?.[i] as number));
        const dual = norm === 'l2' ? Math.hypot(...d) : d.reduce((sum, v) => sum + Math.abs(v), 0);
        return [{dual, distance: ((z[label] as number) - (z[c] as number)) / dual}];
      });
      return {
        norm,
        seed,
        weights,
        bias,
        x,
        label,
        classes: count,
        model: linearModel(weights, bias),
        exact: Math.min(...distances.map(({distance}) => distance)),
        steepness: Math.min(...distances.map(({dual}) => dual)),
      };
    })
    // In float32 a nearer boundary is in the rounding of the logits, and so is where between two
    // classes that hardly differ the boundary lies: their rounding is 6e-7.
    .filter(({exact, steepness}) => exact > 0.02 && steepness > 0.3);

const isRight = (model: Classifier<tf.Tensor2D>, point: tf.Tensor2D, label: number): boolean =>
  tf.tidy(() => numbers(tf.argMax(model(point), 1))[0] === label);

describe('feasibility', () => {
  // Section 0.4: what rounding allows, and nothing more.
  const tolerance = (norm: Norm, epsilon: number) =>
    norm === 'linf' ? 1e-6 * epsilon + 2 ** -24 : 1e-6 * epsilon + 1e-6;

  it('1, 2, 4: in the ball to rounding, in the box exactly, x itself at ε = 0', () => {
    const model = tinyConvNet();
    fc.assert(
      fc.property(
        fc.constantFrom(...EPSILONS),
        fc.constantFrom(...NORMS),
        fc.nat(1000),
        (epsilon, norm, seed) => {
          tf.tidy(() => {
            const wide = tf.add<tf.Tensor4D>(tf.mul(seeded([3, 8, 8, 1], seed), 0.7), 0.5);
            const x = tf.clipByValue(wide, 0, 1);
            const pixels = numbers(x);
            const rng = createRng(seed);
            const options = {norm, epsilon, rng};
            for (const attack of [fgsmAttack, bimAttack, pgdAttack, miFgsmAttack]) {
              const found = numbers(attack(model, x, int([0, 1, 2]), options));
              expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
              expect(Math.max(...found)).toBeLessThanOrEqual(1);
              const offsets = found.map((v, i) => v - (pixels[i] as number));
              for (let i = 0; i < 3; i++) {
                const own = offsets.slice(64 * i, 64 * (i + 1));
                const distance =
                  norm === 'l2' ? Math.hypot(...own) : Math.max(...own.map(Math.abs));
                expect(distance).toBeLessThanOrEqual(epsilon + tolerance(norm, epsilon));
              }
              if (epsilon === 0) expect(found).toEqual(pixels);
            }
          });
        },
      ),
      {numRuns: 12},
    );
    model.dispose();
  });

  it('3, 4, 44: AutoAttack changes nothing of a net with batch norm; at ε = 0 nothing of x', async () => {
    const model = tinyConvNet();
    const before = model.weights.map((weight) => numbers(weight.read()));
    const {x, labels} = tf.tidy(() => {
      const images = tf.add<tf.Tensor4D>(tf.mul(seeded([5, 8, 8, 1], 3), 0.4), 0.5);
      const truth = tf.argMax<tf.Tensor1D>(
        model.apply(images, {training: false}) as tf.Tensor2D,
        1,
      );
      return {x: images, labels: truth};
    });
    const pixels = numbers(x);
    await expectNoLeak(async () => {
      for (const epsilon of [0, 0.2]) {
        const {report, adversarial} = await autoAttack(model, x, labels, {
          ...{epsilon, steps: 6, queries: 20, rng: createRng(2), adversarial: true},
        });
        expect(adversarial.dtype).toBe('float32');
        expect(adversarial.shape).toEqual(x.shape);
        expect(report.cleanAccuracy).toBe(1);
        if (epsilon === 0) {
          expect(report.robustAccuracy).toBe(1);
          expect(numbers(adversarial)).toEqual(pixels);
        } else expect(report.robustAccuracy).toBeLessThan(1);
        adversarial.dispose();
      }
    });
    expect(model.weights.map((weight) => numbers(weight.read()))).toEqual(before);
    expect(numbers(x)).toEqual(pixels);
    model.dispose();
    tf.dispose([x, labels]);
  });
});

describe('verdicts', () => {
  const {x, labels} = soundExamples(10);
  const small = {epsilon: 0.04, steps: 8, queries: 30, diagnostics: false} satisfies Omit<
    AutoAttackOptions,
    'rng'
  >;
  const robustOf = async (more: Partial<AutoAttackOptions>) => {
    const report = await autoAttack(soundModel, x, labels, {
      ...{...small, rng: createRng(8)},
      ...more,
      adversarial: false,
    });
    return {report, robust: report.samples.map(({verdict}) => verdict === 'robust')};
  };
  const isSubset = (a: readonly boolean[], b: readonly boolean[]) =>
    a.every((flag, i) => !flag || b[i] === true);

  it('10: an attack more never makes an example robust, and accuracy falls part by part', async () => {
    const parts = ['apgd-ce', 'apgd-t', 'fab-t', 'square'] as const;
    let before = new Array<boolean>(10).fill(true);
    for (let count = 1; count <= parts.length; count++) {
      const {report, robust} = await robustOf({attacks: parts.slice(0, count)});
      expect(isSubset(robust, before)).toBe(true);
      const accuracies = report.components.map(({robustAccuracy}) => robustAccuracy);
      expect(accuracies).toEqual([...accuracies].sort((a, b) => b - a));
      expect(accuracies.at(-1)).toBe(report.robustAccuracy);
      before = robust;
    }
    // Something falls and something stands, or the above is empty.
    expect(new Set(before)).toEqual(new Set([true, false]));
  });

  it.each([
    ['targets', [1, 2, 3], (numTargets: number) => ({attacks: ['apgd-t'] as const, numTargets})],
    [
      'targets of FAB-T',
      [1, 2, 3],
      (numTargets: number) => ({attacks: ['fab-t'] as const, numTargets}),
    ],
    ['queries', [1, 10, 80], (queries: number) => ({attacks: ['square'] as const, queries})],
    [
      'restarts',
      [1, 2, 4],
      (restarts: number) => ({attacks: ['apgd-ce'] as const, restarts, steps: 2}),
    ],
  ])('14: more %s never make an example robust', async (_, counts, options) => {
    let before: readonly boolean[] | undefined;
    for (const count of counts) {
      const {robust} = await robustOf({...options(count), epsilon: 0.035});
      if (before !== undefined) expect(isSubset(robust, before)).toBe(true);
      before = robust;
    }
  });

  it('46: one example, all wrong, all broken by the first part', async () => {
    const [one, own] = tf.tidy(() => [tf.slice(x, 0, 1), tf.slice(labels, 0, 1)] as const);
    const single = await autoAttack(soundModel, one, own, {...small, rng: createRng(1)});
    expect(single.samples).toHaveLength(1);
    const wrong = tf.tidy(
      () => tf.mod(tf.add(labels, tf.scalar(1, 'int32')), tf.scalar(4, 'int32')) as tf.Tensor1D,
    );
    const none = await autoAttack(soundModel, x, wrong, {
      ...small,
      rng: createRng(1),
      diagnostics: true,
    });
    expect(none.cleanAccuracy).toBe(0);
    expect(none.robustAccuracy).toBe(0);
    expect(none.samples.map(({forward, backward}) => [forward, backward])).toEqual(
      new Array(10).fill([1, 0]),
    );
    const all = await autoAttack(soundModel, x, labels, {
      ...small,
      epsilon: 0.9,
      rng: createRng(1),
    });
    expect(all.robustAccuracy).toBe(0);
    expect(new Set(all.samples.map(({attack}) => attack))).toEqual(new Set(['apgd-ce']));
    expect(all.components.map(({attacked}) => attacked)).toEqual([10, 0, 0, 0]);
    tf.dispose([one, own, wrong]);
  });

  it.each(Object.entries(FIXED_STEPS))(
    '16: %s breaks nothing beyond its exact distance',
    (_, attack) => {
      fc.assert(
        fc.property(
          linearProblem(fc.integer({min: 2, max: 5})),
          ({norm, model, x: point, label, exact}) => {
            tf.tidy(() => {
              const found = attack(model, tf.tensor2d([point]), int([label]), {
                ...{norm, epsilon: exact - 1e-5, clip: null},
              });
              expect(isRight(model, found, label)).toBe(true);
            });
          },
        ),
        {numRuns: 25},
      );
    },
  );

  it.each([2, 3, 4, 5, 6, 7, 8, 9, 10])(
    '16: %d classes: AutoAttack is right on both sides of the exact distance',
    async (classes) => {
      await fc.assert(
        fc.asyncProperty(
          linearProblem(fc.constant(classes)),
          async ({norm, model, x: point, label, exact, seed}) => {
            const verdictAt = async (epsilon: number) => {
              const batch = tf.tensor2d([point]);
              const truth = int([label]);
              const {samples} = await autoAttack<tf.Tensor2D>(model, batch, truth, {
                ...{norm, epsilon, clip: null, attacks: ['apgd-ce', 'apgd-t', 'fab-t']},
                ...{steps: 30, diagnostics: false, rng: createRng(seed)},
              });
              tf.dispose([batch, truth]);
              return samples[0]?.verdict;
            };
            expect(await verdictAt(exact - 1e-5)).toBe('robust');
            expect(await verdictAt(exact * 1.06)).toBe('broken');
          },
        ),
        {numRuns: 6},
      );
    },
  );

  it.each(NORMS)(
    '16: two classes: APGD-CE alone settles every example to 1e-5, %s',
    async (norm) => {
      await fc.assert(
        fc.asyncProperty(linearProblem(fc.constant(2)), async (problem) => {
          fc.pre(problem.norm === norm);
          const {model, x: point, label, exact, seed} = problem;
          const batch = tf.tensor2d([point]);
          const truth = int([label]);
          for (const [epsilon, expected] of [
            [exact - 1e-5, 'robust'],
            [exact + 1e-5, 'broken'],
          ] as const) {
            const {samples} = await autoAttack<tf.Tensor2D>(model, batch, truth, {
              ...{norm, epsilon, clip: null, attacks: ['apgd-ce'], rng: createRng(seed)},
              ...{diagnostics: false},
            });
            expect(samples[0]?.verdict).toBe(expected);
          }
          tf.dispose([batch, truth]);
        }),
        {numRuns: 15},
      );
    },
  );
});

describe('exactness on linear models', () => {
  const twoClasses = linearProblem(fc.constant(2)).filter(({norm}) => norm === 'linf');

  /** The exact worst case in ball and box, L∞. */
  const worstCase = (
    {weights, x, label}: {weights: number[][]; x: number[]; label: number},
    epsilon: number,
  ) =>
    x.map((v, i) => {
      const slope = (weights[1 - label]?.[i] as number) - (weights[label]?.[i] as number);
      return Math.min(Math.max(v + epsilon * Math.sign(slope), 0), 1);
    });
  const isClear = ({weights}: {weights: number[][]}) =>
    (weights[0] as number[]).every((w, i) => Math.abs(w - (weights[1]?.[i] as number)) > 1e-3);

  it('17: FGSM reaches it in one step, of more classes along the margin of each', () => {
    fc.assert(
      fc.property(
        linearProblem(fc.integer({min: 2, max: 6})),
        fc.constantFrom(0.05, 0.3, 0.6),
        fc.nat(10),
        ({weights, model, x, label, classes}, epsilon, chosen) => {
          const target = (label + 1 + (chosen % (classes - 1))) % classes;
          const slopes = x.map(
            (_, i) => (weights[target]?.[i] as number) - (weights[label]?.[i] as number),
          );
          fc.pre(slopes.every((slope) => Math.abs(slope) > 1e-3));
          tf.tidy(() => {
            const signs = tf.sub(
              tf.oneHot(int([target]), classes),
              tf.oneHot(int([label]), classes),
            );
            const margin: Loss = (logits) => tf.sum(tf.mul(logits, signs), 1);
            const loss = classes === 2 ? crossEntropy : margin;
            const found = fgsmAttack<tf.Tensor2D>(model, tf.tensor2d([x]), int([label]), {
              ...{epsilon, loss},
            });
            const worst = x.map((v, i) =>
              Math.min(Math.max(v + epsilon * Math.sign(slopes[i] as number), 0), 1),
            );
            expectClose(found, worst, 1e-6);
          });
        },
      ),
      {numRuns: 40},
    );
  });

  it('18: APGD-CE reaches the worst case at its first iterate, from any start', async () => {
    await fc.assert(
      fc.asyncProperty(
        twoClasses,
        fc.constantFrom(0.05, 0.2, 0.5),
        fc.option(fc.nat(1000)),
        async (problem, epsilon, seed) => {
          fc.pre(isClear(problem));
          const batch = tf.tensor2d([problem.x]);
          const truth = int([problem.label]);
          const {adversarial} = await apgdAttack<tf.Tensor2D>(problem.model, batch, truth, {
            ...{epsilon, steps: 1, returns: 'best-loss', earlyStop: false},
            rng: seed === null ? undefined : createRng(seed),
          });
          expectClose(adversarial, worstCase(problem, epsilon), 1e-6);
          tf.dispose([batch, truth, adversarial]);
        },
      ),
      {numRuns: 30},
    );
  });

  it('19: PGD whose steps add up to 2ε reaches it from any start', () => {
    fc.assert(
      fc.property(
        twoClasses,
        fc.integer({min: 1, max: 7}),
        fc.nat(1000),
        (problem, steps, seed) => {
          fc.pre(isClear(problem));
          tf.tidy(() => {
            const epsilon = 0.2;
            const found = pgdAttack<tf.Tensor2D>(
              problem.model,
              tf.tensor2d([problem.x]),
              int([problem.label]),
              {
                ...{epsilon, steps, stepSize: (2.0001 * epsilon) / steps, rng: createRng(seed)},
              },
            );
            expectClose(found, worstCase(problem, epsilon), 1e-6);
          });
        },
      ),
      {numRuns: 30},
    );
  });

  it('47: targeted at the label an attack never lowers the margin, untargeted it never raises it', () => {
    const marginOf = (model: Classifier<tf.Tensor2D>, point: tf.Tensor2D, label: number) => {
      const z = numbers(model(point));
      return (z[label] as number) - (z[1 - label] as number);
    };
    fc.assert(
      fc.property(linearProblem(fc.constant(2)), ({norm, model, x: point, label}) => {
        tf.tidy(() => {
          const x = tf.tensor2d([point]);
          const y = int([label]);
          const options = {norm, epsilon: 0.1, steps: 3};
          const clean = marginOf(model, x, label);
          for (const attack of [bimAttack, pgdAttack, miFgsmAttack]) {
            const towards = attack<tf.Tensor2D>(model, x, y, {...options, targets: y});
            expect(marginOf(model, towards, label)).toBeGreaterThanOrEqual(clean - 1e-5);
            const away = attack<tf.Tensor2D>(model, x, y, options);
            expect(marginOf(model, away, label)).toBeLessThanOrEqual(clean + 1e-5);
          }
        });
      }),
      {numRuns: 20},
    );
  });
});

describe('losses', () => {
  // No two logits nearer than that: rounding is enlarged by the gap in a denominator.
  const logitsRow = fc
    .array(fc.integer({min: -80, max: 80}), {minLength: 4, maxLength: 8})
    .filter((z) => new Set(z).size === z.length)
    .map((z) => z.map((v) => v / 10));
  const evaluate = (loss: Loss, z: number[], label: number) =>
    tf.tidy(() => numbers(loss(tf.tensor2d([z]), int([label])))[0] as number);
  const towards =
    (target: number): Loss =>
    (logits, y) =>
      targetedDlrLoss(logits, y, int([target]));

  it('29: DLR and targeted DLR ignore shift and scale of the logits', () => {
    fc.assert(
      fc.property(
        logitsRow,
        fc.integer({min: -50, max: 50}),
        fc.constantFrom(0.25, 3, 100),
        (z, shift, scale) => {
          for (const loss of [dlrLoss, towards(1)]) {
            const value = evaluate(loss, z, 0);
            const changed = evaluate(
              loss,
              z.map((v) => scale * v + shift),
              0,
            );
            expectClose([changed], [value], 2e-3);
          }
        },
      ),
    );
  });

  it('30: DLR is above 0 exactly where the class is wrong, and never below -1', () => {
    fc.assert(
      fc.property(logitsRow, fc.nat(3), (z, label) => {
        const value = evaluate(dlrLoss, z, label);
        expect(value > 0).toBe(z[label] !== Math.max(...z));
        expect(value).toBeGreaterThanOrEqual(-1 - 1e-6);
      }),
    );
  });

  it('31: positive weights of the examples change no step along signs (REAT is CE)', () => {
    const model = tinyConvNet();
    fc.assert(
      fc.property(
        fc.array(fc.double({min: 1e-3, max: 50, noNaN: true}), {minLength: 3, maxLength: 3}),
        fc.nat(1000),
        (weights, seed) => {
          tf.tidy(() => {
            const x: tf.Tensor4D = tf.add(tf.mul(seeded([3, 8, 8, 1], seed), 0.4), 0.5);
            const options = {epsilon: 0.1, steps: 4, rng: createRng(seed)};
            const weighted: Loss = (logits, y) =>
              tf.mul(crossEntropy(logits, y), tf.tensor1d(weights));
            const plain = pgdAttack(model, x, int([0, 1, 2]), options);
            const other = pgdAttack(model, x, int([0, 1, 2]), {...options, loss: weighted});
            expect(numbers(other)).toEqual(numbers(plain));
          });
        },
      ),
      {numRuns: 8},
    );
    model.dispose();
  });

  it('33: permuting the classes other than label and target changes no loss', () => {
    fc.assert(
      fc.property(logitsRow, fc.nat(1000), (z, seed) => {
        const [first = 0, second = 0, ...others] = z;
        const rng = createRng(seed);
        const shuffled = others.map((v) => ({v, key: rng.uniform()})).sort((a, b) => a.key - b.key);
        const permuted = [first, second, ...shuffled.map(({v}) => v)];
        for (const loss of [crossEntropy, marginLoss, dlrLoss, towards(1)]) {
          expectClose([evaluate(loss, permuted, 0)], [evaluate(loss, z, 0)], 1e-6);
        }
      }),
    );
  });
});

describe('resources', () => {
  /** `soundModel`, with its forward and backward passes counted in examples. */
  function counted() {
    const counts = {forward: 0, backward: 0};
    const pass = tf.customGrad((input) => ({
      value: tf.clone(input as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => {
        counts.backward += dy.shape[0] as number;
        return tf.clone(dy);
      },
    }));
    const model: Classifier = (input) => {
      counts.forward += input.shape[0];
      return soundModel(pass(input) as tf.Tensor4D);
    };
    return {model, counts};
  }

  it('43: K forward and K backward passes for PGD and its kind', () => {
    tf.tidy(() => {
      const {x, labels} = soundExamples(3);
      for (const [attack, steps] of [
        [fgsmAttack, 1],
        [bimAttack, 4],
        [pgdAttack, 4],
        [miFgsmAttack, 4],
      ] as const) {
        const {model, counts} = counted();
        const options = attack === fgsmAttack ? {} : {steps};
        attack(model, x, labels, {...options, epsilon: 0.02});
        expect(counts).toEqual({forward: 3 * steps, backward: 3 * steps});
      }
    });
  });

  it.each([
    [
      'APGD',
      (m: Classifier, x: tf.Tensor4D, y: tf.Tensor1D) =>
        apgdAttack(m, x, y, {epsilon: 0.01, steps: 7}),
    ],
    [
      'APGD-T',
      (m: Classifier, x: tf.Tensor4D, y: tf.Tensor1D) =>
        apgdAttack(m, x, y, {epsilon: 0.01, steps: 7, loss: 'targeted-dlr'}),
    ],
    [
      'FAB-T',
      (m: Classifier, x: tf.Tensor4D, y: tf.Tensor1D) =>
        fabAttack(m, x, y, {epsilon: 0.01, steps: 7, targeted: true}),
    ],
    [
      'Square',
      (m: Classifier, x: tf.Tensor4D, y: tf.Tensor1D) =>
        squareAttack(m, x, y, {epsilon: 0.01, queries: 9, rng: createRng(0)}),
    ],
  ])('43: %s makes the passes that it reports, backward ones too', async (_, attack) => {
    const {x, labels} = soundExamples(4);
    const {model, counts} = counted();
    const {adversarial, cost} = await attack(model, x, labels);
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    // Whole batches where a backend wants few shapes: never fewer than reported.
    expect(counts.backward).toBe(sum(cost.backward));
    expect(counts.forward).toBe(sum(cost.forward));
    tf.dispose([x, labels, adversarial]);
  });

  it('43: AutoAttack makes the passes that it reports', async () => {
    const {x, labels} = soundExamples(6);
    const {model, counts} = counted();
    const report = await autoAttack(model, x, labels, {
      ...{epsilon: 0.03, steps: 6, queries: 15, rng: createRng(3), diagnostics: false},
    });
    const total = (key: 'forward' | 'backward') =>
      report.samples.reduce((sum, sample) => sum + sample[key], 0);
    expect(counts.backward).toBe(total('backward'));
    expect(counts.forward).toBe(total('forward'));
    expect(report.cost).toMatchObject({forward: counts.forward, backward: counts.backward});
    tf.dispose([x, labels]);
  });
});
