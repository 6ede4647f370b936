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
  AttackStage,
  AttackTally,
  AttackWarning,
} from './core/attackResult';
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
export {apgdAttack, type ApgdOptions} from './attacks/apgdAttack';
export {autoAttack, type AutoAttackOptions, type AutoAttackResult} from './attacks/autoAttack';
export {bimAttack, type BimOptions} from './attacks/bimAttack';
export {carliniWagnerAttack, type CarliniWagnerOptions} from './attacks/carliniWagnerAttack';
export {contrastCorruption} from './attacks/corruptions/contrastCorruption';
export type {CorruptionBenchmark, CorruptionOptions} from './attacks/corruptions/corruption';
export {gaussianBlurCorruption} from './attacks/corruptions/gaussianBlurCorruption';
export {gaussianNoiseCorruption} from './attacks/corruptions/gaussianNoiseCorruption';
export {deepFoolAttack, type DeepFoolOptions} from './attacks/deepFoolAttack';
export type {
  AutoAttackVersion,
  ComponentName,
  ForeignComponent,
} from './attacks/ensemble/components';
export type {WarningCode} from './attacks/ensemble/diagnostics';
export type {
  AutoAttackReport,
  ClassAccuracy,
  ComponentReport,
  DiagnosticAccuracies,
  PassCount,
  SampleReport,
  Verdict,
} from './attacks/ensemble/report';
export {ensembleAttack, type EnsembleAttackOptions} from './attacks/ensembleAttack';
export {type ComponentCost, type CostEstimate, estimateCost} from './attacks/estimateCost';
export {fabAttack, type FabOptions} from './attacks/fabAttack';
export {fgsmAttack, type FgsmOptions} from './attacks/fgsmAttack';
export {miFgsmAttack, type MiFgsmOptions} from './attacks/miFgsmAttack';
export {pgdAttack, type PgdOptions} from './attacks/pgdAttack';
export {restartedPgdAttack, type RestartedPgdOptions} from './attacks/restartedPgdAttack';
export {squareAttack, type SquareOptions} from './attacks/squareAttack';
export {transferAttack} from './attacks/transferAttack';
export type {VerdictOptions} from './attacks/verdict/verdictOptions';
export type {MinimalNormOptions, MinimalNormResult} from './attacks/verdict/minimalNorm';

// Losses.
export {balancedSoftmax, type BalancedSoftmaxOptions} from './losses/balancedSoftmax';
export {crossEntropy} from './losses/crossEntropy';
export {distillationLoss, type DistillationLossOptions} from './losses/distillationLoss';
export {distillationWeight, type DistillationSchedule} from './losses/distillationWeight';
export {dlrLoss} from './losses/dlrLoss';
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
export {targetedDlrLoss} from './losses/targetedDlrLoss';

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
export {
  auditGradients,
  type AuditGradientsOptions,
  type GradientAudit,
  type VariableAudit,
} from './trainers/auditGradients';
export type {OpAudit} from './trainers/auditOps';
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
  AttackScore,
  ClassScore,
  ClassSelection,
  GroupScore,
  PassTotals,
  RobustnessReport,
  RobustnessScore,
  Score,
  StageScore,
} from './metrics/robustnessReport';
export {tailClasses} from './metrics/tailClasses';
export {wilsonInterval, type WilsonIntervalOptions} from './metrics/wilsonInterval';
