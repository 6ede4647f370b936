/**
 * The paper's analysis of a long-tailed mixture of two Gaussians: closed forms, samples, and the
 * regressions of its figures.
 *
 * @packageDocumentation
 */

export {
  sampleGaussianMixture,
  type GaussianMixture,
  type MixtureSample,
  type SampleGaussianMixtureOptions,
} from './gaussianMixture';
export {gaussianTheory, type GaussianTheory, type OptimalClassifier} from './gaussianTheory';
export {
  linearErrors,
  type ErrorRates,
  type LinearClassifier,
  type LinearErrorsOptions,
  type MixtureErrors,
} from './linearErrors';
export {
  logisticRegression,
  type LogisticRegressionOptions,
  type TrainedClassifier,
} from './logisticRegression';
export {normalCdf} from './normalCdf';

// Errors that its functions throw.
export {InvalidArgumentError} from '../core/errors';
