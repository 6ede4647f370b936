/**
 * Training methods as values: what a step prepares and what it minimises.
 *
 * @packageDocumentation
 */

export {atBslTraining, type AtBslTrainingOptions} from './atBslTraining';
export {naturalTraining, type NaturalTrainingOptions} from './naturalTraining';
export {pgdTraining, type PgdTrainingOptions} from './pgdTraining';
export {
  selfDistillationTraining,
  type DistillationOptions,
  type SelfDistillationTensors,
  type SelfDistillationTrainingOptions,
} from './selfDistillationTraining';
export type {StepContext, TrainingMethod} from '../core/trainingMethod';
