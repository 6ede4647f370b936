// The official formulas in PyTorch, float64, on random inputs; see test/reference/losses_torch.py.
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {adaAdLoss} from '../../src/losses/adaAdLoss';
import {ardLoss} from '../../src/losses/ardLoss';
import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {classBalancedLoss} from '../../src/losses/classBalancedLoss';
import {cosineLogits} from '../../src/losses/cosineLogits';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {focalLoss} from '../../src/losses/focalLoss';
import {harlLoss} from '../../src/losses/harlLoss';
import {labelSmoothingLoss} from '../../src/losses/labelSmoothingLoss';
import {ldamLoss} from '../../src/losses/ldamLoss';
import {martLoss} from '../../src/losses/martLoss';
import {rebalancedWeights} from '../../src/losses/rebalancedWeights';
import {robalLoss} from '../../src/losses/robalLoss';
import {rsladLoss} from '../../src/losses/rsladLoss';
import {tailFeatureLoss} from '../../src/losses/tailFeatureLoss';
import {tradesLoss} from '../../src/losses/tradesLoss';
import {weightedCrossEntropy} from '../../src/losses/weightedCrossEntropy';
import {effectiveNumberWeights} from '../../src/samplers/effectiveNumberWeights';
import golden from '../golden/losses-torch.json';
import {int, numbers} from '../support/tensors';

type Name = keyof typeof golden.inputs;
type Inputs = Record<Name, tf.Tensor2D>;

const counts = golden.classCounts;
const weights = (beta: number) => effectiveNumberWeights(counts, {beta});

const LOSSES: Record<keyof typeof golden.cases, (z: Inputs, y: tf.Tensor1D) => tf.Tensor1D> = {
  crossEntropy: (z, y) => crossEntropy(z.adversarial, y),
  'crossEntropy, soft': (z) => crossEntropy(z.adversarial, z.soft),
  balancedSoftmax: (z, y) => balancedSoftmax(z.adversarial, y, counts),
  'balancedSoftmax, soft': (z) => balancedSoftmax(z.adversarial, z.soft, counts),
  'labelSmoothing 0.1': (z, y) => labelSmoothingLoss(z.adversarial, y),
  'weighted, weightedMean': (z, y) => weightedCrossEntropy(z.adversarial, y, weights(0.99)),
  'weighted, meanOfWeighted': (z, y) =>
    weightedCrossEntropy(z.adversarial, y, weights(0.99), {reduction: 'meanOfWeighted'}),
  'focal 2': (z, y) => focalLoss(z.adversarial, y),
  'focal 0.5': (z, y) => focalLoss(z.adversarial, y, {gamma: 0.5}),
  'class-balanced focal': (z, y) =>
    classBalancedLoss(z.adversarial, y, counts, {base: 'focal', gamma: 2}),
  'ldam 30': (z, y) => ldamLoss(z.cosAdversarial, y, counts),
  'ldam 1, weighted': (z, y) =>
    ldamLoss(z.adversarial, y, counts, {scale: 1, classWeights: weights(0.9999)}),
  trades: (z, y) => tradesLoss(z.clean, z.adversarial, y),
  mart: (z, y) => martLoss(z.clean, z.adversarial, y),
  'ard T 5': (z, y) => ardLoss(z.teacherClean, z, y, {alpha: 0.5, temperature: 5}),
  'ard repo': (z, y) => ardLoss(z.teacherClean, z, y, {alpha: 0.9, classReduction: 'mean'}),
  rslad: (z) => rsladLoss(z.teacherClean, z),
  adaAd: (z) =>
    adaAdLoss({clean: z.teacherClean, adversarial: z.teacherAdversarial}, z, {lambda: 0.7}),
  robal: (z, y) => robalLoss(z.cosClean, z.cosAdversarial, y, counts),
  cosine: (z, y) => crossEntropy(cosineLogits(z.features, z.kernel), y),
  rbl: (z, y) =>
    weightedCrossEntropy(z.adversarial, y, rebalancedWeights(counts, golden.predictedCounts)),
  'tail repo': (z, y) => tailFeatureLoss(z.features, y, counts),
  'tail pairwise': (z, y) => tailFeatureLoss(z.features, y, counts, {mode: 'pairwise'}),
  harl: (z, y) => harlLoss(z.adversarial, y),
  'harl, classes absent': (z) => harlLoss(z.adversarial, int([0, 0, 3, 1, 3, 1])),
};

const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs));

/** Largest error, relative to the largest value. */
const errorOf = (found: tf.Tensor, expected: readonly number[]) =>
  largest(numbers(found).map((v, i) => v - (expected[i] as number))) / largest(expected);

describe('losses of the official code in PyTorch', () => {
  it.each(Object.entries(golden.cases))('%s: value and gradients to 1e-5', (name, entry) => {
    tf.tidy(() => {
      const inputs = Object.fromEntries(
        Object.entries(golden.inputs).map(([key, rows]) => [key, tf.tensor2d(rows)]),
      ) as Inputs;
      const names = Object.keys(entry.gradients) as Name[];
      const meanLoss = (...z: tf.Tensor[]) => {
        const replaced = Object.fromEntries(names.map((key, i) => [key, z[i] as tf.Tensor2D]));
        const loss = LOSSES[name as keyof typeof LOSSES];
        return tf.mean(loss({...inputs, ...replaced}, int(golden.labels)));
      };
      const {value, grads} = tf.valueAndGrads(meanLoss)(names.map((key) => inputs[key]));
      expect(errorOf(value, [entry.value])).toBeLessThan(1e-5);
      for (const [i, expected] of Object.values(entry.gradients).entries()) {
        expect(errorOf(grads[i] as tf.Tensor, expected)).toBeLessThan(1e-5);
      }
    });
  });
});
