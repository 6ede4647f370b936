import * as tf from '@tensorflow/tfjs-core';

import {disposeAfter} from '../core/memory';
import type {Rng} from '../core/rng';
import {logitsAt} from '../math/logitsAt';
import {epochBatches, type Epochs} from './epoch';
import type {CompleteStop} from './overfittingStop';

/**
 * The fraction of the first batch of an epoch that is right under the stop's attack, in inference
 * mode and without augmentation.
 *
 * @param context - The training, after the epoch.
 * @param stop - The recipe's.
 * @param epoch - The epoch.
 */
export function robustShare<I extends tf.Tensor>(
  {model, dataset, recipe, settings, takesSingles}: Omit<Epochs<I>, 'onEpochsRead'>,
  {attack}: CompleteStop<I>,
  epoch: number,
): Promise<number> {
  const examples = dataset.labels.length;
  const [first = []] = epochBatches(recipe, examples, settings.rng, epoch, takesSingles);
  const rng: Rng = settings.rng.fork('overfittingStop').fork(epoch);
  return disposeAfter(async (own) => {
    const {x, labels, exampleIds = Int32Array.from(first)} = await dataset.batch(first);
    own([x, labels]);
    const {inference} = model.forExamples?.(exampleIds) ?? model;
    const attacked = await attack(inference, x, labels, {rng, signal: settings.signal});
    if (attacked !== x) own(attacked);
    const logits = own(logitsAt('train', inference, attacked));
    const right = own(
      tf.tidy(() => tf.mean(tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32'))),
    );
    return (await right.data<'float32'>())[0] ?? NaN;
  });
}
