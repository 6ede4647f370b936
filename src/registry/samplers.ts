import * as v from 'valibot';

import type {Dataset} from '../core/dataset';
import {withIdentity} from '../core/identity';
import {createRng, type Rng} from '../core/rng';
import {balancedSubset} from '../samplers/balancedSubset';
import {balancedSubsetBatches} from '../samplers/balancedSubsetBatches';
import {classBalancedBatches} from '../samplers/classBalancedBatches';
import {classCounts} from '../samplers/classCounts';
import {effectiveNumberProbabilities} from '../samplers/effectiveNumberProbabilities';
import {mixedBatches} from '../samplers/mixedBatches';
import {progressiveProbabilities} from '../samplers/progressiveProbabilities';
import {sampledBatches} from '../samplers/sampledBatches';
import {shuffledBatches} from '../samplers/shuffledBatches';

import {entriesOf, number, oneOf, type Table} from './entry';

/** The index batches of an epoch. */
type Batches = (rng: Rng, epoch: number) => readonly ArrayLike<number>[];

/** What a sampler is made from, besides its options. */
export interface SamplerParts extends Pick<Dataset, 'labels' | 'numClasses'> {
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** Epochs of the training. */
  readonly epochs: number;
}

const entry = entriesOf<SamplerParts, Batches | undefined>();

const epochSize = number;
const named = (name: string, options: object, batches: Batches): Batches =>
  withIdentity(batches, {name, ...options});

/** How the examples of an epoch are drawn. */
export const SAMPLERS = {
  shuffled: entry('every example once, in random order', {}, () => undefined),
  'class-balanced': entry(
    'all classes equally often; order: cyclic (class-aware sampling) or iid',
    {order: oneOf('cyclic', 'iid'), epochSize},
    (options, {labels, numClasses, batchSize, dropLast}) =>
      named('class-balanced', options, (rng) =>
        classBalancedBatches(labels, numClasses, batchSize, {...options, rng, dropLast}),
      ),
  ),
  power: entry(
    'classes in proportion to a power of their counts; 1/2 is square-root sampling',
    {power: v.optional(v.number(), 0.5), epochSize},
    (options, {labels, numClasses, batchSize, dropLast}) =>
      named('power', options, (rng) =>
        classBalancedBatches(labels, numClasses, batchSize, {
          ...{...options, rng, dropLast, order: 'iid'},
        }),
      ),
  ),
  progressive: entry(
    'from the frequencies of the data to equal classes, over the epochs',
    {epochSize},
    (options, {labels, numClasses, batchSize, dropLast, epochs}) => {
      const counts = classCounts(labels, numClasses);
      return named('progressive', {...options, epochs}, (rng, epoch) => {
        const shares = progressiveProbabilities(counts, epoch, epochs);
        return sampledBatches(labels, shares, batchSize, {...options, rng, dropLast});
      });
    },
  ),
  'effective-number': entry(
    'classes by their effective numbers',
    {beta: number, epochSize},
    ({beta, ...options}, {labels, numClasses, batchSize, dropLast}) => {
      const shares = effectiveNumberProbabilities(classCounts(labels, numClasses), {beta});
      return named('effective-number', {beta, ...options}, (rng) =>
        sampledBatches(labels, shares, batchSize, {...options, rng, dropLast}),
      );
    },
  ),
  mixed: entry(
    'alternately an example of the set and one of a class, all classes equally often',
    {},
    (_options, {labels, numClasses, batchSize, dropLast}) =>
      named('mixed', {}, (rng) => mixedBatches(labels, numClasses, batchSize, {rng, dropLast})),
  ),
  'balanced-subset': entry(
    "the paper's balanced set, drawn once or anew in each epoch",
    {
      gamma: v.optional(v.union([v.literal('auto'), v.number()])),
      upsample: oneOf('with-replacement', 'repeat'),
      seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
      resample: v.optional(v.picklist(['once', 'per-epoch']), 'per-epoch'),
    },
    (options, {labels, numClasses, batchSize, dropLast}) => {
      const {seed, resample, ...drawing} = options;
      if (resample === 'per-epoch') {
        return named('balanced-subset', options, (rng, epoch) =>
          balancedSubsetBatches(labels, numClasses, batchSize, {
            ...{...drawing, resample, rng, epoch, dropLast},
          }),
        );
      }
      const indices = balancedSubset(labels, numClasses, {...drawing, rng: createRng(seed)});
      return named('balanced-subset', options, (rng) =>
        shuffledBatches(indices, batchSize, {rng, dropLast}),
      );
    },
  ),
} satisfies Table<SamplerParts, Batches | undefined>;
