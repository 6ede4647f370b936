import * as tf from '@tensorflow/tfjs-core';
import {createRng, pgdAttackAsync, type Classifier} from 'lt-robust';

import type {AttackSettings, Frame} from '../protocol';

/** The seed of the random start; the program that the page gives has it as well. */
export const SEED = 1;

async function look(classify: Classifier, x: tf.Tensor4D, step: number | null): Promise<Frame> {
  const [, height, width, channels] = x.shape;
  const scores = tf.tidy(() => tf.softmax(classify(x)));
  try {
    const pixels = Float32Array.from(await x.data());
    const probabilities = Float32Array.from(await scores.data());
    return {step, shape: [height, width, channels], pixels, probabilities};
  } finally {
    scores.dispose();
  }
}

/**
 * PGD on one image, one step at a time: `pgdAttackAsync` is asked for a single step from where the
 * last one ended, so that every iterate can be shown. In the end the image is the one that a single
 * call with all the steps returns.
 *
 * @param classify - The network.
 * @param x - `[1, height, width, channels]` from 0 to 1; stays the caller's.
 * @param label - The true class.
 * @param settings - What the attack may do.
 * @param onFrame - Called with the clean image, the start, and each step.
 * @param signal - Stops it.
 */
export async function attackSteps(
  classify: Classifier,
  x: tf.Tensor4D,
  label: number,
  settings: AttackSettings,
  onFrame: (frame: Frame) => void,
  signal: AbortSignal,
): Promise<void> {
  const {norm, epsilon, steps, randomStart, target} = settings;
  const labels = tf.tensor1d([label], 'int32');
  const targets = target === null ? undefined : tf.tensor1d([target], 'int32');
  const shared = {norm, epsilon, stepSize: epsilon / 4, targets, signal};
  const rng = randomStart ? createRng(SEED) : undefined;
  let current: tf.Tensor4D | undefined;
  try {
    onFrame(await look(classify, x, null));
    current = await pgdAttackAsync(classify, x, labels, {...shared, steps: 0, rng});
    onFrame(await look(classify, current, 0));
    for (let step = 1; step <= steps; step++) {
      const start: tf.Tensor4D = current;
      // One look at the model's values will do: later steps start from what was looked at.
      const checkValues = step === 1;
      current = await pgdAttackAsync(classify, x, labels, {
        ...shared,
        steps: 1,
        start,
        checkValues,
      });
      start.dispose();
      onFrame(await look(classify, current, step));
    }
  } finally {
    current?.dispose();
    tf.dispose([labels, targets ?? []]);
  }
}
