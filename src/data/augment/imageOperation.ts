import type {Rng} from '../../core/rng';
import type {ByteImage} from './byteImages';
import {
  autoContrast,
  brightness,
  contrast,
  equalize,
  invert,
  posterize,
  saturation,
  sharpness,
  solarize,
} from './colourOperations';
import {rotate, shearX, shearY, translateX, translateY} from './moveOperations';

/** An operation of RandAugment or AutoAugment. */
export type OperationName = keyof typeof OPERATIONS;

/** How strong an operation is, and what it does. */
interface Operation {
  /** The magnitude at a fraction from 0 to 1 of the range. */
  readonly magnitude: (fraction: number, image: ByteImage) => number;
  /** Whether the magnitude is negated one time in two. */
  readonly isSigned: boolean;
  readonly apply: (image: ByteImage, magnitude: number) => ByteImage;
}

const upTo =
  (limit: number) =>
  (fraction: number): number =>
    limit * fraction;

// The largest shift is 150 pixels of 331.
const SHIFT = 150 / 331;

const signed = (
  magnitude: Operation['magnitude'],
  apply: (image: ByteImage, magnitude: number) => ByteImage,
): Operation => ({magnitude, isSigned: true, apply});

const unsigned = (
  magnitude: Operation['magnitude'],
  apply: (image: ByteImage, magnitude: number) => ByteImage,
): Operation => ({magnitude, isSigned: false, apply});

const enhancing = (apply: (image: ByteImage, factor: number) => ByteImage): Operation =>
  signed(upTo(0.9), (image, magnitude) => apply(image, 1 + magnitude));

/** The operations and their ranges, as torchvision's v2 transforms have them. */
const OPERATIONS = {
  Identity: unsigned(upTo(0), (image) => image),
  ShearX: signed(upTo(0.3), shearX),
  ShearY: signed(upTo(0.3), shearY),
  TranslateX: signed((fraction, {width}) => SHIFT * width * fraction, translateX),
  TranslateY: signed((fraction, {height}) => SHIFT * height * fraction, translateY),
  Rotate: signed(upTo(30), rotate),
  Brightness: enhancing(brightness),
  Color: enhancing(saturation),
  Contrast: enhancing(contrast),
  Sharpness: enhancing(sharpness),
  // From 8 bits to 4; a half rounds to the even number.
  Posterize: unsigned((fraction) => roundHalfToEven(8 - 4 * fraction), posterize),
  Solarize: unsigned(
    (fraction) => 1 - fraction,
    (image, magnitude) => solarize(image, 255 * magnitude),
  ),
  AutoContrast: unsigned(upTo(0), autoContrast),
  Equalize: unsigned(upTo(0), equalize),
  Invert: unsigned(upTo(0), invert),
} as const satisfies Readonly<Record<string, Operation>>;

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Names of the operations, in torchvision's order. */
export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];

/** The magnitude of an operation at a fraction of its range, for images of this size. */
export const magnitudeAt = (name: OperationName, fraction: number, image: ByteImage): number =>
  OPERATIONS[name].magnitude(fraction, image);

/** Applies an operation with a magnitude. The image may be written into. */
export const applyOperation = (
  name: OperationName,
  image: ByteImage,
  magnitude: number,
): ByteImage => OPERATIONS[name].apply(image, magnitude);

/** Applies an operation at a fraction of its range, negated at random where it has a sign. */
export function applyAt(
  name: OperationName,
  image: ByteImage,
  fraction: number,
  rng: Rng,
): ByteImage {
  const magnitude = magnitudeAt(name, fraction, image);
  const isNegated = OPERATIONS[name].isSigned && rng.uniform() < 0.5;
  return applyOperation(name, image, isNegated ? -magnitude : magnitude);
}

/** Whether an operation's magnitude has a sign. */
export const isSigned = (name: OperationName): boolean => OPERATIONS[name].isSigned;
