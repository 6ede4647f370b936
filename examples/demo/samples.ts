import * as tf from '@tensorflow/tfjs-core';
import {isUnusableGradientError, type Attack, type Dataset, type Model, type Rng} from 'lt-robust';

import {underPgd} from './measure';

/** A test image under attack, for the report's strip. */
export interface Sample {
  readonly label: number;
  readonly cleanPrediction: number;
  readonly adversarialPrediction: number;
  /** Pixels from 0 to 255, row by row, rounded. */
  readonly clean: readonly number[];
  readonly adversarial: readonly number[];
}

/** The first test image of each class, and what the attack makes of it. */
export async function takeSamples(
  model: Model,
  test: Dataset,
  attack: Attack,
  rng: Rng,
): Promise<Sample[]> {
  const indices = Array.from({length: test.numClasses}, (_, c) => test.labels.indexOf(c));
  let pixels: {clean: Float32Array; adversarial: Float32Array} | undefined;
  const recording: Attack = async (classifier, x, labels, context) => {
    let adversarial: tf.Tensor4D;
    try {
      adversarial = await attack(classifier, x, labels, context);
    } catch (error) {
      // A network that has collapsed to a constant: there is nothing to climb.
      if (!isUnusableGradientError(error)) throw error;
      adversarial = tf.clone(x);
    }
    pixels = {
      clean: Float32Array.from(await x.data()),
      adversarial: Float32Array.from(await adversarial.data()),
    };
    return adversarial;
  };
  const options = {rng, indices, predictions: true, batchSize: indices.length};
  const report = await underPgd(model, test, recording, options);
  const size = (pixels?.clean.length ?? 0) / indices.length;
  const cut = (values: Float32Array | undefined, i: number) =>
    Array.from(values?.subarray(i * size, (i + 1) * size) ?? [], (v) => Math.round(255 * v));
  return indices.map((index, i) => ({
    label: test.labels[index] as number,
    cleanPrediction: report.clean.predictions?.[i] ?? -1,
    adversarialPrediction: report.attacks['pgd20']?.predictions?.[i] ?? -1,
    clean: cut(pixels?.clean, i),
    adversarial: cut(pixels?.adversarial, i),
  }));
}
