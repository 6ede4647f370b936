import * as tf from '@tensorflow/tfjs-core';

import {checkBatch} from '../../core/checks/checkTensors';
import {
  checkLabelValuesAsync,
  checkModelOutput,
  checkModelOutputAsync,
  checkPixels,
  checkPixelsAsync,
} from '../../core/checks/checkValues';
import {readsAtOnce} from '../../core/checks/readsAtOnce';
import type {Model} from '../../core/classifier';
import {featureThreat, featureThreatAsync} from '../../core/featureThreat';
import {checkUsableGradients, gradientTallies} from '../../core/gradientTallies';
import {disposeAfter} from '../../core/memory';
import {breather} from '../../core/progress';
import {tallyWarnings} from '../../core/tallyWarnings';
import {countGradients, gradientSums} from '../../math/gradientSums';
import {prepareAscent, steepest, type StepDirection} from './ascent';
import type {AscentSettings, WatchOptions} from './ascentOptions';
import {soundRows} from './soundRows';

/**
 * Steepest-ascent steps on a loss, each projected back into ball and range: what `pgdAttack` and the
 * attacks that are special cases of it share. Reads nothing from WebGPU, which cannot read at once.
 *
 * @param where - The public attack.
 * @param settings - Its options, filled in.
 * @param direction - Of the steps; disposed in the end.
 */
export function iteratedAscent<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  settings: AscentSettings,
  direction: StepDirection<I> = steepest(),
): I {
  const {steps, signal, position} = settings;
  const checksValues = settings.checkValues && readsAtOnce();
  checkBatch(where, x, labels);
  const threat = featureThreat(where, settings, x.shape);
  const ascent = prepareAscent(where, model, x, labels, {...settings, ...threat}, direction);
  let sums: ArrayLike<number> = []; // of the first gradient, by example
  if (ascent.batchSize === 0) return tf.clone(x);
  try {
    if (checksValues) checkPixels(where, x, threat.clip, threat.features);
    return tf.tidy(() => {
      const frame = ascent.frame();
      let adversarial = ascent.start(frame);
      for (let step = 0; step < steps; step++) {
        signal?.throwIfAborted();
        const current = adversarial;
        const see = checksValues && step === 0 ? check : undefined;
        adversarial = tf.tidy(() => ascent.advance(current, frame, see));
        current.dispose(); // one iterate alive, not `steps` of them
      }
      return steps === 0 ? adversarial : soundRows(adversarial, x, sums);
    });
  } finally {
    ascent.dispose();
  }

  function check(logits: tf.Tensor2D, gradient: I): void {
    checkModelOutput(where, logits, ascent.batchSize);
    sums = gradientSums(gradient).dataSync();
    // A net in training may have no gradient yet, a last layer of zeros for one.
    if (position === undefined) checkUsableGradients(where, countGradients(sums));
  }
}

/**
 * {@link iteratedAscent} with the same result, which yields between steps, can be watched and aborted,
 * and reads asynchronously.
 */
export async function iteratedAscentAsync<I extends tf.Tensor>(
  where: string,
  model: Model<I>,
  x: I,
  labels: tf.Tensor1D,
  settings: AscentSettings & WatchOptions,
  direction: StepDirection<I> = steepest(),
): Promise<I> {
  const {steps, signal, targets, position, checkValues, onProgress, onWarning} = settings;
  checkBatch(where, x, labels);
  const threat = await featureThreatAsync(where, settings, x.shape);
  const ascent = prepareAscent(where, model, x, labels, {...settings, ...threat}, direction);
  const breath = breather(signal);
  let adversarial: I | undefined;
  let firstSums: ArrayLike<number> = [];
  try {
    if (ascent.batchSize === 0) return tf.clone(x);
    signal?.throwIfAborted();
    if (checkValues) await checkPixelsAsync(where, x, threat.clip, threat.features);
    // Kept: the program may end a scope of its own in between.
    adversarial = tf.keep(tf.tidy(() => ascent.start(ascent.frame())));
    for (let step = 0; step < steps; step++) {
      await breath();
      await advance(adversarial, checkValues && step === 0);
      await onProgress?.({phase: where, done: step + 1, total: steps, unit: 'step', metrics: {}});
    }
    const last = adversarial;
    return tf.tidy(() => tf.clone(steps === 0 ? last : soundRows(last, x, firstSums)));
  } finally {
    adversarial?.dispose();
    ascent.dispose();
  }

  async function advance(current: I, isChecked: boolean): Promise<void> {
    await disposeAfter(async (own) => {
      let seen: {logits: tf.Tensor2D; sums: tf.Tensor1D} | undefined;
      const see = (logits: tf.Tensor2D, gradient: I) => {
        seen = {logits: tf.keep(tf.clone(logits)), sums: tf.keep(gradientSums(gradient))};
        own([seen.logits, seen.sums]);
      };
      adversarial = tf.keep(
        tf.tidy(() => ascent.advance(current, ascent.frame(), isChecked ? see : undefined)),
      );
      current.dispose();
      if (seen !== undefined) await check(seen);
    });
  }

  async function check({logits, sums}: {logits: tf.Tensor2D; sums: tf.Tensor1D}): Promise<void> {
    await checkModelOutputAsync(where, logits, ascent.batchSize);
    await checkLabelValuesAsync(where, labels, logits.shape[1]);
    if (targets !== undefined) {
      await checkLabelValuesAsync(where, targets, logits.shape[1], 'targets');
    }
    firstSums = await sums.data();
    const counts = countGradients(firstSums);
    if (position === undefined) checkUsableGradients(where, counts);
    for (const warning of tallyWarnings(gradientTallies(counts))) onWarning?.(warning);
  }
}
