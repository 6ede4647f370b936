/**
 * Experiments as data: from names in a configuration file to recipes and trainings.
 *
 * @packageDocumentation
 */

export {checkExperiment} from './checkExperiment';
export type {
  CheckedExperiment,
  CheckedTeacher,
  CheckedTraining,
  WrittenExperiment,
} from './checkedExperiment';
export type {Kind} from './checkNamed';
export type {Named} from './entry';
export type {BalancedData, Experiment, TeacherExperiment, TrainingExperiment} from './experiment';
export {experimentOf, recipeOf, type RecipeParts} from './recipeOf';
export {registered, type Registered} from './registered';
export {
  trainExperiment,
  type ExperimentResult,
  type ExperimentRun,
  type TrainedStage,
} from './trainExperiment';

// Errors that its functions throw.
export {InvalidArgumentError, NonFiniteLossError} from '../core/errors';
