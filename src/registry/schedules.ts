import * as v from 'valibot';

import {cosine, multiStep, oneCycle, warmup, type Schedule} from '../optimizers/schedules';
import {boolean, entriesOf, nested, number, oneOf, type Named, type Table} from './entry';

/** What a schedule is made from, besides its options. */
export interface ScheduleParts {
  /** Learning rate of the optimizer. */
  readonly learningRate: number;
  /** Epochs of the training. */
  readonly epochs: number;
  /** The schedule of a configuration, with the same parts. */
  readonly schedule: (config: string | Named) => Schedule;
}

const entry = entriesOf<ScheduleParts, Schedule>();

// In a short training two shares may fall on one epoch.
const milestonesAt = (shares: readonly number[], epochs: number): number[] => [
  ...new Set(shares.map((share) => Math.round(share * epochs))),
];

/** The learning-rate schedules; the optimizer's rate is where they start, or their peak. */
export const SCHEDULES = {
  constant: entry(
    "the optimizer's rate throughout",
    {},
    (_options, {learningRate}) =>
      () =>
        learningRate,
  ),
  'multi-step': entry(
    'drops at milestones, in epochs, or at shares of the training',
    {
      milestones: v.optional(v.array(v.number())),
      shares: v.optional(v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1)))),
      ...{factor: number, base: v.optional(v.picklist([0, 1]))},
    },
    ({milestones, shares = [0.75, 0.9], ...rest}, {learningRate, epochs}) =>
      multiStep({
        ...{...rest, learningRate, milestones: milestones ?? milestonesAt(shares, epochs)},
      }),
  ),
  cosine: entry(
    'falls along a cosine',
    {finalLearningRate: number, per: oneOf('step', 'epoch')},
    (options, {learningRate}) => cosine({...options, learningRate}),
  ),
  'one-cycle': entry(
    'rises to the rate and falls',
    {
      ...{warmupFraction: number, divFactor: number, finalDivFactor: number},
      ...{curve: oneOf('cosine', 'linear'), threePhase: boolean},
    },
    (options, {learningRate}) => oneCycle({...options, maxLearningRate: learningRate}),
  ),
  warmup: entry(
    'rises linearly over the first epochs into another schedule',
    {epochs: v.number(), startFactor: number, into: v.optional(nested, {name: 'constant'})},
    ({into, ...options}, {schedule}) => warmup(schedule(into), options),
  ),
} satisfies Table<ScheduleParts, Schedule>;
