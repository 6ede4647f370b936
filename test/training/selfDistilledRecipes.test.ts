import {describe, expect, it} from 'vitest';

import {naturalTraining} from '../../src/methods/naturalTraining';
import {sgd} from '../../src/optimizers/sgd';
import type {Schedule} from '../../src/optimizers/schedules';
import type {Recipe} from '../../src/training/recipe';
import {paperRecipe} from '../../src/training/selfDistilledRecipes';

const paper = {epochs: 30, batchSize: 32, method: naturalTraining()};
const make = (given: Partial<Recipe> = {}) => paperRecipe('here', given, paper);
const drops = (schedule: Schedule | undefined, epochs: number) =>
  Array.from({length: epochs}, (_, i) => i + 1).filter(
    (epoch) =>
      epoch > 1 &&
      schedule?.({epoch, epochs, step: 1, stepsPerEpoch: 1}) !==
        schedule?.({epoch: epoch - 1, epochs, step: 1, stepsPerEpoch: 1}),
  );

describe('paperRecipe', () => {
  it("is the paper's, with drops at 0.75 and 0.9 of the epochs", () => {
    const recipe = make();
    expect(recipe).toMatchObject({...paper, dropLast: true});
    expect(recipe.optimizer).toBeUndefined(); // the default of every recipe
    expect(drops(recipe.schedule, 30)).toEqual([23, 27]);
    expect(drops(make({epochs: 100}).schedule, 100)).toEqual([75, 90]);
    expect(make({epochs: 1}).epochs).toBe(1); // both milestones fall on epoch 1
    expect(recipe.schedule?.({epoch: 1, epochs: 30, step: 1, stepsPerEpoch: 1})).toBe(0.1);
  });

  it('takes other entries, and keeps the rate of an optimizer given without a schedule', () => {
    const schedule = () => 0.5;
    expect(make({schedule}).schedule).toBe(schedule);
    const optimizer = () => sgd({learningRate: 0.4});
    expect(make({optimizer})).toMatchObject({optimizer, epochs: 30});
    expect(make({optimizer}).schedule).toBeUndefined();
    expect(make({optimizer: undefined, epochs: undefined}).epochs).toBe(30);
  });

  it.each<[Partial<Recipe>, RegExp]>([
    [{epochs: 0}, /here: "epochs" must be an integer >= 1/],
    [{batchSize: 0}, /here: "batchSize" must be an integer >= 1/],
    [{epoch: 1} as object, /here: "epoch" must be one of its options/],
  ])('refuses %j', (options, message) => {
    expect(() => make(options)).toThrow(message);
  });
});
