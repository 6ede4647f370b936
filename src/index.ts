/**
 * Adversarial attacks, robust and long-tailed losses, samplers, training and metrics for
 * TensorFlow.js. Models, data, kernels and Node's file access have subpaths of their own.
 *
 * @packageDocumentation
 */

// What all of it is made of.
export type {Attack, AttackContext, EvaluationAttack} from './core/attack';
export type {
  AttackCost,
  AttackResult,
  AttackComponent,
  AttackTally,
  AttackWarning,
} from './core/attackResult';
export {memoryCheckpoints, type CheckpointStore, type CheckpointValue} from './core/checkpoint';
export {byExample} from './core/byExample';
export type {BatchNormVariance} from './core/layers/batchNorm';
export {
  asClassifier,
  asTrainableClassifier,
  type Classifier,
  type Model,
  type TrainableClassifier,
  type TrainableModel,
} from './core/classifier';
export {subset, type Batch, type Dataset, type DatasetInMemory} from './core/dataset';
export {
  CheckpointMismatchError,
  DataFormatError,
  InvalidArgumentError,
  MissingGradientsError,
  NonFiniteLossError,
  OutOfMemoryError,
  isCheckpointMismatchError,
  UnusableGradientError,
  isDataFormatError,
  isInvalidArgumentError,
  isMissingGradientsError,
  isNonFiniteLossError,
  isOutOfMemoryError,
  type CheckpointMismatch,
  type MissingGradient,
  isUnusableGradientError,
  type DataFormat,
  type InvalidArgument,
  type NonFiniteLoss,
  type OutOfMemory,
  type UnusableGradient,
} from './core/errors';
export {identityOf, withIdentity, type Identity} from './core/identity';
export type {FeatureMap, FeatureValues} from './core/featureMap';
export type {Features} from './core/features';
export type {FeatureThreatModel, FeatureThreatOptions} from './core/featureThreat';
export {fromProbabilities} from './core/fromProbabilities';
export {bindInputs, type BoundInputs} from './core/layers/bindInputs';
export type {GraphModelLike} from './core/layers/graphModel';
export type {LayersModelLike} from './core/layers/layersModel';
export {
  embeddingSpace,
  type EmbeddingSpace,
  type EmbeddingSpaceOptions,
} from './core/layers/embeddingSpace';
export {pickOutput} from './core/layers/pickOutput';
export type {AttackLoss, Loss, LossAtInput} from './core/loss';
export type {Own} from './core/memory';
export {prefetch, type PrefetchOptions} from './core/prefetch';
export type {Progress, ProgressCallback, RunControl} from './core/progress';
export {createRng, restoreRng, type Rng} from './core/rng';
export {
  DEFAULT_THREAT,
  type Norm,
  type PerExample,
  type ThreatModel,
  type ThreatOptions,
} from './core/threatModel';

export * from './attacks/index';
export * from './diagnostics/index';
export * from './losses/index';
export * from './methods/index';
export * from './metrics/index';
export * from './optimizers/index';
export * from './samplers/index';
export * from './training/index';
