/**
 * Training: methods as values, one step, whole trainings, the optimizer and its schedules.
 *
 * @packageDocumentation
 */

export {atBslTraining, type AtBslTrainingOptions} from './atBslTraining';
export {
  auditGradients,
  type AuditGradientsOptions,
  type GradientAudit,
  type VariableAudit,
} from './auditGradients';
export type {OpAudit} from './auditOps';
export type {GradientRule} from './gradientRule';
export {naturalTraining, type NaturalTrainingOptions} from './naturalTraining';
export {pgdTraining, type PgdTrainingOptions} from './pgdTraining';
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
} from './schedules';
export {
  selfDistillationTraining,
  type DistillationOptions,
  type SelfDistillationTensors,
  type SelfDistillationTrainingOptions,
} from './selfDistillationTraining';
export {SgdOptimizer, sgd, type SgdOptions} from './sgd';
export {train} from './train';
export type {EvaluateContext, TrainOptions} from './trainOptions';
export type {StageOptions} from './trainingStage';
export {
  trainSelfDistilled,
  type SelfDistillationStage,
  type SelfDistilledOptions,
  type SelfDistilledResult,
} from './trainSelfDistilled';
export {trainStep, type TrainStepOptions} from './trainStep';
export {
  captureModelState,
  captureOptimizerState,
  restoreModelState,
  restoreOptimizerState,
  type ModelState,
  type OptimizerState,
  type TensorState,
} from './trainerState';
export type {StepContext, TrainingMethod} from './trainingMethod';
export type {EpochRecord, EpochSnapshot, Metrics, TrainingResult} from './trainingResult';
