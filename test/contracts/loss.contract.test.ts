// What every loss keeps. A new loss joins by a line of the table.
import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {adaAdLoss} from '../../src/losses/adaAdLoss';
import {ardLoss} from '../../src/losses/ardLoss';
import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {boostedCrossEntropy} from '../../src/losses/boostedCrossEntropy';
import {classBalancedLoss} from '../../src/losses/classBalancedLoss';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {distillationLoss} from '../../src/losses/distillationLoss';
import {dlrLoss} from '../../src/losses/dlrLoss';
import {focalLoss} from '../../src/losses/focalLoss';
import {gradientMatchingLoss} from '../../src/losses/gradientMatchingLoss';
import {harlLoss} from '../../src/losses/harlLoss';
import {klDivergence} from '../../src/losses/klDivergence';
import {labelSmoothingLoss} from '../../src/losses/labelSmoothingLoss';
import {ldamLoss} from '../../src/losses/ldamLoss';
import {logitAdjustedLoss} from '../../src/losses/logitAdjustment';
import {marginLoss} from '../../src/losses/marginLoss';
import {martLoss} from '../../src/losses/martLoss';
import {robalLoss} from '../../src/losses/robalLoss';
import {robalMarginLoss} from '../../src/losses/robalMarginLoss';
import {rsladLoss} from '../../src/losses/rsladLoss';
import {
  selfDistillationLoss,
  type SelfDistillationLossOptions,
} from '../../src/losses/selfDistillationLoss';
import {sigmoidFocalLoss} from '../../src/losses/sigmoidFocalLoss';
import {targetedDlrLoss} from '../../src/losses/targetedDlrLoss';
import * as room from '../../src/losses/index';
import {tradesLoss} from '../../src/losses/tradesLoss';
import {weightedCrossEntropy} from '../../src/losses/weightedCrossEntropy';
import {
  balancedSoftmaxRow,
  boostedRow,
  crossEntropyRow,
  differences,
  dlrRow,
  doubtfulKlRow,
  focalRow,
  harlBatch,
  klRow,
  marginedRow,
  marginRow,
  minusRow,
  sigmoidFocalRow,
  smoothedRow,
  targetedDlrRow,
  weightedMeanOf,
} from '../support/lossReference';
import {expectListed} from '../support/listed';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

interface LossCase {
  readonly name: string;
  /** How many logits tensors go in; gradients are taken to all of them. */
  readonly inputs: number;
  readonly loss: (inputs: tf.Tensor2D[], labels: tf.Tensor1D) => tf.Tensor1D;
  /** One row in float64. */
  readonly row: (rows: number[][], label: number) => number;
  /** Where examples are coupled, all rows in float64; by default each row by itself. */
  readonly batch?: (rows: number[][][], labels: number[]) => number[];
  /** Whether labels are class numbers only, or none at all. */
  readonly hard?: boolean;
  /** Whether a logit of -Infinity has no meaning for it. */
  readonly unmasked?: boolean;
  /** The inputs to which a constant may be added row by row; default all. */
  readonly shiftable?: readonly number[];
  /** Whether class biases are added to the logits: then float32 rounds the sum at large logits. */
  readonly biased?: boolean;
  /** Factor of the logits: float32's steps grow by it. */
  readonly scale?: number;
}

const CLASSES = 4;
const COUNTS = [100, 40, 10, 5];

const BSL = (z: number[], y: number) => balancedSoftmaxRow(z, y, COUNTS, 1);
const igdm = ([p, m, tp, tm]: number[][]) =>
  klRow(minusRow(tp ?? [], tm ?? []), minusRow(p ?? [], m ?? []));

const pairs = ([plus, minus, teacherPlus, teacherMinus]: tf.Tensor2D[]) =>
  [
    {plus, minus},
    {plus: teacherPlus, minus: teacherMinus},
  ] as [Record<'plus' | 'minus', tf.Tensor2D>, Record<'plus' | 'minus', tf.Tensor2D>];

const distilled = (
  kd: NonNullable<SelfDistillationLossOptions['kd']>,
  inputs: number,
  row: LossCase['row'],
): LossCase => ({
  name: `selfDistillationLoss ${kd}`,
  inputs,
  loss: ([a, b, c, d], labels) => {
    const [plus, minus, teacherPlus, teacherMinus] = [a, b, c, d] as tf.Tensor2D[];
    return kd === 'igdm' || kd === 'igdm+kl-adv'
      ? selfDistillationLoss(
          {plus: plus as tf.Tensor2D, minus},
          {plus: teacherPlus, minus: teacherMinus},
          labels,
          COUNTS,
          {kd, weight: 3, temperature: 2},
        )
      : selfDistillationLoss(
          {plus: plus as tf.Tensor2D},
          kd === 'kl-adv' ? {plus: minus} : {clean: minus},
          labels,
          COUNTS,
          {kd, weight: 3, temperature: 2},
        );
  },
  row,
  biased: true,
  unmasked: kd === 'igdm' || kd === 'igdm+kl-adv', // differences of logits
});

const first = (rows: number[][]) => rows[0] ?? [];
const second = (rows: number[][]) => rows[1] ?? [];
const third = (rows: number[][]) => rows[2] ?? [];

const nextClass = (labels: tf.Tensor1D): tf.Tensor1D =>
  tf.mod(tf.add(labels, tf.scalar(1, 'int32')), tf.scalar(CLASSES, 'int32'));

const LOSSES: LossCase[] = [
  {
    name: 'crossEntropy',
    inputs: 1,
    loss: ([z], y) => crossEntropy(z as tf.Tensor2D, y),
    row: (rows, y) => crossEntropyRow(first(rows), y),
  },
  {
    name: 'balancedSoftmax',
    inputs: 1,
    loss: ([z], y) => balancedSoftmax(z as tf.Tensor2D, y, COUNTS, {tau: 1.5}),
    row: (rows, y) => balancedSoftmaxRow(first(rows), y, COUNTS, 1.5),
    biased: true,
  },
  {
    name: 'marginLoss',
    inputs: 1,
    loss: ([z], y) => marginLoss(z as tf.Tensor2D, y),
    row: (rows, y) => marginRow(first(rows), y, 50),
  },
  {
    name: 'dlrLoss',
    inputs: 1,
    loss: ([z], y) => dlrLoss(z as tf.Tensor2D, y),
    row: (rows, y) => dlrRow(first(rows), y),
    shiftable: [], // but for rounding, which the denominator enlarges: test/attacks/invariants.test.ts
  },
  {
    name: 'targetedDlrLoss',
    unmasked: true,
    hard: true,
    inputs: 1,
    loss: ([z], y) => tf.tidy(() => targetedDlrLoss(z as tf.Tensor2D, y, nextClass(y))),
    row: (rows, y) => targetedDlrRow(first(rows), y, (y + 1) % CLASSES),
    shiftable: [],
  },
  {
    name: 'klDivergence',
    hard: true,
    inputs: 2,
    loss: ([t, z]) => klDivergence(t as tf.Tensor2D, z as tf.Tensor2D),
    row: (rows) => klRow(first(rows), second(rows)),
  },
  {
    name: 'klDivergence, T = 3',
    hard: true,
    inputs: 2,
    loss: ([t, z]) => klDivergence(t as tf.Tensor2D, z as tf.Tensor2D, {temperature: 3}),
    row: (rows) => klRow(first(rows), second(rows), 3),
  },
  {
    name: 'distillationLoss',
    inputs: 2,
    loss: ([t, z], y) =>
      distillationLoss(t as tf.Tensor2D, z as tf.Tensor2D, y, {alpha: 0.3, temperature: 2}),
    row: (rows, y) =>
      0.3 * klRow(first(rows), second(rows), 2) + 0.7 * crossEntropyRow(second(rows), y),
  },
  {
    name: 'gradientMatchingLoss kl',
    unmasked: true,
    hard: true,
    inputs: 4,
    loss: (inputs) => gradientMatchingLoss(...pairs(inputs)),
    row: igdm,
  },
  {
    name: 'gradientMatchingLoss l2',
    unmasked: true,
    hard: true,
    inputs: 4,
    loss: (inputs) => gradientMatchingLoss(...pairs(inputs), {distance: 'l2'}),
    row: ([p, m, tp, tm]) =>
      minusRow(minusRow(p ?? [], m ?? []), minusRow(tp ?? [], tm ?? []))
        .map((v) => v * v)
        .reduce((a, b) => a + b),
    shiftable: [],
  },
  {
    name: 'gradientMatchingLoss l1',
    unmasked: true,
    hard: true,
    inputs: 4,
    loss: (inputs) => gradientMatchingLoss(...pairs(inputs), {distance: 'l1'}),
    row: ([p, m, tp, tm]) =>
      minusRow(minusRow(p ?? [], m ?? []), minusRow(tp ?? [], tm ?? []))
        .map(Math.abs)
        .reduce((a, b) => a + b),
    shiftable: [],
  },
  distilled('none', 1, (rows, y) => BSL(first(rows), y)),
  distilled(
    'kl-adv',
    2,
    (rows, y) => BSL(first(rows), y) + 3 * klRow(second(rows), first(rows), 2),
  ),
  distilled(
    'kl-clean-teacher',
    2,
    (rows, y) => BSL(first(rows), y) + 3 * klRow(second(rows), first(rows), 2),
  ),
  distilled('igdm', 4, (rows, y) => BSL(first(rows), y) + 3 * igdm(rows)),
  distilled(
    'igdm+kl-adv',
    4,
    (rows, y) => BSL(first(rows), y) + 3 * (igdm(rows) + klRow(third(rows), first(rows), 2)),
  ),
];

const MARGINS = COUNTS.map((n) => 0.5 * (5 / n) ** 0.25);
const ROBAL_MARGINS = COUNTS.map((n) => 0.1 + 0.03 * Math.log(n / 5));
const PRIOR = COUNTS.map((n) => 1.5 * Math.log(n));
const WEIGHTS = [0.5, 1, 2, 4];
const HARMONIC = COUNTS.map((n) => (4 / n) * (1 / COUNTS.reduce((a, c) => a + 1 / c, 0)));
const robalRow = (z: number[], y: number) => marginedRow(z, y, ROBAL_MARGINS, 10, PRIOR);
const two = (inputs: tf.Tensor2D[]) => inputs as [tf.Tensor2D, tf.Tensor2D];
const three = (inputs: tf.Tensor2D[]) => inputs as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
const one = (inputs: tf.Tensor2D[]) => inputs[0] as tf.Tensor2D;

// The order of the inputs is that of the arguments.
LOSSES.push(
  {
    name: 'tradesLoss',
    inputs: 2,
    loss: (z, y) => tradesLoss(...two(z), y),
    row: (rows, y) => crossEntropyRow(first(rows), y) + 6 * klRow(first(rows), second(rows)),
  },
  {
    name: 'boostedCrossEntropy',
    inputs: 1,
    loss: (z, y) => boostedCrossEntropy(one(z), y),
    row: (rows, y) => boostedRow(first(rows), y),
  },
  {
    name: 'martLoss',
    inputs: 2,
    loss: (z, y) => martLoss(...two(z), y),
    row: (rows, y) => boostedRow(second(rows), y) + 5 * doubtfulKlRow(first(rows), second(rows), y),
  },
  {
    name: 'ardLoss',
    inputs: 3,
    loss: (z, y) => {
      const [teacher, adversarial, clean] = three(z);
      return ardLoss(teacher, {adversarial, clean}, y, {alpha: 0.7, temperature: 3});
    },
    row: (rows, y) =>
      0.7 * klRow(first(rows), second(rows), 3) + 0.3 * crossEntropyRow(third(rows), y),
  },
  {
    name: 'rsladLoss',
    hard: true,
    inputs: 3,
    loss: (z) => {
      const [teacher, adversarial, clean] = three(z);
      return rsladLoss(teacher, {adversarial, clean});
    },
    row: (rows) =>
      (5 / 6) * klRow(first(rows), second(rows)) + (1 / 6) * klRow(first(rows), third(rows)),
  },
  {
    name: 'adaAdLoss',
    hard: true,
    inputs: 4,
    loss: ([a, b, c, d]) => {
      const [teacher, student, teacherClean, studentClean] = [a, b, c, d] as tf.Tensor2D[];
      return adaAdLoss(
        {adversarial: teacher as tf.Tensor2D, clean: teacherClean},
        {adversarial: student as tf.Tensor2D, clean: studentClean},
        {lambda: 0.75},
      );
    },
    row: (rows) =>
      0.75 * klRow(first(rows), second(rows)) + 0.25 * klRow(third(rows), rows[3] ?? []),
  },
  {
    name: 'logitAdjustedLoss',
    inputs: 1,
    loss: (z, y) => logitAdjustedLoss(one(z), y, COUNTS, {tau: 2}),
    row: (rows, y) => balancedSoftmaxRow(first(rows), y, COUNTS, 2),
    biased: true,
  },
  {
    name: 'ldamLoss',
    inputs: 1,
    loss: (z, y) => ldamLoss(one(z), y, COUNTS, {scale: 2}),
    row: (rows, y) => marginedRow(first(rows), y, MARGINS, 2),
    biased: true,
  },
  {
    name: 'robalMarginLoss',
    scale: 10,
    inputs: 1,
    loss: (z, y) => robalMarginLoss(one(z), y, COUNTS),
    row: (rows, y) => robalRow(first(rows), y),
    biased: true,
  },
  {
    name: 'robalLoss',
    scale: 10,
    inputs: 2,
    loss: (z, y) => robalLoss(...two(z), y, COUNTS, {naturalWeight: 0.5}),
    row: (rows, y) =>
      robalRow(second(rows), y) +
      0.5 * crossEntropyRow(first(rows), y) +
      6 * klRow(first(rows), second(rows)),
    biased: true,
  },
  {
    name: 'labelSmoothingLoss',
    unmasked: true,
    inputs: 1,
    loss: (z, y) => labelSmoothingLoss(one(z), y, {smoothing: 0.2}),
    row: (rows, y) => smoothedRow(first(rows), y, 0.2),
  },
  {
    name: 'focalLoss',
    inputs: 1,
    loss: (z, y) => focalLoss(one(z), y),
    row: (rows, y) => focalRow(first(rows), y, 2),
  },
  {
    name: 'focalLoss, γ = 1/2',
    inputs: 1,
    loss: (z, y) => focalLoss(one(z), y, {gamma: 0.5}),
    row: (rows, y) => focalRow(first(rows), y, 0.5),
  },
  {
    name: 'sigmoidFocalLoss',
    inputs: 1,
    loss: (z, y) => sigmoidFocalLoss(one(z), y),
    row: (rows, y) => sigmoidFocalRow(first(rows), y, 2),
    shiftable: [],
  },
  {
    name: 'weightedCrossEntropy weightedMean',
    inputs: 1,
    loss: (z, y) => weightedCrossEntropy(one(z), y, WEIGHTS),
    row: () => NaN,
    batch: (rows, labels) =>
      weightedMeanOf(
        rows.map((row, i) => crossEntropyRow(first(row), labels[i] as number)),
        labels,
        WEIGHTS,
      ),
  },
  {
    name: 'weightedCrossEntropy meanOfWeighted',
    inputs: 1,
    loss: (z, y) => weightedCrossEntropy(one(z), y, WEIGHTS, {reduction: 'meanOfWeighted'}),
    row: (rows, y) => (WEIGHTS[y] as number) * crossEntropyRow(first(rows), y),
  },
  {
    name: 'classBalancedLoss sigmoid',
    inputs: 1,
    loss: (z, y) => classBalancedLoss(one(z), y, COUNTS, {beta: 1, base: 'sigmoid'}),
    row: (rows, y) => (HARMONIC[y] as number) * sigmoidFocalRow(first(rows), y, 0),
    shiftable: [],
  },
  {
    name: 'ldamLoss, weighted',
    inputs: 1,
    loss: (z, y) => ldamLoss(one(z), y, COUNTS, {scale: 2, classWeights: WEIGHTS}),
    row: () => NaN,
    batch: (rows, labels) =>
      weightedMeanOf(
        rows.map((row, i) => marginedRow(first(row), labels[i] as number, MARGINS, 2)),
        labels,
        WEIGHTS,
      ),
    biased: true,
  },
  {
    name: 'harlLoss',
    inputs: 1,
    loss: (z, y) => harlLoss(one(z), y),
    row: () => NaN,
    batch: (rows, labels) => labels.map(() => harlBatch(rows.map(first), labels)),
  },
);

it('the table has every loss of the room', () => {
  // What makes no loss of logits and labels, or makes one of another: each has a test of its own.
  const others = [
    ...['adjustLogits', 'cosineLogits', 'deferredReweighting', 'distillationWeight'],
    ...['lossForCompile', 'rebalancedWeights', 'tailFeatureLoss'],
  ];
  expectListed(room, [...LOSSES.map(({name}) => name.split(/[ ,]/)[0] ?? ''), ...others]);
});

const seeds = fc.integer({min: 1, max: 1e6});
const batch = (count: number, size: number, seed: number, scale = 5) =>
  Array.from({length: count}, (_, i) => seeded<tf.Rank.R2>([size, CLASSES], 17 * seed + i, scale));
const labelsFor = (size: number, seed: number) =>
  int(Array.from({length: size}, (_, i) => (seed + 3 * i) % CLASSES));
const rowsOf = (inputs: tf.Tensor2D[], i: number) =>
  inputs.map((z) => numbers(z).slice(i * CLASSES, (i + 1) * CLASSES));
const expectedOf = (entry: LossCase, rows: number[][][], labels: number[]) =>
  entry.batch?.(rows, labels) ?? labels.map((label, i) => entry.row(rows[i] ?? [], label));
const valuesOf = (entry: LossCase, inputs: tf.Tensor2D[], labels: tf.Tensor1D) =>
  expectedOf(
    entry,
    numbers(labels).map((_, i) => rowsOf(inputs, i)),
    numbers(labels),
  );
const gradientsOf = (entry: LossCase, inputs: tf.Tensor2D[], labels: tf.Tensor1D) =>
  tf.grads((...z: tf.Tensor[]) => entry.loss(z as tf.Tensor2D[], labels))(inputs) as tf.Tensor2D[];
const check = (runs: number, property: (seed: number, size: number) => void) => {
  const sized = fc.property(seeds, fc.integer({min: 1, max: 4}), (seed, size) =>
    tf.tidy(() => property(seed, size)),
  );
  fc.assert(sized, {numRuns: runs});
};

/** Extreme logits: every row has one far up, one far down, and ties. */
const extreme = (count: number, size: number) =>
  Array.from({length: count}, (_, k) =>
    tf.tensor2d(
      [
        [size, -size, 0, 1],
        [-size, size, size, -size],
        [size, size, size, size],
        [0, 0, -size, size],
      ].map((row) => [...row.slice(k), ...row.slice(0, k)]),
    ),
  );

describe.each(LOSSES)('$name', (entry) => {
  const {inputs: count, loss, shiftable = Array.from({length: count}, (_, i) => i)} = entry;

  it('gives [batch] float32, each row the closed form', () => {
    check(20, (seed, size) => {
      const inputs = batch(count, size, seed);
      const labels = labelsFor(size, seed);
      const losses = loss(inputs, labels);
      expect(losses.shape).toEqual([size]);
      expect(losses.dtype).toBe('float32');
      expectClose(losses, valuesOf(entry, inputs, labels));
    });
  });

  it('gives an empty batch for an empty batch', () => {
    const inputs = Array.from({length: count}, () => tf.zeros<tf.Rank.R2>([0, CLASSES]));
    expect(loss(inputs, int([])).shape).toEqual([0]);
  });

  it('has the gradient of the closed form, to every input', () => {
    check(15, (seed, size) => {
      const inputs = batch(count, size, seed);
      const labels = labelsFor(size, seed);
      const gradients = gradientsOf(entry, inputs, labels);
      const y = numbers(labels);
      const all = y.map((_, i) => rowsOf(inputs, i));
      y.forEach((_, i) => {
        // Of the sum over the batch: where examples are coupled, others move too.
        const total = (...moved: number[][]) =>
          expectedOf(
            entry,
            all.map((rows, k) => (k === i ? moved : rows)),
            y,
          ).reduce((a, b) => a + b);
        const expected = differences(total, all[i] ?? []);
        rowsOf(gradients, i).forEach((found, k) => {
          expectClose(found, expected[k] ?? [], 1e-4);
        });
      });
    });
  });

  it('treats examples apart: a permutation of the batch permutes the losses', () => {
    check(10, (seed, size) => {
      const inputs = batch(count, size, seed);
      const labels = labelsFor(size, seed);
      const reversed = loss(
        inputs.map((z) => tf.reverse(z, 0)),
        tf.reverse(labels, 0),
      );
      expectClose(reversed, numbers(loss(inputs, labels)).reverse(), 1e-6);
    });
  });

  it.each([80, 1e4])('is finite and exact at logits of %d, and so is its gradient', (size) => {
    tf.tidy(() => {
      const inputs = extreme(count, size);
      const tolerance = entry.biased === true ? 1e-7 * size * (entry.scale ?? 1) : 2e-6;
      for (const label of [0, 1, 2, 3]) {
        const labels = int([label, label, label, label]);
        const expected = valuesOf(entry, inputs, labels);
        expect(expected.every(Number.isFinite)).toBe(true);
        expectClose(loss(inputs, labels), expected, tolerance);
        for (const gradient of gradientsOf(entry, inputs, labels)) {
          expect(numbers(gradient).every(Number.isFinite)).toBe(true);
        }
      }
    });
  });

  it.runIf(shiftable.length > 0)('ignores a constant added to a row of logits', () => {
    check(10, (seed, size) => {
      const inputs = batch(count, size, seed);
      const labels = labelsFor(size, seed);
      const expected = numbers(loss(inputs, labels));
      const shift = seeded<tf.Rank.R2>([size, 1], seed, 10);
      for (const k of shiftable) {
        const shifted = inputs.map((z, i) => (i === k ? tf.add<tf.Tensor2D>(z, shift) : z));
        expectClose(loss(shifted, labels), expected, 2e-5);
      }
    });
  });

  it.runIf(shiftable.length > 0)('has gradients whose rows sum to 0', () => {
    check(10, (seed, size) => {
      const inputs = batch(count, size, seed);
      const gradients = gradientsOf(entry, inputs, labelsFor(size, seed));
      for (const k of shiftable) {
        const gradient = gradients[k] as tf.Tensor2D;
        const largest = Math.max(1, ...numbers(tf.abs(gradient)));
        expectClose(tf.sum(gradient, 1), new Float32Array(size), 1e-5 * largest);
      }
    });
  });

  const weighed = (inputs: tf.Tensor2D[], targets: tf.Tensor2D) =>
    loss(inputs, targets as unknown as tf.Tensor1D);

  it.runIf(entry.hard !== true)('takes one-hot labels, of any type', () => {
    check(5, (seed, size) => {
      const inputs = batch(count, size, seed);
      const labels = labelsFor(size, seed);
      const oneHot = tf.oneHot(labels, CLASSES) as tf.Tensor2D;
      const expected = numbers(loss(inputs, labels));
      expectClose(weighed(inputs, oneHot), expected, 2e-6);
      expectClose(weighed(inputs, tf.cast(oneHot, 'float32')), expected, 2e-6);
      expectClose(weighed(inputs, tf.cast(oneHot, 'bool')), expected, 2e-6);
    });
  });

  it.runIf(entry.hard !== true && entry.batch === undefined)(
    'weighs the classes by soft labels, and its gradients too',
    () => {
      check(5, (seed, size) => {
        const inputs = batch(count, size, seed);
        const targets = tf.softmax(seeded<tf.Rank.R2>([size, CLASSES], seed + 7, 2));
        const byClass = (z: tf.Tensor2D[]) =>
          tf.addN(
            [0, 1, 2, 3].map((c) =>
              tf.mul(
                tf.squeeze(tf.slice(targets, [0, c], [size, 1]), [1]),
                loss(z, int(new Array<number>(size).fill(c))),
              ),
            ),
          );
        expectClose(weighed(inputs, targets), numbers(byClass(inputs)), 1e-5);
        const gradients = (f: (z: tf.Tensor2D[]) => tf.Tensor) =>
          tf.grads((...z: tf.Tensor[]) => f(z as tf.Tensor2D[]))(inputs);
        const expected = gradients(byClass);
        gradients((z) => weighed(z, targets)).forEach((gradient, k) => {
          expectClose(gradient, numbers(expected[k] as tf.Tensor), 1e-4);
        });
      });
    },
  );

  it.runIf(entry.hard !== true)('refuses a label out of range', () => {
    tf.tidy(() => {
      const inputs = batch(count, 2, 1);
      expect(() => loss(inputs, int([0, CLASSES]))).toThrow(
        /"labels" must lie in \[0, 4\).*found 4/,
      );
      expect(() => loss(inputs, int([-1, 0]))).toThrow(/"labels" must lie in \[0, 4\).*found -1/);
    });
  });

  it.runIf(entry.unmasked !== true)('takes a class out whose logit is -Infinity', () => {
    check(5, (seed, size) => {
      const labels = int(Array.from({length: size}, (_, i) => (seed + i) % (CLASSES - 1)));
      const masked = (value: number) =>
        batch(count, size, seed).map((z) =>
          tf.concat([tf.slice(z, [0, 0], [size, CLASSES - 1]), tf.fill([size, 1], value)], 1),
        ) as tf.Tensor2D[];
      const expected = loss(masked(-1000), labels);
      expectClose(loss(masked(-Infinity), labels), numbers(expected), 1e-5);
      const gradients = gradientsOf(entry, masked(-1000), labels);
      gradientsOf(entry, masked(-Infinity), labels).forEach((gradient, k) => {
        expectClose(gradient, numbers(gradients[k] as tf.Tensor), 1e-5);
      });
    });
  });

  it('keeps its inputs and leaks nothing, also when it throws', async () => {
    const inputs = batch(count, 3, 1);
    const labels = labelsFor(3, 1);
    const wrong = tf.zeros<tf.Rank.R2>([3, CLASSES + 1]);
    const before = inputs.map(numbers);
    await expectNoLeak(() => {
      loss(inputs, labels).dispose();
    });
    await expectNoLeak(() => {
      tf.dispose(gradientsOf(entry, inputs, labels));
    });
    await expectNoLeak(() => {
      const badInputs = [...inputs.slice(0, -1), wrong];
      const badLabels = tf.tensor1d([0, 1], 'int32');
      try {
        expect(() => loss(count === 1 ? inputs : badInputs, badLabels)).toThrow(/must/);
      } finally {
        badLabels.dispose();
      }
    });
    expect(inputs.map(numbers)).toEqual(before);
    tf.dispose([inputs, labels, wrong]);
  });
});
