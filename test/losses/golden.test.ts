// Values and gradients of the specification; see the provenance in the file.
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {ardLoss} from '../../src/losses/ardLoss';
import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {classBalancedLoss} from '../../src/losses/classBalancedLoss';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {focalLoss} from '../../src/losses/focalLoss';
import {gradientMatchingLoss} from '../../src/losses/gradientMatchingLoss';
import {harlLoss} from '../../src/losses/harlLoss';
import {ldamLoss} from '../../src/losses/ldamLoss';
import {logitAdjustedLoss} from '../../src/losses/logitAdjustment';
import {martLoss} from '../../src/losses/martLoss';
import {rebalancedWeights} from '../../src/losses/rebalancedWeights';
import {robalLoss} from '../../src/losses/robalLoss';
import {robalMarginLoss} from '../../src/losses/robalMarginLoss';
import {rsladLoss} from '../../src/losses/rsladLoss';
import {
  selfDistillationLoss,
  type SelfDistillationLossOptions,
} from '../../src/losses/selfDistillationLoss';
import {sigmoidFocalLoss} from '../../src/losses/sigmoidFocalLoss';
import {tailFeatureLoss} from '../../src/losses/tailFeatureLoss';
import {tradesLoss} from '../../src/losses/tradesLoss';
import {weightedCrossEntropy} from '../../src/losses/weightedCrossEntropy';
import {effectiveNumberWeights} from '../../src/samplers/effectiveNumberWeights';
import golden from '../golden/losses.json';
import {expectClose, int} from '../support/tensors';

const {inputs, rows} = golden;
const counts = inputs.classCounts;

interface Logits {
  readonly adv: tf.Tensor2D; // f_S(x + δ)
  readonly nat: tf.Tensor2D; // f_S(x)
  readonly min: tf.Tensor2D; // f_S(x - δ)
  readonly cosAdv: tf.Tensor2D; // of RoBal's head
  readonly cosNat: tf.Tensor2D;
  readonly features: tf.Tensor2D; // what the last layer sees
  readonly all: tf.Tensor2D; // four rows, two of one class
}

const teacherLogits = () => ({
  plus: tf.tensor2d(inputs.t_adv),
  minus: tf.tensor2d(inputs.t_min),
  clean: tf.tensor2d(inputs.t_nat),
});

const ltad =
  (options: SelfDistillationLossOptions) =>
  ({adv, min}: Logits, y: tf.Tensor1D) =>
    selfDistillationLoss({plus: adv, minus: min}, teacherLogits(), y, counts, options);

const teacher = () => tf.tensor2d(inputs.t_nat);
const classWeights = () => effectiveNumberWeights(counts, {beta: 0.99});
const featureLabels = () => int(inputs.featureLabels);

const matching =
  (distance?: 'l2') =>
  ({adv, min}: Logits) =>
    gradientMatchingLoss(
      {plus: adv, minus: min},
      teacherLogits(),
      distance === undefined ? {} : {distance},
    );

// What log(P + 1e-5) in place of log P adds to RSLAD's divergence, a constant of the student.
const repoEntropy = () => {
  const p = tf.softmax(teacher());
  return tf.mean(tf.mul(p, tf.sub(tf.log(tf.add(p, 1e-5)), tf.log(p))), 1);
};

const LOSSES: Record<string, (z: Logits, y: tf.Tensor1D) => tf.Tensor1D> = {
  CE: ({adv}, y) => crossEntropy(adv, y),
  'BSL τ=1.0': ({adv}, y) => balancedSoftmax(adv, y, counts),
  'BSL τ=1.5': ({adv}, y) => balancedSoftmax(adv, y, counts, {tau: 1.5}),
  'LogitAdjust τ=1 (= BSL)': ({adv}, y) => logitAdjustedLoss(adv, y, counts),
  'CB-CE β=.99 weightedMean': ({adv}, y) => weightedCrossEntropy(adv, y, classWeights()),
  'CB-CE β=.99 meanOfWeighted': ({adv}, y) => classBalancedLoss(adv, y, counts, {beta: 0.99}),
  'Focal softmax γ=1.0': ({adv}, y) => focalLoss(adv, y, {gamma: 1}),
  'Focal softmax γ=2.0': ({adv}, y) => focalLoss(adv, y),
  'Focal sigmoid γ=2 (sum/N)': ({adv}, y) => sigmoidFocalLoss(adv, y),
  'CB focal sigmoid β=.99 γ=2': ({adv}, y) =>
    classBalancedLoss(adv, y, counts, {beta: 0.99, base: 'focal'}),
  'LDAM s=1.0': ({adv}, y) => ldamLoss(adv, y, counts, {scale: 1}),
  'LDAM s=30.0': ({adv}, y) => ldamLoss(adv, y, counts),
  'TRADES β=6': ({adv, nat}, y) => tradesLoss(nat, adv, y),
  'MART β=5.0': ({adv, nat}, y) => martLoss(nat, adv, y),
  'MART β=6.0': ({adv, nat}, y) => martLoss(nat, adv, y, {lambda: 6}),
  'ARD T=30 α=1 batchmean': ({adv}, y) => ardLoss(teacher(), {adversarial: adv}, y),
  'ARD T=30 α=1 elementwise mean (repo)': ({adv}, y) =>
    ardLoss(teacher(), {adversarial: adv}, y, {classReduction: 'mean'}),
  'ARD T=1 α=0.5 batchmean': ({adv, nat}, y) =>
    ardLoss(teacher(), {adversarial: adv, clean: nat}, y, {alpha: 0.5, temperature: 1}),
  'RSLAD batchmean': ({adv, nat}) => rsladLoss(teacher(), {adversarial: adv, clean: nat}),
  'RSLAD repo (elementwise mean, 1e-5)': ({adv, nat}) =>
    tf.add(
      rsladLoss(teacher(), {adversarial: adv, clean: nat}, {classReduction: 'mean'}),
      repoEntropy(),
    ),
  IGDM: matching(),
  'IGDM L2': matching('l2'),
  'RoBal margin loss (s 10, m_0 .1, τ_b 1.5, τ_m .3)': ({cosAdv}, y) =>
    robalMarginLoss(cosAdv, y, counts),
  'RoBal total, β_reg 6': ({cosAdv, cosNat}, y) => robalLoss(cosNat, cosAdv, y, counts),
  'REAT RBL a=[90,50,10,5] weightedMean': ({adv}, y) =>
    weightedCrossEntropy(adv, y, rebalancedWeights(counts, [90, 50, 10, 5])),
  'REAT TAIL repo (anchor detached)': ({features}) =>
    tailFeatureLoss(features, featureLabels(), counts, {tailFrom: 2}),
  'REAT TAIL pairwise (anchor detached)': ({features}) =>
    tailFeatureLoss(features, featureLabels(), counts, {mode: 'pairwise', tailFrom: 2}),
  'HARL a=b=c=.1': ({adv}, y) => harlLoss(adv, y),
  'HARL dup class (4 rows: z_adv + z_nat[0], y=[0,1,3,0])': ({all}) =>
    harlLoss(all, int([...inputs.labels, 0])),
  'LTAD igdm τ=1 T(α)=0.0': ltad({weight: 0}),
  'LTAD igdm τ=1 T(α)=1.0': ltad({}),
  'LTAD igdm τ=1 T(α)=20.0': ltad({weight: 20}),
  'LTAD kl-adv τ=1 α=1 (KL(f_T(x+δ)→f_S(x+δ)))': ltad({kd: 'kl-adv'}),
  'LTAD kl-clean τ=1 α=1 (KL(f_T(x)→f_S(x+δ)))': ltad({kd: 'kl-clean-teacher'}),
};

const INPUT_OF: Record<string, keyof Logits> = {
  z_adv: 'adv',
  z_plus: 'adv',
  z_nat: 'nat',
  z_min: 'min',
  cos_adv: 'cosAdv',
  cos_nat: 'cosNat',
  F: 'features',
  'all 4 rows': 'all',
};

describe('golden losses', () => {
  it('are all there', () => {
    expect(rows.length).toBe(43);
    expect(new Set(rows.map(({loss}) => loss))).toEqual(new Set(Object.keys(LOSSES)));
  });

  it.each(rows)('$loss to $wrt', ({loss: name, value, wrt, gradient}) => {
    tf.tidy(() => {
      const special = Object.entries(golden.tolerance).find(([start]) => name.startsWith(start));
      const tolerance = special?.[1] ?? golden.tolerance.default;
      const logits: Logits = {
        adv: tf.tensor2d(inputs.z_adv),
        nat: tf.tensor2d(inputs.z_nat),
        min: tf.tensor2d(inputs.z_min),
        cosAdv: tf.tensor2d(inputs.cos_adv),
        cosNat: tf.tensor2d(inputs.cos_nat),
        features: tf.tensor2d(inputs.features),
        all: tf.tensor2d([...inputs.z_adv, ...inputs.z_nat.slice(0, 1)]),
      };
      const key = INPUT_OF[wrt] as keyof Logits;
      const meanLoss = (z: tf.Tensor) => {
        const loss = LOSSES[name] as (typeof LOSSES)[string];
        return tf.mean(loss({...logits, [key]: z as tf.Tensor2D}, int(inputs.labels)));
      };
      const {value: found, grad} = tf.valueAndGrad(meanLoss)(logits[key]);
      expectClose(found, [value], tolerance);
      expectClose(grad, gradient.flat(), tolerance);
    });
  });
});
