import * as theory from '../../../src/theory/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {base, numbers, only, real, required, whole, wholes} from '../kinds';

const MIXTURE = {
  eta: f.positive,
  dimensions: whole(2),
  imbalanceRatio: real(2, {min: 1}),
};

/** Theory. */
export const THEORY: readonly Call[] = [
  call('sampleGaussianMixture', theory.sampleGaussianMixture, {}, {
    ...MIXTURE, size: required(whole(4, 1, Infinity, 50)), rng: required(f.rng),
  }), // prettier-ignore
  call('gaussianTheory', theory.gaussianTheory, {}, {
    ...MIXTURE, epsilon: real(0.1, {min: 0, below: 1}),
    eta: base({...real(1, {above: 0.1})}),
  }), // prettier-ignore
  call('linearErrors', theory.linearErrors, {
    classifier: only(() => ({weights: [1, 1], bias: 0})),
  }, {...MIXTURE, dimensions: base(only(() => 2)), epsilon: f.atLeastZero}), // prettier-ignore
  call('logisticRegression', theory.logisticRegression, {
    x: numbers([0, 1, 0.5, 0.2], undefined, (n) => n === 4),
    labels: wholes([0, 1, 0, 1], 0, 2, (n) => n === 4),
  }, {epsilon: base(real(0, {min: 0, max: 0.1})), maxSteps: whole(100, 7, Infinity, 200), tolerance: real(1e-10, {above: 0})}), // prettier-ignore
  call('normalCdf', theory.normalCdf, {x: real(0.5)}),
];
