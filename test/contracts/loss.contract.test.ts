// What every loss keeps. A new loss joins by a line of the table.
import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {distillationLoss} from '../../src/losses/distillationLoss';
import {dlrLoss} from '../../src/losses/dlrLoss';
import {gradientMatchingLoss} from '../../src/losses/gradientMatchingLoss';
import {klDivergence} from '../../src/losses/klDivergence';
import {marginLoss} from '../../src/losses/marginLoss';
import {
  selfDistillationLoss,
  type SelfDistillationLossOptions,
} from '../../src/losses/selfDistillationLoss';
import {targetedDlrLoss} from '../../src/losses/targetedDlrLoss';
import {
  balancedSoftmaxRow,
  crossEntropyRow,
  differences,
  dlrRow,
  klRow,
  marginRow,
  minusRow,
  targetedDlrRow,
} from '../support/lossReference';
import {seeded} from '../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../support/tensors';

interface LossCase {
  readonly name: string;
  /** How many logits tensors go in; gradients are taken to all of them. */
  readonly inputs: number;
  readonly loss: (inputs: tf.Tensor2D[], labels: tf.Tensor1D) => tf.Tensor1D;
  /** One row in float64. */
  readonly row: (rows: number[][], label: number) => number;
  /** The inputs to which a constant may be added row by row; default all. */
  readonly shiftable?: readonly number[];
  /** Whether class biases are added to the logits: then float32 rounds the sum at large logits. */
  readonly biased?: boolean;
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
    inputs: 1,
    loss: ([z], y) => tf.tidy(() => targetedDlrLoss(z as tf.Tensor2D, y, nextClass(y))),
    row: (rows, y) => targetedDlrRow(first(rows), y, (y + 1) % CLASSES),
    shiftable: [],
  },
  {
    name: 'klDivergence',
    inputs: 2,
    loss: ([t, z]) => klDivergence(t as tf.Tensor2D, z as tf.Tensor2D),
    row: (rows) => klRow(first(rows), second(rows)),
  },
  {
    name: 'klDivergence, T = 3',
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
    inputs: 4,
    loss: (inputs) => gradientMatchingLoss(...pairs(inputs)),
    row: igdm,
  },
  {
    name: 'gradientMatchingLoss l2',
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

const seeds = fc.integer({min: 1, max: 1e6});
const batch = (count: number, size: number, seed: number, scale = 5) =>
  Array.from({length: count}, (_, i) => seeded<tf.Rank.R2>([size, CLASSES], 17 * seed + i, scale));
const labelsFor = (size: number, seed: number) =>
  int(Array.from({length: size}, (_, i) => (seed + 3 * i) % CLASSES));
const rowsOf = (inputs: tf.Tensor2D[], i: number) =>
  inputs.map((z) => numbers(z).slice(i * CLASSES, (i + 1) * CLASSES));
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
  const {inputs: count, loss, row, shiftable = Array.from({length: count}, (_, i) => i)} = entry;

  it('gives [batch] float32, each row the closed form', () => {
    check(20, (seed, size) => {
      const inputs = batch(count, size, seed);
      const labels = labelsFor(size, seed);
      const losses = loss(inputs, labels);
      expect(losses.shape).toEqual([size]);
      expect(losses.dtype).toBe('float32');
      const y = numbers(labels);
      expectClose(
        losses,
        y.map((label, i) => row(rowsOf(inputs, i), label)),
      );
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
      numbers(labels).forEach((label, i) => {
        const expected = differences((...rows) => row(rows, label), rowsOf(inputs, i));
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
      const tolerance = entry.biased === true ? 1e-7 * size : 2e-6;
      for (const label of [0, 1, 2, 3]) {
        const labels = int([label, label, label, label]);
        const expected = [0, 1, 2, 3].map((i) => row(rowsOf(inputs, i), label));
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
        expectClose(tf.sum(gradients[k] as tf.Tensor2D, 1), new Float32Array(size), 2e-5);
      }
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
