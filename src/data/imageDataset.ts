import type * as tf from '@tensorflow/tfjs-core';

import {checkGiven} from '../core/checks/checkGiven';
import {itemAt} from '../core/at';
import {checkLabelArray} from '../core/checks/checkLabelArray';
import {checkNumber} from '../core/checks/checkNumber';
import type {Dataset} from '../core/dataset';
import {describeValue} from '../core/describeValue';
import {DataFormatError, InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {checkDecoded} from './checkDecoded';
import {decodeImage, type DecodedImage, type ImageDecoder} from './decodeImage';
import {decodedDataset} from './decodedDataset';

/** An image file and its label. */
export interface ImageFile {
  /** Its name, for error messages. */
  readonly name: string;
  /** Its class, an integer in `[0, classNames.length)`. */
  readonly label: number;
  /** Reads it whole. */
  readonly read: () => Uint8Array | Promise<Uint8Array>;
}

/** Options of {@link imageDataset}. */
export interface ImageDatasetOptions {
  /** Name of each class. */
  readonly classNames: readonly string[];
  /** 3 for colour, 1 for grey (ITU-R 601 luma). Opacity is dropped. @defaultValue 3 */
  readonly channels?: 1 | 3 | undefined;
  /**
   * Largest number of bytes of decoded images that are kept in memory, ≥ 0. Images beyond it are
   * read and decoded each time. The default is 256 MiB. @defaultValue 268435456
   */
  readonly cacheBytes?: number | undefined;
  /**
   * Decodes a file, to one to four bytes for each pixel: see {@link DecodedImage}. The default reads
   * PNG and JPEG. @defaultValue decodeImage
   */
  readonly decode?: ImageDecoder | undefined;
}

const DEFAULTS: Defaults<ImageDatasetOptions, 'classNames'> = {
  classNames: undefined,
  channels: 3,
  cacheBytes: 268435456,
  decode: decodeImage,
};

/**
 * A dataset of image files, all of one size, that are read and decoded when a batch asks for them,
 * so that they may be larger than memory. The first image is read at once, for its size. In Node
 * `readImageFolder` of `lt-robust/node` finds the files.
 *
 * @param files - The images, in the order of their indices.
 * @param options - See {@link ImageDatasetOptions}.
 * @returns A dataset whose batches are promises of `[batch, height, width, channels]` float32 in
 *   `[0, 1]`. A batch rejects with a {@link DataFormatError} that names the file, where one is
 *   broken or of another size than the first, and with an {@link InvalidArgumentError} that names
 *   it, where `decode` gives no image.
 * @throws {@link InvalidArgumentError} if an option is out of range, there is no file, or `decode`
 *   gives no image for the first one.
 * @throws {@link DataFormatError} if the first file is broken.
 * @example
 * ```ts
 * import {imageDataset} from 'lt-robust/data';
 *
 * const grey = (value: number) => ({width: 1, height: 1, data: new Uint8Array(4).fill(value)});
 * const files = [0, 51].map((value, label) => ({
 *   name: `${value}.raw`,
 *   label,
 *   read: () => Uint8Array.of(value),
 * }));
 * const data = await imageDataset(files, {
 *   classNames: ['dark', 'bright'],
 *   channels: 1,
 *   decode: ([value = 0]) => grey(value),
 * });
 * const {x} = await data.batch([1, 0]);
 * x.dataSync(); // => [0.2, 0]
 * ```
 */
export async function imageDataset(
  files: readonly ImageFile[],
  options: ImageDatasetOptions,
): Promise<Dataset<tf.Tensor4D>> {
  const where = 'imageDataset';
  const settings = withDefaults(where, DEFAULTS, options);
  const {classNames, channels, cacheBytes, decode} = settings;
  checkNumber(where, 'cacheBytes', cacheBytes, {min: 0});
  checkChannels(where, channels);
  checkNames(where, classNames);
  const numClasses = classNames.length;
  const areFiles = Array.isArray(files) && Array.from(files as readonly unknown[]).every(isFile);
  const expected = 'be a list of {name, label, read}';
  checkGiven(where, 'files', files, areFiles, expected, 'See ImageFile.');
  const labels = files.map(({label}) => label);
  checkLabelArray(where, labels, numClasses);
  const load = async (file: ImageFile): Promise<DecodedImage> => {
    const image = await decode(await file.read(), file.name);
    checkDecoded(where, file.name, image); // the decoder may be the caller's
    return image;
  };
  const {height, width} = await load(itemAt(files, 0));
  return decodedDataset({
    shape: [height, width, channels],
    labels: Int32Array.from(labels),
    numClasses,
    classNames,
    cacheBytes,
    async load(index) {
      const file = itemAt(files, index);
      const image = await load(file);
      checkSameSize(file.name, image, height, width);
      return channels === 3 ? colours(image) : luma(image);
    },
  });
}

// That they are strings was checked with the other options.
function checkNames(
  where: string,
  classNames: readonly string[] | undefined,
): asserts classNames is readonly string[] {
  const areNames = classNames !== undefined && classNames.length > 0;
  const expected = 'be an array of strings, the name of each class';
  const remedy = 'Labels are positions in it: name every class, also those without examples.';
  checkGiven(where, 'classNames', classNames, areNames, expected, remedy);
}

function checkChannels(where: string, channels: unknown): void {
  if (channels === 1 || channels === 3) return;
  throw new InvalidArgumentError({
    where,
    argument: 'channels',
    expected: 'be 1 or 3',
    found: typeof channels === 'number' ? String(channels) : describeValue(channels),
    remedy: 'Pass 3 for colour images, 1 for grey ones.',
  });
}

function checkSameSize(source: string, image: DecodedImage, height: number, width: number): void {
  if (image.height === height && image.width === width) return;
  throw new DataFormatError({
    source,
    offset: 0,
    expected: `an image of ${height} x ${width} pixels, as the first one is`,
    found: `${image.height} x ${image.width}`,
  });
}

function colours(image: DecodedImage): Uint8Array {
  const values = new Uint8Array(3 * image.width * image.height);
  eachPixel(image, (pixel, red, green, blue) => {
    values[3 * pixel] = red;
    values[3 * pixel + 1] = green;
    values[3 * pixel + 2] = blue;
  });
  return values;
}

// 0.299 red + 0.587 green + 0.114 blue in 16-bit fixed point, rounded.
function luma(image: DecodedImage): Uint8Array {
  const values = new Uint8Array(image.width * image.height);
  eachPixel(image, (pixel, red, green, blue) => {
    values[pixel] = (red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16;
  });
  return values;
}

// Grey is all three colours.
function eachPixel(
  {data, channels = 4}: DecodedImage,
  use: (pixel: number, red: number, green: number, blue: number) => void,
): void {
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  // There are enough bytes: checked above.
  for (let pixel = 0, start = 0; start < data.length; pixel++, start += channels) {
    use(pixel, data[start] ?? NaN, data[start + green] ?? NaN, data[start + blue] ?? NaN);
  }
}

const isFile = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof (value as ImageFile).read === 'function';
