// Values and gradients of the specification; see the provenance in the file.
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {balancedSoftmax} from '../../src/losses/balancedSoftmax';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {distillationLoss} from '../../src/losses/distillationLoss';
import {gradientMatchingLoss} from '../../src/losses/gradientMatchingLoss';
import {klDivergence} from '../../src/losses/klDivergence';
import {
  selfDistillationLoss,
  type SelfDistillationLossOptions,
} from '../../src/losses/selfDistillationLoss';
import golden from '../golden/losses.json';
import {expectClose, int} from '../support/tensors';

const {inputs, rows} = golden;
const counts = inputs.classCounts;

interface Logits {
  readonly adv: tf.Tensor2D; // f_S(x + δ)
  readonly nat: tf.Tensor2D; // f_S(x)
  readonly min: tf.Tensor2D; // f_S(x - δ)
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

const weighted = (a: number, first: tf.Tensor1D, b: number, second: tf.Tensor1D) =>
  tf.add<tf.Tensor1D>(tf.mul(a, first), tf.mul(b, second));

const matching =
  (distance?: 'l2') =>
  ({adv, min}: Logits) =>
    gradientMatchingLoss(
      {plus: adv, minus: min},
      teacherLogits(),
      distance === undefined ? {} : {distance},
    );

const LOSSES: Record<string, (z: Logits, y: tf.Tensor1D) => tf.Tensor1D> = {
  CE: ({adv}, y) => crossEntropy(adv, y),
  'BSL τ=1.0': ({adv}, y) => balancedSoftmax(adv, y, counts),
  'BSL τ=1.5': ({adv}, y) => balancedSoftmax(adv, y, counts, {tau: 1.5}),
  // log π differs from log n by a constant.
  'LogitAdjust τ=1 (= BSL)': ({adv}, y) => {
    const total = counts.reduce((a, b) => a + b);
    const logPrior = tf.tensor1d(counts.map((n) => Math.log(n / total)));
    return crossEntropy(tf.add(adv, logPrior), y);
  },
  'TRADES β=6': ({adv, nat}, y) => weighted(1, crossEntropy(nat, y), 6, klDivergence(nat, adv)),
  'ARD T=30 α=1 batchmean': ({adv}, y) =>
    distillationLoss(tf.tensor2d(inputs.t_nat), adv, y, {alpha: 1, temperature: 30}),
  'ARD T=30 α=1 elementwise mean (repo)': ({adv}, y) =>
    tf.div(distillationLoss(tf.tensor2d(inputs.t_nat), adv, y), counts.length),
  'ARD T=1 α=0.5 batchmean': ({adv, nat}, y) =>
    weighted(0.5, klDivergence(tf.tensor2d(inputs.t_nat), adv), 0.5, crossEntropy(nat, y)),
  'RSLAD batchmean': ({adv, nat}) => {
    const target = tf.tensor2d(inputs.t_nat);
    return weighted(5 / 6, klDivergence(target, adv), 1 / 6, klDivergence(target, nat));
  },
  IGDM: matching(),
  'IGDM L2': matching('l2'),
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
};

describe('golden losses', () => {
  it('are all there', () => {
    expect(rows.length).toBe(22);
    expect(new Set(rows.map(({loss}) => loss))).toEqual(new Set(Object.keys(LOSSES)));
  });

  it.each(rows)('$loss to $wrt', ({loss: name, value, wrt, gradient}) => {
    tf.tidy(() => {
      const tolerance = name.startsWith('ARD T=30')
        ? golden.tolerance['ARD T=30']
        : golden.tolerance.default;
      const logits: Logits = {
        adv: tf.tensor2d(inputs.z_adv),
        nat: tf.tensor2d(inputs.z_nat),
        min: tf.tensor2d(inputs.z_min),
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
