/**
 * Losses: logits and labels to one value per example.
 *
 * @packageDocumentation
 */

export {adaAdLoss, type AdaAdLossOptions} from './adaAdLoss';
export {ardLoss, type ArdLossOptions} from './ardLoss';
export {balancedSoftmax, type BalancedSoftmaxOptions} from './balancedSoftmax';
export {boostedCrossEntropy} from './boostedCrossEntropy';
export {classBalancedLoss, type ClassBalancedLossOptions} from './classBalancedLoss';
export type {ClassReduction} from './classReduction';
export type {WeightReduction} from './classWeights';
export {cosineLogits, type CosineLogitsOptions} from './cosineLogits';
export {crossEntropy} from './crossEntropy';
export {deferredReweighting, type DeferredReweightingOptions} from './deferredReweighting';
export {distillationLoss, type DistillationLossOptions} from './distillationLoss';
export {distillationWeight, type DistillationSchedule} from './distillationWeight';
export {dlrLoss} from './dlrLoss';
export {focalLoss, type FocalLossOptions} from './focalLoss';
export {
  gradientMatchingLoss,
  type GradientDistance,
  type GradientMatchingLossOptions,
  type LogitsPair,
} from './gradientMatchingLoss';
export {harlLoss, type HarlLossOptions} from './harlLoss';
export {klDivergence, type KlDivergenceOptions} from './klDivergence';
export {labelSmoothingLoss, type LabelSmoothingLossOptions} from './labelSmoothingLoss';
export {ldamLoss, type LdamLossOptions} from './ldamLoss';
export {adjustLogits, logitAdjustedLoss, type LogitAdjustmentOptions} from './logitAdjustment';
export {lossForCompile, type LossForCompileOptions} from './lossForCompile';
export {marginLoss, type MarginLossOptions} from './marginLoss';
export {martLoss, type MartLossOptions} from './martLoss';
export {rebalancedWeights, type RebalancedWeightsOptions} from './rebalancedWeights';
export {robalLoss, type RobalLossOptions} from './robalLoss';
export {robalMarginLoss, type RobalMarginLossOptions} from './robalMarginLoss';
export {rsladLoss, type RsladLossOptions} from './rsladLoss';
export {
  selfDistillationLoss,
  type DistillationKind,
  type SelfDistillationLossOptions,
  type StudentLogits,
  type TeacherLogits,
} from './selfDistillationLoss';
export {sigmoidFocalLoss, type SigmoidFocalLossOptions} from './sigmoidFocalLoss';
export type {CleanAndAdversarial} from './studentPair';
export {tailFeatureLoss, type TailFeatureLossOptions} from './tailFeatureLoss';
export {targetedDlrLoss} from './targetedDlrLoss';
export type {Targets} from './targets';
export {tradesLoss, type TradesLossOptions} from './tradesLoss';
export {weightedCrossEntropy, type WeightedCrossEntropyOptions} from './weightedCrossEntropy';
