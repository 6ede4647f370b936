import type {CheckedTraining} from 'lt-robust/registry';

import {stepPasses, totalOf, type StepPasses} from './passes';

/** One training: its epochs, and where the last one ends. */
export interface Plan {
  readonly epochs: number;
  readonly batchesPerEpoch: number;
  readonly steps: number;
  readonly batchSize: number;
  /** Passes of images, in all. */
  readonly passes: StepPasses;
}

const NONE: StepPasses = {forward: 0, backward: 0, teacher: 0};

/**
 * Fits a training into a budget of passes, to within one batch. What a step costs may depend on the
 * epoch and on how many there are, so that the number of epochs is looked for.
 *
 * @param trainingFor - The training, of so many epochs.
 * @param batchesPerEpoch - Batches of an epoch.
 * @param batchSize - Images of a batch.
 * @param budget - Passes of images that it may make.
 */
export function planOf(
  trainingFor: (epochs: number) => CheckedTraining,
  batchesPerEpoch: number,
  batchSize: number,
  budget: number,
): Plan {
  for (let epochs = 1; ; epochs++) {
    const {steps, passes, isSpent} = spend(trainingFor(epochs), epochs);
    // The training whose last epoch is the one in which the budget ends.
    if (isSpent) return {epochs, batchesPerEpoch, batchSize, steps, passes};
  }

  function spend(training: CheckedTraining, epochs: number) {
    let [left, steps] = [budget, 0];
    let passes = NONE;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const each = stepPasses(training, epoch);
      const cost = totalOf(each) * batchSize;
      const fitting = Math.min(batchesPerEpoch, Math.floor(left / cost));
      const images = fitting * batchSize;
      left -= fitting * cost;
      steps += fitting;
      passes = {
        forward: passes.forward + images * each.forward,
        backward: passes.backward + images * each.backward,
        teacher: passes.teacher + images * each.teacher,
      };
      if (fitting < batchesPerEpoch) return {steps, passes, isSpent: epoch === epochs};
    }
    const next = totalOf(stepPasses(training, epochs)) * batchSize;
    return {steps, passes, isSpent: left < next};
  }
}

/** Batches of an epoch, counted from 1: the last has what is left of the steps. */
export const batchesOf = ({batchesPerEpoch, steps}: Plan, epoch: number): number =>
  Math.min(batchesPerEpoch, steps - (epoch - 1) * batchesPerEpoch);
