import type * as tf from '@tensorflow/tfjs-core';

import {subset, type Dataset} from '../core/dataset';
import {InvalidArgumentError} from '../core/errors';
import {withIdentity} from '../core/identity';
import type {Rng} from '../core/rng';
import {balancedSubset} from '../samplers/balancedSubset';
import {balancedSubsetBatches} from '../samplers/balancedSubsetBatches';
import type {Recipe} from './recipe';

/** How the teacher's balanced set is drawn. */
export interface BalancedDrawing {
  readonly gamma: number | 'auto';
  readonly upsample: 'with-replacement' | 'repeat';
  readonly resample: 'once' | 'per-epoch';
  readonly rng: Rng;
}

/** What a teacher is trained on. */
export interface TeacherData<I extends tf.Tensor> {
  readonly dataset: Dataset<I>;
  /** Indices of its set into the whole one; `null` if each epoch has its own. */
  readonly indices: Int32Array | null;
  /** Labels of the examples of an epoch. */
  readonly drawn: Int32Array;
  /** Sets the batches of a recipe, where each epoch draws its own set. */
  readonly withBatches: (recipe: Recipe<I>) => Recipe<I>;
}

/**
 * Draws the balanced set D_B of the first stage: once, or anew in each epoch.
 *
 * @param where - Name for error messages.
 * @param dataset - The long-tailed set.
 * @param drawing - How it is drawn.
 * @throws {@link InvalidArgumentError} if a class has no example.
 */
export function teacherData<I extends tf.Tensor>(
  where: string,
  dataset: Dataset<I>,
  {gamma, upsample, resample, rng}: BalancedDrawing,
): TeacherData<I> {
  const {labels, numClasses} = dataset;
  const indices = balancedSubset(labels, numClasses, {gamma, upsample, rng});
  const drawn = indices.map((i) => labels[i] as number);
  if (resample === 'once') {
    return {dataset: subset(dataset, indices), indices, drawn, withBatches: (recipe) => recipe};
  }
  return {
    ...{dataset, indices: null, drawn},
    withBatches(recipe) {
      const {batchSize = 32, dropLast = false, batches} = recipe;
      if (batches !== undefined) return refuseBatches(where);
      const perEpoch = (order: Rng, epoch: number) =>
        balancedSubsetBatches(labels, numClasses, batchSize, {
          ...{gamma, upsample, resample, dropLast, epoch, rng: order},
        });
      const identity = {name: 'balancedSubsetBatches', gamma, upsample, resample};
      return {...recipe, batches: withIdentity(perEpoch, identity)};
    },
  };
}

function refuseBatches(where: string): never {
  throw new InvalidArgumentError({
    where: `${where}, teacher`,
    argument: 'batches',
    expected: "be left out with resample: 'per-epoch', which makes them",
    found: 'a function',
    remedy: "Pass resample: 'once', or call balancedSubsetBatches in it.",
  });
}
