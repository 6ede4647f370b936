/**
 * Attacks, and what an attack of your own is built from.
 *
 * @packageDocumentation
 */

export {apgdAttack, type ApgdOptions} from './apgd/apgdAttack';
export {autoAttack, type AutoAttackOptions, type AutoAttackResult} from './autoAttack/autoAttack';
export {bimAttack, bimAttackAsync, type BimAsyncOptions, type BimOptions} from './bimAttack';
export {carliniWagnerAttack, type CarliniWagnerOptions} from './carliniWagner/carliniWagnerAttack';
export {contrastCorruption} from './corruptions/contrastCorruption';
export type {CorruptionBenchmark, CorruptionOptions} from './corruptions/corruption';
export {gaussianBlurCorruption} from './corruptions/gaussianBlurCorruption';
export {gaussianNoiseCorruption} from './corruptions/gaussianNoiseCorruption';
export {deepFoolAttack, type DeepFoolOptions} from './deepFoolAttack';
export type {AutoAttackVersion, ComponentName, CustomComponent} from './autoAttack/components';
export type {WarningCode} from './autoAttack/diagnostics';
export type {
  AutoAttackReport,
  ClassAccuracy,
  ComponentReport,
  DiagnosticAccuracies,
  PassCount,
  SampleReport,
  Verdict,
} from './autoAttack/report';
export {
  autoAttackForEvaluation,
  ensembleAttack,
  type AutoAttackForEvaluationOptions,
} from './autoAttack/autoAttackForEvaluation';
export type {FeatureReport, ReportedValues} from './autoAttack/featureReport';
export {type ComponentCost, type CostEstimate, estimateCost} from './autoAttack/estimateCost';
export {fabAttack, type FabOptions} from './fab/fabAttack';
export {fgsmAttack, fgsmAttackAsync, type FgsmAsyncOptions, type FgsmOptions} from './fgsmAttack';
export {
  miFgsmAttack,
  miFgsmAttackAsync,
  type MiFgsmAsyncOptions,
  type MiFgsmOptions,
} from './miFgsmAttack';
export {pgdAttack, pgdAttackAsync, type PgdAsyncOptions, type PgdOptions} from './pgdAttack';
export type {StartPoint} from './search/startPoint';
export {restartedPgdAttack, type RestartedPgdOptions} from './restartedPgdAttack';
export {squareAttack, type SquareOptions} from './square/squareAttack';
export {transferAttack} from './transferAttack';
export type {MinimalNormOptions, MinimalNormResult} from './search/minimalNorm';

export type {DataFormat} from '../core/layers/imageLayout';
export type {AscentOptions, StepSize, WatchOptions} from './search/ascentOptions';
export type {VerdictOptions} from './search/verdictOptions';
export type {
  AttackCost,
  AttackResult,
  AttackComponent,
  AttackTally,
  AttackWarning,
} from '../core/attackResult';

// For authors of attacks.
export {gaussianStart, projectToBall, randomStart, steepestAscent} from '../math/ball';
export {freezeWeights, type FrozenWeights} from '../math/freezeWeights';
export {inputGradient, type InputGradient} from '../math/inputGradient';

// Errors that attacks throw.
export {InvalidArgumentError, MissingGradientsError, UnusableGradientError} from '../core/errors';
