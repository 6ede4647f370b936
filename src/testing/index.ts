/**
 * For test suites: assertions that hold with a stated confidence, matchers for vitest and jest, and
 * arbitraries and ready properties for fast-check, which has to be installed for this entry.
 *
 * @packageDocumentation
 */

export {ballPoints} from './arbitraries/ballPoints';
export {
  classCountLists,
  longTailProfiles,
  type ClassCountListsOptions,
  type LongTail,
} from './arbitraries/classCountLists';
export {imageBatches, type ImageBatchesOptions} from './arbitraries/imageBatches';
export {labelArrays, type LabelArraysOptions} from './arbitraries/labelArrays';
export {
  latticePerturbations,
  type LatticePerturbationsOptions,
} from './arbitraries/latticePerturbations';
export {toTensor, type PlainTensor} from './arbitraries/plainTensor';
export type {CountRange} from './arbitraries/ranges';
export {
  smallModels,
  type DenseLayer,
  type SmallModel,
  type SmallModelsOptions,
} from './arbitraries/smallModels';
export {threatModels, type PlainThreat, type ThreatModelsOptions} from './arbitraries/threatModels';
export {ROBUSTNESS_TIMEOUT, NotRobustError, assertRobust, isNotRobustError} from './assertRobust';
export {
  attackProblems,
  problemsOf,
  type AttackProblem,
  type AttackProblemsOptions,
  type ProblemsOfOptions,
} from './attackProblems';
export {
  accuracyDoesNotRise,
  batchOrderChangesNothing,
  staysInBall,
  type AccuracyDoesNotRiseOptions,
} from './attackProperties';
export type {Counterexample} from './counterexample';
export {describeVerdict} from './describeVerdict';
export {judgeRobustness, type RobustnessVerdict} from './judgeRobustness';
export type {Demand, Outcome, RobustnessClaim, TailDemand} from './robustnessClaims';
export {
  robustnessMatchers,
  type MatcherResult,
  type RobustnessMatchers,
} from './robustnessMatchers';
export type {RobustnessTestOptions} from './robustnessTestOptions';
export type {ThreatAttack, ThreatContext} from './threatAttack';

// Errors that its functions throw.
export {InvalidArgumentError} from '../core/errors';
