/**
 * Training methods as values: what a step prepares and what it minimises; and wrappers around them.
 *
 * @packageDocumentation
 */

export {atBslTraining, type AtBslTrainingOptions} from './atBslTraining';
export {attackBatch, type AttackBatchOptions} from './attackBatch';
export {distillation, type DistillationWrapperOptions} from './distillation';
export {gradientMatching, type GradientMatchingOptions} from './gradientMatching';
export {gradientStep} from './gradientStep';
export {naturalTraining, type NaturalTrainingOptions} from './naturalTraining';
export {pgdTraining, type PgdTrainingOptions} from './pgdTraining';
export {
  selfDistillationTraining,
  type DistillationOptions,
  type SelfDistillationTrainingOptions,
} from './selfDistillationTraining';
export {withUpdateRule} from './withUpdateRule';
export {classifierInMode, type ClassifierMode} from '../core/classifierMode';
export type {Pass, TrainingOutput} from '../core/pass';
export type {Position} from '../core/position';
export type {
  MethodMemory,
  Objective,
  Student,
  TrainingMethod,
  TrainingStep,
} from '../core/trainingMethod';
export type {Update, UpdateRule} from '../core/updateRule';
