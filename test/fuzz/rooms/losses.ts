import * as tf from '@tensorflow/tfjs-core';

import * as root from '../../../src/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {choice, numbers, only, optional, real, single, tensor, whole} from '../kinds';

const {labels, logits, targets, classCounts, loss} = f;
const pair = only(() => ({adversarial: f.LOGITS(), clean: f.LOGITS()}));
const sides = only(() => ({plus: f.LOGITS(), minus: f.LOGITS()}));

/** Losses. */
export const LOSSES: readonly Call[] = [
  call(
    'adaAdLoss',
    root.adaAdLoss,
    {teacher: pair, student: pair},
    {lambda: real(0.5, {min: 0, max: 1}), classReduction: f.classReduction},
  ),
  call(
    'ardLoss',
    root.ardLoss,
    {teacherLogits: logits, student: pair, labels: targets},
    {
      alpha: real(0.5, {min: 0, max: 1}),
      temperature: f.temperature,
      classReduction: f.classReduction,
    },
  ),
  call(
    'balancedSoftmax',
    root.balancedSoftmax,
    {logits, labels: targets, classCounts},
    {tau: real(1)},
  ),
  call('boostedCrossEntropy', root.boostedCrossEntropy, {logits, labels: targets}),
  call(
    'classBalancedLoss',
    root.classBalancedLoss,
    {logits, labels: targets, classCounts},
    {
      beta: real(0.9, {min: 0, max: 1}),
      base: choice('softmax', 'sigmoid', 'focal'),
      gamma: f.atLeastZero,
      reduction: choice('weightedMean', 'meanOfWeighted'),
    },
  ),
  call(
    'cosineLogits',
    root.cosineLogits,
    {features: tensor(f.X, 'float32', [-1, 3]), weights: tensor(f.LOGITS, 'float32', [3, -1])},
    {scale: single(0.5), normOffset: f.atLeastZero},
  ),
  call('crossEntropy', root.crossEntropy, {logits, labels: targets}),
  call(
    'deferredReweighting',
    root.deferredReweighting,
    {classCounts: f.anyCounts, epoch: whole(1, 1, Infinity, Infinity)},
    {plainEpochs: whole(3, 0, Infinity, Infinity), beta: real(0.9, {min: 0, max: 1})},
  ),
  call(
    'distillationLoss',
    root.distillationLoss,
    {teacherLogits: logits, logits, labels: targets},
    {alpha: real(0.5, {min: 0, max: 1}), temperature: f.temperature},
  ),
  call('distillationWeight', root.distillationWeight, {
    alpha: f.atLeastZero,
    epoch: whole(1, 1, 4),
    epochs: whole(4, 1, Infinity, Infinity),
    schedule: optional(f.schedule),
  }),
  call('dlrLoss', root.dlrLoss, {logits, labels: targets}),
  call('focalLoss', root.focalLoss, {logits, labels: targets}, {gamma: f.atLeastZero}),
  call(
    'gradientMatchingLoss',
    root.gradientMatchingLoss,
    {student: sides, teacher: sides},
    {distance: f.distance},
  ),
  call(
    'harlLoss',
    root.harlLoss,
    {logits, labels: targets},
    {
      meanWeight: f.atLeastZero,
      varianceWeight: f.atLeastZero,
      shareWeight: f.atLeastZero,
      absent: choice('skip', 'zero'),
    },
  ),
  call(
    'klDivergence',
    root.klDivergence,
    {targetLogits: logits, logits},
    {temperature: f.temperature},
  ),
  call(
    'labelSmoothingLoss',
    root.labelSmoothingLoss,
    {logits, labels: targets},
    {smoothing: real(0.1, {min: 0, max: 1})},
  ),
  call(
    'ldamLoss',
    root.ldamLoss,
    {logits, labels: targets, classCounts},
    {
      maxMargin: f.atLeastZero,
      scale: single(0.5),
      power: f.atLeastZero,
      classWeights: optional(
        numbers(
          [1, 1, 1],
          (v) => v >= 0,
          (n) => n === 3,
        ),
      ),
      reduction: choice('weightedMean', 'meanOfWeighted'),
    },
  ),
  call(
    'adjustLogits',
    root.adjustLogits,
    {logits: tensor(f.LOGITS, 'float32', [-1, 3]), classCounts},
    {tau: real(1)},
  ),
  call(
    'logitAdjustedLoss',
    root.logitAdjustedLoss,
    {logits, labels: targets, classCounts},
    {tau: real(1)},
  ),
  call(
    'lossForCompile',
    root.lossForCompile,
    {loss},
    {output: choice('logits', 'probabilities'), targets: choice('classes', 'weights')},
  ),
  call('marginLoss', root.marginLoss, {logits, labels: targets}, {kappa: real(0, {min: 0})}),
  call(
    'martLoss',
    root.martLoss,
    {cleanLogits: logits, adversarialLogits: logits, labels: targets},
    {lambda: f.atLeastZero},
  ),
  call(
    'rebalancedWeights',
    root.rebalancedWeights,
    {
      classCounts,
      predictedCounts: numbers(
        [3, 3, 4],
        (v) => v >= 0,
        (n) => n === 3,
      ),
    },
    {maxRatio: optional(real(2, {above: 1}))},
  ),
  call(
    'robalLoss',
    root.robalLoss,
    {cleanLogits: logits, adversarialLogits: logits, labels: targets, classCounts},
    {
      ...f.MARGINS,
      adversarialWeight: f.atLeastZero,
      naturalWeight: f.atLeastZero,
      regularization: f.atLeastZero,
    },
  ),
  call('robalMarginLoss', root.robalMarginLoss, {logits, labels: targets, classCounts}, f.MARGINS),
  call(
    'rsladLoss',
    root.rsladLoss,
    {teacherLogits: logits, student: pair},
    {weight: real(0.5, {min: 0, max: 1}), classReduction: f.classReduction},
  ),
  call(
    'selfDistillationLoss',
    root.selfDistillationLoss,
    {student: sides, teacher: sides, labels: targets, classCounts},
    {
      kd: choice('igdm', 'kl-adv', 'none'),
      weight: f.atLeastZero,
      temperature: f.temperature,
      hardLoss: choice('bsl', 'ce'),
      tau: real(1),
      igdmDistance: f.distance,
    },
  ),
  call(
    'sigmoidFocalLoss',
    root.sigmoidFocalLoss,
    {logits, labels: targets},
    {gamma: f.atLeastZero},
  ),
  call(
    'tailFeatureLoss',
    root.tailFeatureLoss,
    {features: tensor(f.X, 'float32', [3, -1]), labels: targets, classCounts},
    {mode: choice('repo', 'pairwise'), tailFrom: optional(whole(1, 0, 3))},
  ),
  call('targetedDlrLoss', root.targetedDlrLoss, {
    logits: tensor(() => four(), 'float32', [3, -1]),
    labels,
    targets: tensor(f.OTHERS, 'int32', [3]),
  }),
  call(
    'tradesLoss',
    root.tradesLoss,
    {cleanLogits: logits, adversarialLogits: logits, labels: targets},
    {beta: f.atLeastZero},
  ),
  call(
    'weightedCrossEntropy',
    root.weightedCrossEntropy,
    {
      logits,
      labels: targets,
      classWeights: numbers(
        [1, 1, 1],
        (v) => v >= 0,
        (n) => n === 3,
      ),
    },
    {reduction: choice('weightedMean', 'meanOfWeighted')},
  ),
];

let wide: tf.Tensor | undefined;
const four = (): tf.Tensor => (wide ??= tf.keep(
    tf.tensor2d([[1, 0, -1, 2], [0, 2, 1, 3], [1, 1, 3, 0]]))); // prettier-ignore
