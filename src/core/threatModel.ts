import {at} from './at';
import {checkNumber, unquoted} from './checks/checkNumber';
import {isList} from './checks/checkNumbers';
import {checkOneOf} from './checks/checkOneOf';
import {describeValue} from './describeValue';
import {InvalidArgumentError} from './errors';
import {type Features, featuresOfRows} from './features';

/** One value for all examples of a batch, or one value for each. */
export type PerExample = number | readonly number[] | Float32Array;

/** The norm that measures a perturbation, over all axes but the batch axis. */
export type Norm = 'linf' | 'l2';

/** Which perturbations the adversary is allowed. */
export interface ThreatModel {
  /** Norm of the perturbation, per example. @defaultValue 'linf' */
  readonly norm: Norm;
  /**
   * Largest allowed norm, in the units of `x`; one value, or one per example. The default is one for
   * L∞: under L2 it is next to nothing, 0.5 or 128/255 are usual. @defaultValue 8/255
   */
  readonly epsilon: PerExample;
  /** Valid range of `x`, or `null` for none. @defaultValue [0, 1] */
  readonly clip: readonly [min: number, max: number] | null;
  /** Settings of single features, made from the options mask, epsilon and clip of attacks. */
  readonly features?: Features | undefined;
}

/** A {@link ThreatModel} of which any part may be left to its default. */
export type ThreatOptions = {readonly [K in keyof ThreatModel]?: ThreatModel[K] | undefined};

/** The field's most common threat model: L∞, 8/255, pixels from 0 to 1. */
export const DEFAULT_THREAT: ThreatModel = {norm: 'linf', epsilon: 8 / 255, clip: [0, 1]};

/** The value that an example has, of one for all or one for each. */
export const perExampleAt = (value: PerExample, row: number): number =>
  typeof value === 'number' ? value : at(value, row);

/** The values of some examples, in their order; one value for all stays one. */
export const perExampleOfRows = (
  value: PerExample,
  rows: ArrayLike<number>,
): number | readonly number[] =>
  typeof value === 'number' ? value : Array.from(rows, (row) => at(value, row));

/** A function of one value for all examples, or of the value of each. */
export const mapPerExample = (
  value: PerExample,
  map: (value: number) => number,
): number | readonly number[] =>
  typeof value === 'number' ? map(value) : Array.from(value, (each) => map(each));

/** The largest allowed norm for one example. */
export const epsilonAt = ({epsilon}: Pick<ThreatModel, 'epsilon'>, row: number): number =>
  perExampleAt(epsilon, row);

/** The threat model of some rows of a batch, in their order. */
export const threatOfRows = (
  {norm, epsilon, clip, features}: ThreatModel,
  rows: ArrayLike<number>,
): ThreatModel => ({
  ...{norm, clip, epsilon: perExampleOfRows(epsilon, rows)},
  ...(features === undefined ? {} : {features: featuresOfRows(features, rows)}),
});

/** Throws unless `value` is a number, or one number per example, each at least 0 and at most `max`. */
export function checkPerExample(
  where: string,
  argument: string,
  value: PerExample,
  batchSize: number,
  max = Infinity,
  remedy?: string,
): void {
  if (typeof value === 'number') {
    checkNumber(where, argument, value, {min: 0, max}, remedy);
    return;
  }
  if (!isList(value) || value.length !== batchSize) {
    const given: unknown = value;
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `be a number, or one number for each of the ${batchSize} examples`,
      found: isList(value) ? `${value.length} numbers` : describeValue(value),
      remedy:
        typeof given === 'string'
          ? unquoted(given)
          : 'Pass one number, or an array as long as the batch.',
    });
  }
  for (let i = 0; i < batchSize; i++) {
    checkNumber(where, `${argument}[${i}]`, value[i], {min: 0, max}, remedy);
  }
}

/** Throws unless `clip` is `[min, max]` with min < max, or `null`. */
export function checkClip(where: string, argument: string, clip: unknown): void {
  if (clip === null) return;
  const [min, max]: readonly unknown[] = isList(clip) && clip.length === 2 ? Array.from(clip) : [];
  const areNumbers = typeof min === 'number' && typeof max === 'number';
  if (areNumbers && Number.isFinite(min) && Number.isFinite(max) && min < max) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: 'be [min, max] with min < max, or null',
    found: describeValue(clip),
    remedy: 'Pass the range of valid pixels, [0, 1] for images divided by 255.',
  });
}

/**
 * Throws unless `threat` is one that an attack can work in.
 *
 * @param where - Public function, for the message.
 * @param threat - What the caller asked for, defaults filled in.
 * @param batchSize - Number of examples that `epsilon` must serve.
 * @throws {@link InvalidArgumentError} for an unknown norm, an empty or unordered `clip`, and an
 *   `epsilon` below 0 or wider than `clip` (8 where 8/255 was meant).
 */
export function checkThreat(where: string, threat: ThreatModel, batchSize: number): void {
  const {norm, epsilon, clip} = threat;
  checkOneOf(where, 'norm', norm, ['linf', 'l2']);
  checkClip(where, 'clip', clip);
  if (clip === null) {
    checkPerExample(where, 'epsilon', epsilon, batchSize);
    return;
  }
  const [min, max] = clip;
  const width = max - min;
  const remedy =
    norm === 'linf'
      ? `It is in the units of x, whose range is ${width} wide: for 8 of 255 grey levels write ${
          width === 1
            ? '8 / 255, or declare that x holds 0 to 255: clip: [0, 255]'
            : `${width} * 8 / 255`
        }.`
      : 'It is the Euclidean length of the whole perturbation, in the units of x.';
  checkPerExample(where, 'epsilon', epsilon, batchSize, norm === 'linf' ? width : Infinity, remedy);
}
