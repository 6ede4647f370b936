import * as tf from '@tensorflow/tfjs-core';

import type {AttackContext} from '../../core/attack';
import {checkExampleIds} from '../../core/checks/checkExampleIds';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkBatch} from '../../core/checks/checkTensors';
import {
  checkLabelValuesAsync,
  checkModelOutputAsync,
  checkPixelsAsync,
} from '../../core/checks/checkValues';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import type {Defaults} from '../../core/options';
import type {RunControl} from '../../core/progress';
import type {ThreatModel} from '../../core/threatModel';
import {
  checkFeatureThreat,
  DEFAULT_FEATURE_THREAT,
  type FeatureThreatOptions,
  refuseFeatures,
} from '../../core/featureThreat';

/** Options that every attack with a verdict has. */
export interface VerdictOptions
  extends FeatureThreatOptions, Omit<AttackContext, 'loss'>, RunControl {
  /**
   * Grey levels of the valid range, 256 for 8-bit images: every iterate and the result lie on
   * them, within `epsilon` in whole levels, so that the result may be saved as an image. `x` must
   * lie on them. @defaultValue undefined, any value
   */
  readonly quantize?: number | undefined;
  /**
   * Whether the search of an example ends at the first point that breaks it. The verdicts are the
   * same for fewer passes. With `false` the published schedule is completed for every example.
   * @defaultValue true
   */
  readonly earlyStop?: boolean | undefined;
  /**
   * Accepted, and ignored, so that a context can be handed on whole: what the attack ascends is its
   * own. @defaultValue undefined
   */
  readonly loss?: object | string | undefined;
}

/** Defaults of {@link VerdictOptions}. */
export const VERDICT_DEFAULTS: Defaults<
  VerdictOptions,
  'mask' | 'quantize' | 'rng' | 'exampleIds' | 'signal' | 'onProgress' | 'position' | 'loss'
> = {
  ...DEFAULT_FEATURE_THREAT,
  quantize: undefined,
  earlyStop: true,
  rng: undefined,
  exampleIds: undefined,
  signal: undefined,
  onProgress: undefined,
  position: undefined,
  loss: undefined,
};

/** {@link VerdictOptions} with the defaults filled in. */
export type VerdictSettings = Omit<typeof VERDICT_DEFAULTS, 'loss' | 'position'>;

/** Throws unless the settings called `names` are true or false: in JavaScript 'false' would be true. */
export function checkFlags<N extends string>(
  where: string,
  names: readonly N[],
  settings: Readonly<Record<N, unknown>>,
): void {
  for (const argument of names) {
    if (typeof settings[argument] === 'boolean') continue;
    throw new InvalidArgumentError({
      where,
      argument,
      expected: 'be true or false',
      found: describeValue(settings[argument]),
      remedy: 'Leave it out for the default.',
    });
  }
}

/**
 * Throws unless the arguments of an attack with a verdict fit each other. Reads nothing back; see
 * {@link checkVerdictValues}.
 */
export function checkVerdictArguments(
  where: string,
  x: tf.Tensor,
  labels: tf.Tensor1D,
  settings: VerdictSettings,
): void {
  checkBatch(where, x, labels);
  checkVerdictSettings(where, settings, x.shape);
}

/**
 * Throws unless the options of an attack with a verdict fit each other, and a batch of such a shape; if
 * none is known, as far as that shows without one.
 */
export function checkVerdictSettings(
  where: string,
  settings: VerdictSettings,
  shape: readonly number[] | undefined,
): void {
  checkFlags(where, ['earlyStop'], settings);
  if (shape !== undefined) checkFeatureThreat(where, settings, shape);
  const {quantize, clip, exampleIds} = settings;
  checkExampleIds(where, exampleIds, shape?.[0] ?? 0);
  if (quantize === undefined) return;
  checkNumber(where, 'quantize', quantize, {min: 2, max: 65536, integer: true});
  if (clip === null) {
    throw new InvalidArgumentError({
      where,
      argument: 'quantize',
      expected: 'come with a clip, whose range has the grey levels',
      found: 'clip: null',
      remedy: 'Pass clip: [min, max].',
    });
  }
  if (shape === undefined) return;
  refuseFeatures(
    ...[where, settings, shape],
    'Leave out quantize, whose levels are the same for every feature, and round the result yourself.',
  );
}

/** Throws unless the pixels lie in `clip` and, with `quantize`, on its grey levels. */
export async function checkVerdictValues(
  where: string,
  x: tf.Tensor,
  {
    clip,
    features,
    quantize,
  }: Pick<ThreatModel, 'clip' | 'features'> & {
    readonly quantize: number | undefined;
  },
): Promise<void> {
  await checkPixelsAsync(where, x, clip, features);
  if (quantize === undefined || clip === null || x.size === 0) return;
  const farthest = tf.tidy(() => {
    const level = tf.mul(tf.sub(x, clip[0]), (quantize - 1) / (clip[1] - clip[0]));
    return tf.max(tf.abs(tf.sub(level, tf.round(level))));
  });
  let off: number;
  try {
    [off] = (await farthest.data<'float32'>()) as unknown as [number];
  } finally {
    farthest.dispose();
  }
  if (off < 0.01) return;
  throw new InvalidArgumentError({
    where,
    argument: 'x',
    expected: `lie on the ${quantize} grey levels of clip`,
    found: `a pixel ${off} levels off`,
    remedy: 'Leave out quantize, or round the images to their levels.',
  });
}

/** Throws unless the logits at `x` fit the batch and every label is one of their classes. */
export async function checkVerdictOutput(
  where: string,
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): Promise<void> {
  await checkModelOutputAsync(where, logits, labels.shape[0]);
  await checkLabelValuesAsync(where, labels, logits.shape[1]);
}
