/**
 * Training methods as values: what a step prepares and what it minimises; and wrappers around them.
 *
 * @packageDocumentation
 */

export {adaAdTraining, type AdaAdTrainingOptions} from './adaAdTraining';
export {alpTraining, type AlpTrainingOptions} from './alpTraining';
export {ardTraining, type ArdTrainingOptions} from './ardTraining';
export {atBslTraining, type AtBslTrainingOptions} from './atBslTraining';
export {attackBatch, type AttackBatchOptions} from './attackBatch';
export {awp, type AwpOptions} from './awp';
export {classBudgetFactors, classBudgets, type ClassBudgetsOptions} from './classBudgets';
export {distillation, type DistillationWrapperOptions} from './distillation';
export {fastAt, type FastAtOptions} from './fastAt';
export {freeAt, type FreeAtOptions} from './freeAt';
export {gradientMatching, type GradientMatchingOptions} from './gradientMatching';
export {gradientStep} from './gradientStep';
export {harlTraining, type HarlTrainingOptions} from './harlTraining';
export {ldamTraining, type LdamTrainingOptions} from './ldamTraining';
export {martTraining, type MartTrainingOptions} from './martTraining';
export {naturalTraining, type NaturalTrainingOptions} from './naturalTraining';
export type {PassMode} from './passes';
export {pgdTraining, type PgdTrainingOptions} from './pgdTraining';
export {reatTraining, type ReatMemory, type ReatTrainingOptions} from './reatTraining';
export {robalTraining, type RobalTrainingOptions} from './robalTraining';
export {rsladTraining, type RsladTrainingOptions} from './rsladTraining';
export {
  selfDistillationTraining,
  type DistillationOptions,
  type SelfDistillationTrainingOptions,
} from './selfDistillationTraining';
export {switchAt, type SwitchMemory} from './switchAt';
export {tradesTraining, type TradesTrainingOptions} from './tradesTraining';
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
