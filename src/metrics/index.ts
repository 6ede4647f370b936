/**
 * Metrics: accuracies and the robustness report.
 *
 * @packageDocumentation
 */

export {accuracy, perClassAccuracy} from './accuracy';
export {confusionMatrix} from './confusionMatrix';
export {evaluateRobustness, type EvaluateRobustnessOptions} from './evaluateRobustness';
export {meanAndDeviation, type MeanAndDeviation} from './meanAndDeviation';
export {predictedClasses} from './predictedClasses';
export type {
  ClassScore,
  ClassSelection,
  GroupScore,
  RobustnessReport,
  RobustnessScore,
  Score,
} from './robustnessReport';
export {tailClasses} from './tailClasses';
export {wilsonInterval, type WilsonIntervalOptions} from './wilsonInterval';
