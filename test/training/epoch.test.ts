import {expect, it} from 'vitest';

import {createRng} from '../../src/core/rng';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {epochBatches} from '../../src/training/epoch';
import {completeRecipe, type Recipe} from '../../src/training/recipe';

// runEpoch is tested with train.
const sizes = (recipe: Partial<Recipe>, takesSingles = false) =>
  epochBatches(
    completeRecipe('here', {method: naturalTraining(), ...recipe}),
    9,
    createRng(1),
    2,
    takesSingles,
  ).map(({length}) => length);

it('epochBatches shuffles, keeps or drops the last, and leaves out a lonely example', () => {
  expect(sizes({batchSize: 4})).toEqual([4, 4]);
  expect(sizes({batchSize: 4}, true)).toEqual([4, 4, 1]);
  expect(sizes({batchSize: 5})).toEqual([5, 4]);
  expect(sizes({batchSize: 5, dropLast: true})).toEqual([5]);
  expect(sizes({batchSize: 1})).toHaveLength(9);
});

it("epochBatches takes the recipe's own, with the stream of the epoch", () => {
  const seen: unknown[] = [];
  const batches: Recipe['batches'] = (rng, epoch) => {
    seen.push([rng.uniform(), epoch]);
    return [[1, 2, 3]];
  };
  expect(sizes({batches})).toEqual([3]);
  expect(seen).toEqual([[createRng(1).fork('order').fork(2).uniform(), 2]]);
  expect(() => sizes({batches: () => []})).toThrow(
    /train: "batches" must give a batch in every epoch, found none in epoch 2/,
  );
  expect(() => sizes({batches: () => [[0], new Int32Array(0)]})).toThrow(
    /train: "batches\[1\]" must have at least one index, found none in epoch 2/,
  );
});
