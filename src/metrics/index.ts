/**
 * Metrics: accuracies and the robustness report.
 *
 * @packageDocumentation
 */

export {accuracy, perClassAccuracy} from './accuracy';
export {confusionMatrix} from './confusionMatrix';
export {exactInterval, type ExactIntervalOptions} from './exactInterval';
export {evaluateRobustness} from './evaluateRobustness';
export {evaluateShard, type EvaluationShard, type Shard} from './evaluateShard';
export {mcnemarTest, type McnemarOptions, type PairedComparison} from './mcnemarTest';
export {mergeShards} from './mergeShards';
export {meanAndDeviation, type MeanAndDeviation} from './meanAndDeviation';
export type {EvaluateRobustnessOptions} from './prepareEvaluation';
export {predictedClasses} from './predictedClasses';
export type {
  AttackScore,
  ClassScore,
  ClassSelection,
  GroupScore,
  PassTotals,
  RobustnessReport,
  RobustnessScore,
  Score,
  ComponentScore,
} from './robustnessReport';
export {tailClasses} from './tailClasses';
export {wilsonInterval, type WilsonIntervalOptions} from './wilsonInterval';
