import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {TrainableClassifier} from '../core/classifier';
import {computedOn} from '../core/computedOn';
import type {Dataset} from '../core/dataset';
import {batchAt} from '../core/datasets/batchAt';
import type {Difference} from '../core/identity';
import {disposeAfter} from '../core/memory';
import type {Rng} from '../core/rng';
import type {TrainingStep} from '../core/trainingMethod';
import type {CompleteRecipe} from './recipe';
import {createStudent} from './student';

/**
 * The loss of a method on a few examples at the current weights, which serves as its fingerprint.
 * The values that closures captured (an attack's epsilon) cannot be described, but they show here.
 */
export type Probe = Readonly<{
  /** What computed it: the last digits differ from backend to backend, and between kernels. */
  backend: string;
  /** Mean absolute value of the examples as they were augmented. */
  input: number;
  /** The loss, in nats. */
  loss: number;
  /** Mean size of what the method adds to a pixel; 0 where it trains on other shapes. */
  perturbation: number;
}>;

/** Indices of up to `count` examples, evenly spread. */
export const spreadIndices = (examples: number, count: number): Int32Array =>
  Int32Array.from({length: Math.min(examples, count)}, (_, i) =>
    Math.floor((i * examples) / Math.min(examples, count)),
  );

const EXAMPLES = 16;

/**
 * Asks a method for its loss on a few examples of the data. Nothing changes: no step is taken, and
 * the running statistics are restored.
 *
 * @param model - The model at its current weights.
 * @param dataset - The training examples.
 * @param recipe - Method and augmentation.
 * @param step - Where training stands, and what the method remembers.
 * @param rng - Randomness of the probe alone.
 */
export async function takeProbe<I extends tf.Tensor>(
  model: TrainableClassifier<I>,
  dataset: Dataset<I>,
  {method, augment}: CompleteRecipe<I>,
  step: Pick<TrainingStep<I>, 'epoch' | 'epochs' | 'step' | 'memory'>,
  rng: Rng,
): Promise<Probe> {
  const indices = spreadIndices(dataset.labels.length, EXAMPLES);
  return disposeAfter(async (own) => {
    const before = model.statistics.map((variable) => own(tf.clone(variable)));
    try {
      const {
        x,
        labels,
        exampleIds = Int32Array.from(indices),
      } = await batchAt('train', dataset, indices);
      own([x, labels]);
      const augmented = await augment?.(x, rng.fork('augment'));
      if (augmented !== undefined && augmented !== x) own(augmented);
      const batch = {x: augmented ?? x, labels, exampleIds};
      const seeing = model.forExamples?.(exampleIds) ?? model;
      const given = {...step, model: seeing, batch, rng: rng.fork('step'), own};
      const {adversarial, loss} = await method.objective(given);
      const figures = own(
        tf.tidy(() => {
          const {student} = createStudent(seeing, 'train', false);
          const isAlike = tf.util.arraysEqual(adversarial.shape, batch.x.shape);
          const size = isAlike ? tf.mean(tf.abs(tf.sub(adversarial, batch.x))) : tf.scalar(0);
          const input = tf.mean(tf.abs(batch.x));
          return tf.stack([input, tf.reshape(loss(student), []), size]);
        }),
      );
      const [input = NaN, value = NaN, perturbation = NaN] = await figures.data<'float32'>();
      return {backend: computedOn(), input, loss: value, perturbation};
    } finally {
      model.statistics.forEach((variable, i) => variable.assign(at(before, i)));
    }
  });
}

/** The figures in which two probes differ beyond what another backend explains. */
export function probeDifferences(saved: Probe, now: Probe): Difference[] {
  const tolerance = saved.backend === now.backend ? 0 : 0.01;
  return (['input', 'loss', 'perturbation'] as const).flatMap((figure) => {
    const [was, is] = [saved[figure], now[figure]];
    const isSame = Object.is(was, is) || Math.abs(was - is) <= tolerance * Math.abs(was);
    return isSame ? [] : [{field: `method's ${figure} on a few examples`, saved: was, now: is}];
  });
}
