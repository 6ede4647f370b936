import * as root from '../../../src/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {
  base,
  choice,
  either,
  flag,
  numbers,
  optional,
  real,
  required,
  whole,
  wholes,
} from '../kinds';

const {rng} = f;
const SAMPLES = {labels: f.labelList, numClasses: whole(3, 1, Infinity, 50)};
const epochSize = optional(whole(6));

/** Samplers. */
export const SAMPLERS: readonly Call[] = [
  call('balancedSplit', root.balancedSplit, SAMPLES, {
    perClass: required(whole(1, 1, 2)),
    from: optional(wholes([0, 1, 2, 3, 4, 5], 0, 6)),
    rng: optional(rng),
  }),
  call('balancedSubset', root.balancedSubset, SAMPLES, {
    gamma: either(real(1, {above: 0, max: 1e6}), choice('auto')),
    upsample: choice('repeat', 'with-replacement'),
    rng: optional(rng),
  }),
  call(
    'balancedSubsetBatches',
    root.balancedSubsetBatches,
    {...SAMPLES, batchSize: f.batchSize},
    {
      rng: required(rng),
      epoch: required(whole(1, 1, Infinity, Infinity)),
      resample: choice('once', 'per-epoch'),
      dropLast: flag(),
      gamma: either(real(1, {above: 0, max: 1e6}), choice('auto')),
      upsample: choice('repeat', 'with-replacement'),
    },
  ),
  call(
    'classBalancedBatches',
    root.classBalancedBatches,
    {...SAMPLES, batchSize: f.batchSize},
    {
      rng: required(rng),
      order: base(choice('iid', 'cyclic')),
      power: real(0),
      epochSize,
      dropLast: flag(),
    },
  ),
  call('classCounts', root.classCounts, SAMPLES),
  call('classProbabilities', root.classProbabilities, {
    classCounts: f.anyCounts,
    power: real(0.5),
  }),
  call('complement', root.complement, {
    size: whole(6, 0),
    indices: wholes([0, 1], 0, 6, () => true),
  }),
  call(
    'effectiveNumberProbabilities',
    root.effectiveNumberProbabilities,
    {classCounts: f.anyCounts},
    {beta: real(0.9, {min: 0, max: 1})},
  ),
  call(
    'effectiveNumberWeights',
    root.effectiveNumberWeights,
    {classCounts: f.anyCounts},
    {beta: real(0.9, {min: 0, max: 1})},
  ),
  call(
    'longTailedCounts',
    root.longTailedCounts,
    {},
    {
      maxCount: required(real(10, {min: 1})),
      numClasses: required(whole(3, 1)),
      imbalanceRatio: required(real(2, {min: 1})),
      profile: choice('exponential', 'step', 'none'),
      minPerClass: whole(1, 0, 10),
    },
  ),
  call('longTailedSubset', root.longTailedSubset, SAMPLES, {
    imbalanceRatio: required(real(2, {min: 1})),
    profile: choice('exponential', 'step', 'none'),
    maxCount: optional(real(2, {min: 1})),
    minPerClass: whole(1, 0, Infinity, Infinity),
    rng: optional(rng),
    selection: choice('library', 'numpy-legacy'),
    seed: whole(0, 0, 2 ** 32 - 1, Infinity),
  }),
  call(
    'mixedBatches',
    root.mixedBatches,
    {...SAMPLES, batchSize: f.batchSize},
    {rng: required(rng), dropLast: flag()},
  ),
  call('progressiveProbabilities', root.progressiveProbabilities, {
    classCounts: f.anyCounts,
    epoch: whole(1, 0, 4),
    epochs: whole(4, 1, Infinity, Infinity),
  }),
  call(
    'sampledBatches',
    root.sampledBatches,
    {
      labels: f.labelList,
      shares: numbers([0.5, 0.25, 0.25], (v) => v >= 0),
      batchSize: f.batchSize,
    },
    {rng: required(rng), epochSize, dropLast: flag()},
  ),
  call(
    'shuffledBatches',
    root.shuffledBatches,
    {indicesOrSize: either(whole(6, 0), wholes([0, 1], 0)), batchSize: f.batchSize},
    {rng: required(rng), dropLast: flag()},
  ),
];
