/**
 * Losses: logits and labels to one value per example.
 *
 * @packageDocumentation
 */

export {balancedSoftmax, type BalancedSoftmaxOptions} from './balancedSoftmax';
export {crossEntropy} from './crossEntropy';
export {distillationLoss, type DistillationLossOptions} from './distillationLoss';
export {distillationWeight, type DistillationSchedule} from './distillationWeight';
export {dlrLoss} from './dlrLoss';
export {
  gradientMatchingLoss,
  type GradientDistance,
  type GradientMatchingLossOptions,
  type LogitsPair,
} from './gradientMatchingLoss';
export {klDivergence, type KlDivergenceOptions} from './klDivergence';
export {lossForCompile, type LossForCompileOptions} from './lossForCompile';
export {marginLoss, type MarginLossOptions} from './marginLoss';
export {
  selfDistillationLoss,
  type DistillationKind,
  type SelfDistillationLossOptions,
  type StudentLogits,
  type TeacherLogits,
} from './selfDistillationLoss';
export {targetedDlrLoss} from './targetedDlrLoss';
