import {createRng} from 'lt-robust';
import {
  gaussianTheory,
  linearErrors,
  logisticRegression,
  sampleGaussianMixture,
  type ErrorRates,
  type LinearClassifier,
} from 'lt-robust/theory';

export const RATIOS = [1, 2, 5];
export const EPSILON = 0.5;
export const TRAININGS = ['natural', 'robust'] as const;
export type Training = (typeof TRAININGS)[number];

/** One regression, and what the theory says about it. */
export interface Regression {
  readonly ratio: number;
  readonly training: Training;
  readonly seed: number;
  readonly classifier: LinearClassifier;
  /** Distance of the boundary from the origin, towards the tail class. */
  readonly offset: number;
  readonly tail: ErrorRates;
  readonly theory: {readonly offset: number; readonly tail: ErrorRates};
}

/** Trains a natural and an adversarial regression for each imbalance ratio and seed. */
export function runExperiment(size: number, seeds: number): Regression[] {
  return RATIOS.flatMap((ratio) =>
    Array.from({length: seeds}, (_, seed) => {
      const rng = createRng(seed).fork(ratio);
      const {x, labels} = sampleGaussianMixture({size, imbalanceRatio: ratio, rng});
      const theory = gaussianTheory({imbalanceRatio: ratio, epsilon: EPSILON});
      return TRAININGS.map((training): Regression => {
        const epsilon = training === 'natural' ? 0 : EPSILON;
        const classifier = logisticRegression(x, labels, {epsilon});
        const {tail} = linearErrors(classifier, {imbalanceRatio: ratio, epsilon: EPSILON});
        return {
          ratio,
          training,
          seed,
          classifier,
          offset: classifier.bias / Math.hypot(...Array.from(classifier.weights)),
          tail,
          theory: {offset: theory[training].bias, tail: theory[training].tail},
        };
      });
    }).flat(),
  );
}
