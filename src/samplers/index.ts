/**
 * Samplers: labels and counts, plain numbers, to the indices of examples.
 *
 * @packageDocumentation
 */

export {balancedSplit, type BalancedSplit, type BalancedSplitOptions} from './balancedSplit';
export {balancedSubset, type BalancedSubsetOptions} from './balancedSubset';
export {balancedSubsetBatches, type BalancedSubsetBatchesOptions} from './balancedSubsetBatches';
export {classBalancedBatches, type ClassBalancedBatchesOptions} from './classBalancedBatches';
export {classCounts} from './classCounts';
export {classProbabilities} from './classProbabilities';
export {complement} from './complement';
export {effectiveNumberProbabilities} from './effectiveNumberProbabilities';
export {effectiveNumberWeights, type EffectiveNumberWeightsOptions} from './effectiveNumberWeights';
export {
  longTailedCounts,
  type LongTailedCountsOptions,
  type LongTailedProfile,
} from './longTailedCounts';
export {longTailedSubset, type LongTailedSubsetOptions} from './longTailedSubset';
export {mixedBatches, type MixedBatchesOptions} from './mixedBatches';
export {progressiveProbabilities} from './progressiveProbabilities';
export {sampledBatches, type SampledBatchesOptions} from './sampledBatches';
export {shuffledBatches, type ShuffledBatchesOptions} from './shuffledBatches';
