import type * as tf from '@tensorflow/tfjs-core';

import {type Defaults, withDefaults} from '../core/options';
import {multiStep} from '../optimizers/schedules';
import {completeRecipe, type Recipe} from './recipe';

/** The entries in which the paper's two recipes differ. */
interface PaperRecipe<I extends tf.Tensor> {
  readonly method: Recipe<I>['method'];
  readonly epochs: number;
  readonly batchSize: number;
}

const KEYS: Defaults<Recipe<never>, keyof Recipe<never>> = {
  ...{method: undefined, epochs: undefined, batchSize: undefined, dropLast: undefined},
  ...{optimizer: undefined, schedule: undefined, batches: undefined, augment: undefined},
  ...{bnVariance: undefined, regularizers: undefined, averaging: undefined, head: undefined},
  ...{overfittingStop: undefined},
};

/**
 * A stage's recipe: what is given, and the paper's settings for the rest. SGD with learning rate 0.1,
 * momentum 0.9, weight decay 5e-4, dropped by 10 at 0.75 and 0.9 of the epochs, rounded; the last,
 * smaller batch of an epoch is left out. An optimizer that is given without a schedule keeps its
 * rate.
 *
 * @param where - Name for error messages.
 * @param given - Entries of the recipe that are not the paper's.
 * @param paper - Method, epochs and batch size of the stage in the paper.
 * @throws {@link InvalidArgumentError} if an entry is out of range.
 */
export function paperRecipe<I extends tf.Tensor>(
  where: string,
  given: Partial<Recipe<I>>,
  paper: PaperRecipe<I>,
): Recipe<I> {
  withDefaults<object>(where, KEYS, given); // refuses unknown names
  const known = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Partial<Recipe<I>>;
  const recipe = {...paper, dropLast: true, ...known};
  const {epochs} = completeRecipe(where, recipe);
  if (known.optimizer !== undefined || known.schedule !== undefined) return recipe;
  return {...recipe, schedule: multiStep({milestones: paperMilestones(epochs)})};
}

// In a short training the two may fall on one epoch.
const paperMilestones = (epochs: number): number[] => [
  ...new Set([0.75, 0.9].map((share) => Math.round(share * epochs))),
];
