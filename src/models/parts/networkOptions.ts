import {checkBackend} from '../../core/checks/checkBackend';
import {checkGiven} from '../../core/checks/checkGiven';
import {checkNumber} from '../../core/checks/checkNumber';
import {checkCount} from '../../core/checks/checkTensors';
import {describeValue} from '../../core/describeValue';
import {InvalidArgumentError} from '../../core/errors';
import {isPlainObject, plainOptions, type Defaults} from '../../core/options';
import type {CosineHeadOptions} from '../cosineHead';
import type {PixelStatistics} from './normalization';

/** Options that all networks share. */
export interface NetworkOptions {
  /** Height, width and channels of one image. @defaultValue [32, 32, 3] */
  readonly inputShape?: readonly [height: number, width: number, channels: number] | undefined;
  /** Number of logits, 2 or more. @defaultValue 10 */
  readonly numClasses?: number | undefined;
  /**
   * The last layer: linear with a bias, or cosines as in RoBal, without one (`'cosine'`, or the
   * options of {@link cosineHead}). @defaultValue 'linear'
   */
  readonly head?: 'linear' | 'cosine' | CosineHeadOptions | undefined;
  /**
   * `{mean, deviation}` of the pixels. They are applied inside the model, which then takes pixels.
   * @defaultValue none: the model takes its inputs as they are
   */
  readonly normalization?: PixelStatistics | undefined;
  /**
   * Seed of the initial weights, an integer from 0: the same seed gives the same weights.
   * @defaultValue 0
   */
  readonly seed?: number | undefined;
}

/** Defaults of {@link NetworkOptions}. */
export const NETWORK_DEFAULTS: Defaults<NetworkOptions, 'normalization'> = {
  inputShape: [32, 32, 3],
  numClasses: 10,
  head: 'linear',
  normalization: undefined,
  seed: 0,
};

/** {@link NetworkOptions} with defaults filled in. */
export type NetworkSettings = typeof NETWORK_DEFAULTS;

/** More do not fit into the weights of a last layer. */
export const MOST_CLASSES = 2 ** 20;

/** Throws unless a backend has started and the shared settings are in range; those of head and pixels are checked later. */
export function checkNetwork(where: string, settings: NetworkSettings): void {
  checkBackend(where);
  const {inputShape, numClasses, seed} = settings;
  if (!Array.isArray(inputShape) || inputShape.length !== 3) {
    throw new InvalidArgumentError({
      where,
      argument: 'inputShape',
      expected: 'be [height, width, channels]',
      found: describeValue(inputShape),
      remedy: 'Pass three positive integers.',
    });
  }
  Array.from(inputShape as readonly number[]).forEach((size, i) => {
    checkCount(where, `inputShape[${i}]`, size);
  });
  checkNumber(where, 'numClasses', numClasses, {min: 2, max: MOST_CLASSES, integer: true});
  checkEnds(where, settings);
  checkNumber(where, 'seed', seed, {min: 0, max: 0xffffffff, integer: true});
}

/** Throws unless head and normalization have their forms; their values are checked where they are used. */
export function checkEnds(
  where: string,
  {head, normalization}: Pick<NetworkSettings, 'head' | 'normalization'>,
): void {
  const remedy = 'Pass {mean, deviation}, each one number or one for each channel.';
  const isGiven = normalization === undefined || isPlainObject(normalization);
  checkGiven(where, 'normalization', normalization, isGiven, 'be {mean, deviation}', remedy);
  if (isPlainObject(head)) plainOptions(where, head, 'scale');
  const isHead = head === 'linear' || head === 'cosine' || isPlainObject(head);
  const expected = "be 'linear', 'cosine', or options of a cosine head";
  checkGiven(where, 'head', head, isHead, expected, 'Check the spelling.');
}

/** Channels at a multiple of a published width: the nearest integer, at least 1. */
export const scaled = (channels: number, factor: number): number =>
  Math.max(1, Math.round(channels * factor));
