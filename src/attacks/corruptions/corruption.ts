import * as tf from '@tensorflow/tfjs-core';

import {checkExampleIds} from '../../core/checks/checkExampleIds';
import {isTensor} from '../../core/checks/checkTensors';
import {describeValue} from '../../core/describeValue';
import {at} from '../../core/at';
import type {AttackContext} from '../../core/attack';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkOneOf} from '../../core/checks/checkOneOf';
import {checkBatch} from '../../core/checks/checkTensors';
import {checkPixels} from '../../core/checks/checkValues';
import {InvalidArgumentError} from '../../core/errors';
import {type DataFormat, dataFormatOf} from '../../core/layers/imageLayout';
import {type Defaults, plainOptions, withDefaults} from '../../core/options';
import {
  checkThreat,
  DEFAULT_THREAT,
  type PerExample,
  type ThreatModel,
  type ThreatOptions,
} from '../../core/threatModel';
import {ballProjection} from '../../math/ball';

/** The benchmark whose strengths a corruption has: for images 224 pixels wide, or 32. */
export type CorruptionBenchmark = 'imagenet-c' | 'cifar-c';

/** Options that every corruption has. */
export interface CorruptionOptions extends Omit<ThreatOptions, 'epsilon'>, AttackContext {
  /** Strength, an integer from 1 to 5. @defaultValue 3 */
  readonly severity?: number | undefined;
  /** The benchmark whose strengths are used. @defaultValue 'imagenet-c' */
  readonly benchmark?: CorruptionBenchmark | undefined;
  /**
   * Project the result onto this ball of `norm` around `x`, to compare the corruption with attacks
   * of the same budget. One value, or one per example. @defaultValue undefined, no bound
   */
  readonly epsilon?: PerExample | undefined;
  /**
   * Where the channels of images lie: `'channelsFirst'` for `[batch, channels, height, width]`.
   * Taken from the layers of the model where it is a `tf.LayersModel`, else channels last; a shape
   * that contradicts this is refused. @defaultValue undefined
   */
  readonly dataFormat?: DataFormat | undefined;
  /** Check the values of `x`: a small read from the device. @defaultValue true */
  readonly checkValues?: boolean | undefined;
}

const DEFAULTS: Defaults<
  Omit<CorruptionOptions, 'features'>,
  'epsilon' | 'rng' | 'exampleIds' | 'signal' | 'loss' | 'position' | 'dataFormat'
> = {
  ...DEFAULT_THREAT,
  severity: 3,
  benchmark: 'imagenet-c',
  epsilon: undefined,
  rng: undefined,
  exampleIds: undefined,
  signal: undefined,
  loss: undefined,
  position: undefined,
  dataFormat: undefined,
  checkValues: true,
};

/** One strength for each severity. */
export type Strengths = Readonly<Record<CorruptionBenchmark, readonly number[]>>;

/**
 * What all corruptions share: checks, the strength for a severity, range and ball.
 *
 * @param where - The public function.
 * @param options - As the caller passed them.
 * @param strengths - By benchmark and severity.
 * @param corrupt - The corruption itself, before range and ball; called in a `tf.tidy`.
 */
export function corrupted<I extends tf.Tensor>(
  where: string,
  x: I,
  labels: tf.Tensor1D,
  options: CorruptionOptions,
  strengths: Strengths,
  corrupt: (strength: number, settings: typeof DEFAULTS) => I,
): I {
  const settings = withDefaults(where, DEFAULTS, options);
  const {severity, benchmark, norm, clip, epsilon, checkValues} = settings;
  settings.signal?.throwIfAborted();
  checkNumber(where, 'severity', severity, {min: 1, max: 5, integer: true});
  checkOneOf(where, 'benchmark', benchmark, ['imagenet-c', 'cifar-c']);
  checkBatch(where, x, labels);
  const threat: ThreatModel = {norm, clip, epsilon: epsilon ?? 0};
  checkThreat(where, threat, labels.shape[0]);
  checkExampleIds(where, settings.exampleIds, labels.shape[0]);
  if (checkValues) checkPixels(where, x, clip);
  if (labels.shape[0] === 0) return tf.clone(x);
  return tf.tidy(() => {
    const result = corrupt(at(strengths[benchmark], severity - 1), settings);
    if (epsilon !== undefined) return ballProjection(x, threat)(result);
    return clip === null ? result : tf.clipByValue(result, clip[0], clip[1]);
  });
}

/**
 * The axes of height and width of a batch of images.
 *
 * @param where - The public function.
 * @param x - What the caller passed.
 * @param options - May say where the channels lie.
 * @param model - May show it.
 * @throws {@link InvalidArgumentError} if `x` is no batch of images, or their layout is in doubt.
 */
export function spatialAxes(
  where: string,
  x: tf.Tensor,
  options: CorruptionOptions,
  model: unknown,
): readonly [number, number] {
  const {dataFormat} = plainOptions(where, options, 'severity');
  if (isTensor(x) && x.rank === 4) {
    return dataFormatOf(where, x, dataFormat, model) === 'channelsFirst' ? [2, 3] : [1, 2];
  }
  throw new InvalidArgumentError({
    where,
    argument: 'x',
    expected: 'be images [batch, height, width, channels]',
    found: describeValue(x),
    remedy: 'Reshape it, or use gaussianNoiseCorruption, which takes any shape.',
  });
}
