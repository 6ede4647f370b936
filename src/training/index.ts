/**
 * One training step, whole trainings, and the states that they save.
 *
 * @packageDocumentation
 */

export {train} from './train';
export type {FormerTrainOptions} from './formerTrain';
export type {AveragedStatistics, Averaging, EmaAveraging, SwaAveraging} from './averaging';
export type {OverfittingStop} from './overfittingStop';
export type {Recipe} from './recipe';
export {scoredClassifier} from './scored';
export type {EvaluateContext, RunOptions} from './runOptions';
export {
  trainSelfDistilled,
  type SelfDistillationStage,
  type SelfDistilledOptions,
  type SelfDistilledResult,
} from './trainSelfDistilled';
export {trainStep, type MemoryCell, type TrainStepOptions} from './trainStep';
export {
  captureModelState,
  captureOptimizerState,
  restoreModelState,
  restoreOptimizerState,
  type ModelState,
  type OptimizerState,
  type TensorState,
} from './trainerState';
export type {EpochRecord, EpochSnapshot, Metrics, TrainingResult} from './trainingResult';
