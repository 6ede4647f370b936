import * as tf from '@tensorflow/tfjs-core';
import {expect} from 'vitest';

import {identityOf} from '../../src/core/identity';
import type {Experiment} from '../../src/registry/experiment';
import {recipeOf, type RecipeParts} from '../../src/registry/recipeOf';
import type {Recipe} from '../../src/training/recipe';

/** Labels of a small long-tailed set, for recipes. */
export const counts = [8, 4, 2];
export const labels = Int32Array.from(counts.flatMap((n, c) => Array.from({length: n}, () => c)));

/** A teacher, told from others by its name. */
export const teacher = (x: tf.Tensor4D): tf.Tensor2D => tf.reshape(x, [x.shape[0], -1]);

/** A recipe on these labels, with one teacher of the name `t`. */
export const recipe = (
  experiment: Partial<Experiment>,
  teachers: RecipeParts['teachers'] = {t: teacher},
): Recipe =>
  recipeOf(
    {method: 'pgd-at', ...experiment},
    {dataset: {labels, numClasses: counts.length}, teachers},
  );

/** Expects two values to be made of the same. */
export async function expectSame(actual: unknown, expected: unknown): Promise<void> {
  const identity = await identityOf(expected);
  // A function without an identity of its own would be told by its source alone.
  expect(JSON.stringify(identity)).not.toMatch(/function (attack|method|objective)/);
  expect(await identityOf(actual)).toEqual(identity);
}
