/**
 * Adversarial attacks, robust and long-tailed losses, samplers, training and metrics for
 * TensorFlow.js. Models, data, kernels and Node's file access have subpaths of their own.
 *
 * @packageDocumentation
 */

// What all of it is made of.
export type {Attack, AttackContext} from './core/attack';
export {memoryCheckpoints, type CheckpointStore, type CheckpointValue} from './core/checkpoint';
export {
  asClassifier,
  asTrainableClassifier,
  type Classifier,
  type Model,
  type TrainableClassifier,
  type TrainableModel,
} from './core/classifier';
export {subset, type Batch, type Dataset} from './core/dataset';
export {
  DataFormatError,
  InvalidArgumentError,
  MissingGradientsError,
  NonFiniteLossError,
  isDataFormatError,
  isInvalidArgumentError,
  isMissingGradientsError,
  isNonFiniteLossError,
  type DataFormat,
  type InvalidArgument,
  type NonFiniteLoss,
} from './core/errors';
export {fromProbabilities} from './core/fromProbabilities';
export type {LayersModelLike} from './core/layersModel';
export type {Loss} from './core/loss';
export type {Progress, ProgressCallback, RunControl} from './core/progress';
export {createRng, restoreRng, type Rng} from './core/rng';
export {
  DEFAULT_THREAT,
  type Norm,
  type PerExample,
  type ThreatModel,
  type ThreatOptions,
} from './core/threatModel';

// Attacks; what an attack of your own is built from is in lt-robust/attacks.
export {fgsmAttack, type FgsmOptions} from './attacks/fgsmAttack';
export {pgdAttack, type PgdOptions} from './attacks/pgdAttack';
export {squareAttack, type SquareOptions} from './attacks/squareAttack';

// Losses.
export {balancedSoftmax, type BalancedSoftmaxOptions} from './losses/balancedSoftmax';
export {crossEntropy} from './losses/crossEntropy';
export {distillationLoss, type DistillationLossOptions} from './losses/distillationLoss';
export {distillationWeight, type DistillationSchedule} from './losses/distillationWeight';
export {
  gradientMatchingLoss,
  type GradientDistance,
  type GradientMatchingLossOptions,
  type LogitsPair,
} from './losses/gradientMatchingLoss';
export {klDivergence, type KlDivergenceOptions} from './losses/klDivergence';
export {lossForCompile, type LossForCompileOptions} from './losses/lossForCompile';
export {marginLoss, type MarginLossOptions} from './losses/marginLoss';
export {
  selfDistillationLoss,
  type DistillationKind,
  type SelfDistillationLossOptions,
  type StudentLogits,
  type TeacherLogits,
} from './losses/selfDistillationLoss';

// Samplers.
export {
  balancedSplit,
  type BalancedSplit,
  type BalancedSplitOptions,
} from './samplers/balancedSplit';
export {balancedSubset, type BalancedSubsetOptions} from './samplers/balancedSubset';
export {
  classBalancedBatches,
  type ClassBalancedBatchesOptions,
} from './samplers/classBalancedBatches';
export {classCounts} from './samplers/classCounts';
export {classProbabilities} from './samplers/classProbabilities';
export {complement} from './samplers/complement';
export {
  longTailedCounts,
  type LongTailedCountsOptions,
  type LongTailedProfile,
} from './samplers/longTailedCounts';
export {longTailedSubset, type LongTailedSubsetOptions} from './samplers/longTailedSubset';
export {shuffledBatches, type ShuffledBatchesOptions} from './samplers/shuffledBatches';

// Training.
export {atBslTraining, type AtBslTrainingOptions} from './trainers/atBslTraining';
export type {GradientRule} from './trainers/gradientRule';
export {naturalTraining, type NaturalTrainingOptions} from './trainers/naturalTraining';
export {pgdTraining, type PgdTrainingOptions} from './trainers/pgdTraining';
export {
  cosine,
  multiStep,
  oneCycle,
  warmup,
  type CosineOptions,
  type MultiStepOptions,
  type OneCycleOptions,
  type Schedule,
  type SchedulePosition,
  type WarmupOptions,
} from './trainers/schedules';
export {
  selfDistillationTraining,
  type DistillationOptions,
  type SelfDistillationTensors,
  type SelfDistillationTrainingOptions,
} from './trainers/selfDistillationTraining';
export {SgdOptimizer, sgd, type SgdOptions} from './trainers/sgd';
export {train} from './trainers/train';
export type {EvaluateContext, TrainOptions} from './trainers/trainOptions';
export type {StageOptions} from './trainers/trainingStage';
export {
  trainSelfDistilled,
  type SelfDistillationStage,
  type SelfDistilledOptions,
  type SelfDistilledResult,
} from './trainers/trainSelfDistilled';
export {trainStep, type TrainStepOptions} from './trainers/trainStep';
export {
  captureModelState,
  captureOptimizerState,
  restoreModelState,
  restoreOptimizerState,
  type ModelState,
  type OptimizerState,
  type TensorState,
} from './trainers/trainerState';
export type {StepContext, TrainingMethod} from './trainers/trainingMethod';
export type {EpochRecord, EpochSnapshot, Metrics, TrainingResult} from './trainers/trainingResult';

// Metrics.
export {accuracy, perClassAccuracy} from './metrics/accuracy';
export {confusionMatrix} from './metrics/confusionMatrix';
export {evaluateRobustness, type EvaluateRobustnessOptions} from './metrics/evaluateRobustness';
export {meanAndDeviation, type MeanAndDeviation} from './metrics/meanAndDeviation';
export {predictedClasses} from './metrics/predictedClasses';
export type {
  ClassScore,
  ClassSelection,
  GroupScore,
  RobustnessReport,
  RobustnessScore,
  Score,
} from './metrics/robustnessReport';
export {tailClasses} from './metrics/tailClasses';
export {wilsonInterval, type WilsonIntervalOptions} from './metrics/wilsonInterval';
