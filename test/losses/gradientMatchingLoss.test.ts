import * as tf from '@tensorflow/tfjs-core';
import {fc} from '@fast-check/vitest';
import {describe, expect, it} from 'vitest';

import {
  gradientMatchingLoss,
  type GradientDistance,
  type GradientMatchingLossOptions,
  type LogitsPair,
} from '../../src/losses/gradientMatchingLoss';
import {seeded} from '../support/models';
import {expectClose, numbers} from '../support/tensors';

const pairOf = (seed: number): LogitsPair => ({
  plus: seeded<tf.Rank.R2>([2, 4], 2 * seed, 3),
  minus: seeded<tf.Rank.R2>([2, 4], 2 * seed + 1, 3),
});
const swapped = ({plus, minus}: LogitsPair): LogitsPair => ({plus: minus, minus: plus});
const holds = (property: (seed: number) => void) => {
  fc.assert(
    fc.property(fc.integer({min: 1, max: 1e6}), (seed) => tf.tidy(() => property(seed))),
    {numRuns: 20},
  );
};

const student = () => ({plus: tf.tensor2d([[2, 0, -1]]), minus: tf.tensor2d([[1, -0.5, 0]])});
const teacher = () => ({plus: tf.tensor2d([[3, 0, -1]]), minus: tf.tensor2d([[1, 0, 0]])});
// Δ_S = (1, 0.5, -1), Δ_T = (2, 0, -1): the pair of attacks.md 12.3.
const loss = (options?: GradientMatchingLossOptions) =>
  gradientMatchingLoss(student(), teacher(), options);

describe('gradientMatchingLoss', () => {
  it('compares differences of logits by KL, the teacher as target', () => {
    expectClose(loss(), [0.17180803], 1e-6);
    expectClose(loss({distance: 'kl'}), [0.17180803], 1e-6);
  });

  it('compares them by squares and by absolute values, summed over classes', () => {
    expectClose(loss({distance: 'l2'}), [1.25], 1e-6);
    expectClose(loss({distance: 'l1'}), [1.5], 1e-6);
  });

  it.each<[GradientDistance, number[]]>([
    ['kl', [-0.26969774, 0.23401223, 0.03568551]],
    ['l2', [-2, 1, 0]],
    ['l1', [-1, 1, 0]],
  ])(
    'has the %s gradient, opposite to minus; 0 where the differences agree',
    (distance, wanted) => {
      const [plus, minus] = tf.grads((p: tf.Tensor, m: tf.Tensor) =>
        gradientMatchingLoss({plus: p as tf.Tensor2D, minus: m as tf.Tensor2D}, teacher(), {
          distance,
        }),
      )([student().plus, student().minus]) as [tf.Tensor, tf.Tensor];
      expectClose(plus, wanted, 1e-6);
      expectClose(tf.neg(minus), wanted, 1e-6);
    },
  );

  it('is 0 where the student is the teacher plus a constant', () => {
    holds((seed) => {
      const {plus, minus} = pairOf(seed);
      const moved = {plus: tf.add<tf.Tensor2D>(plus, 2), minus: tf.sub<tf.Tensor2D>(minus, 1)};
      expectClose(gradientMatchingLoss(moved, {plus, minus}), [0, 0], 1e-5);
      const same = {plus: tf.add<tf.Tensor2D>(plus, 2), minus: tf.add<tf.Tensor2D>(minus, 2)};
      expectClose(gradientMatchingLoss(same, {plus, minus}, {distance: 'l1'}), [0, 0], 1e-5);
      expectClose(gradientMatchingLoss(same, {plus, minus}, {distance: 'l2'}), [0, 0], 1e-5);
    });
  });

  it('keeps l1 and l2 where plus and minus are swapped in both', () => {
    holds((seed) => {
      const [s, t] = [pairOf(seed), pairOf(seed + 1)];
      for (const distance of ['l1', 'l2'] as const) {
        const expected = numbers(gradientMatchingLoss(s, t, {distance}));
        expectClose(gradientMatchingLoss(swapped(s), swapped(t), {distance}), expected, 1e-6);
      }
    });
  });

  it('names the logits that do not fit', () => {
    const good: LogitsPair = student();
    const bad = tf.zeros<tf.Rank.R2>([1, 2]);
    const shape = 'must have the shape \\[1, 3\\], found float32 \\[1, 2\\]';
    const vector = tf.zeros([3]) as unknown as tf.Tensor2D;
    expect(() => gradientMatchingLoss({...good, plus: vector}, good)).toThrow(
      /^gradientMatchingLoss: "student.plus" must be a float32 tensor \[batch, classes\]/,
    );
    expect(() => gradientMatchingLoss({...good, minus: bad}, good)).toThrow(
      new RegExp(`^gradientMatchingLoss: "student.minus" ${shape}`),
    );
    expect(() => gradientMatchingLoss(good, {...good, plus: bad})).toThrow(
      new RegExp(`^gradientMatchingLoss: "teacher.plus" ${shape}`),
    );
    expect(() => gradientMatchingLoss(good, {...good, minus: bad})).toThrow(
      new RegExp(`^gradientMatchingLoss: "teacher.minus" ${shape}`),
    );
    expect(() => loss({distance: 'cosine' as 'kl'})).toThrow(
      /^gradientMatchingLoss: "distance" must be one of 'kl', 'l2', 'l1', found 'cosine'/,
    );
    expect(() => loss({norm: 'l2'} as object)).toThrow(/^gradientMatchingLoss: "norm" must/);
  });
});

it.each<[GradientDistance, number]>([
  ['l2', 5],
  ['l1', 3],
])(
  'a class that is masked at both inputs, at -Infinity, adds nothing to %s',
  (distance, expected) => {
    tf.tidy(() => {
      // Δ_S = (1, 0, 0), Δ_T = (2, 2, 0) without the last class: 1 + 4, 1 + 2.
      const masked = (plus: number[], minus: number[]): LogitsPair => ({
        plus: tf.tensor2d([[...plus, -Infinity]]),
        minus: tf.tensor2d([[...minus, -Infinity]]),
      });
      const teacherPair = masked([3, 2], [1, 0]);
      const {minus} = masked([0, 0], [1, 0]);
      const lossAt = (plus: tf.Tensor2D) =>
        tf.sum<tf.Scalar>(gradientMatchingLoss({plus, minus}, teacherPair, {distance}));
      const {value: total, grad} = tf.valueAndGrad(lossAt)(tf.tensor2d([[2, 0, -Infinity]]));
      expectClose(total, [expected]);
      expect(numbers(grad).every(Number.isFinite)).toBe(true);
    });
  },
);
