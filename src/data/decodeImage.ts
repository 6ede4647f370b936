import {checkText} from '../core/checks/checkForm';
import {checkBytes} from '../core/checks/checkGiven';
import {DataFormatError, InvalidArgumentError} from '../core/errors';
import {isRgbJpeg} from './jpegColours';
import {pngPixelData, withoutColourKey} from './pngChunks';

/** An image as decoded: the values of each pixel, row after row. */
export interface DecodedImage {
  /** Pixels in a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /**
   * Values of each pixel: 1 is grey, 2 grey and opacity, 3 red, green and blue, 4 these and opacity.
   * @defaultValue 4
   */
  readonly channels?: 1 | 2 | 3 | 4 | undefined;
  /** One byte for each channel of each pixel: `channels * width * height` of them. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** An image as {@link decodeImage} gives it: red, green, blue and opacity of each pixel. */
export interface RgbaImage extends DecodedImage {
  /** Four, unless it is left out, which is the same. */
  readonly channels?: 4 | undefined;
  /** Four bytes for each pixel. */
  readonly data: Uint8Array;
}

/**
 * Decodes the bytes of an image file. An `ImageData` of a canvas is a result, and so is
 * `{...info, data}` of what sharp's `raw().toBuffer({resolveWithObject: true})` gives.
 */
export type ImageDecoder = (
  bytes: Uint8Array,
  source: string,
) => DecodedImage | Promise<DecodedImage>;

// 4096 x 4096: a header may claim any size.
const MAX_PIXELS = 2 ** 24;
// A decoder keeps coefficients besides the pixels themselves.
const JPEG_MEGABYTES = 512;

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG_SIGNATURE = [0xff, 0xd8, 0xff];
// Values of a pixel by PNG's colour type: grey, colour, palette, and both with opacity.
const CHANNELS: Readonly<Record<number, number>> = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4};

/**
 * Decodes a PNG or JPEG file in JavaScript, with the packages `pngjs` (Node) and `jpeg-js`, which
 * are loaded at the first image of their kind and have to be installed alongside this package. JPEG
 * pixels may differ by a few levels of 255 from those of libjpeg.
 *
 * @param bytes - The whole file, an image of at most 2²⁴ pixels.
 * @param source - Its name, for error messages.
 * @returns Width, height, and four bytes for each pixel: red, green, blue and opacity.
 * @throws {@link DataFormatError} if it is of neither format, too large, cut short or garbled.
 * @throws {@link InvalidArgumentError} if the decoder is not installed.
 * @example
 * ```ts
 * import {decodeImage} from 'lt-robust/data';
 *
 * const text =
 *   'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4AWP4zwAE/wEHAAH/EFMdqwAAAABJRU5ErkJg' +
 *   'gg==';
 * const image = await decodeImage(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
 * image.data; // => [255, 0, 0, 255, 0, 0, 255, 255]
 * ```
 */
export async function decodeImage(bytes: Uint8Array, source = 'image'): Promise<RgbaImage> {
  checkBytes('decodeImage', 'bytes', bytes);
  checkText('decodeImage', 'source', source);
  if (startsWith(bytes, PNG_SIGNATURE)) return decodePng(bytes, source);
  if (startsWith(bytes, JPEG_SIGNATURE)) return decodeJpeg(bytes, source);
  throw new DataFormatError({
    source,
    offset: 0,
    expected: 'a PNG or JPEG image',
    found: `bytes that begin with 0x${Array.from(bytes.subarray(0, 4), hex).join('')}`,
  });
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

const startsWith = (bytes: Uint8Array, signature: readonly number[]): boolean =>
  signature.every((byte, i) => bytes[i] === byte);

async function decodePng(bytes: Uint8Array, source: string): Promise<RgbaImage> {
  const HEADER_BYTES = 33;
  if (bytes.length < HEADER_BYTES) {
    throw broken(source, bytes.length, 'a PNG header', 'the end of the file');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  checkSize(source, 16, width, height);
  await checkPixels(bytes, source, width, height);
  const {PNG} = await optional('pngjs', () => import('pngjs'));
  return decoding(source, bytes.length, () => {
    const {data} = PNG.sync.read(Buffer.from(withoutColourKey(bytes)));
    return {width, height, data};
  });
}

async function decodeJpeg(bytes: Uint8Array, source: string): Promise<RgbaImage> {
  const {default: jpeg} = await optional('jpeg-js', () => import('jpeg-js'));
  return decoding(source, bytes.length, () =>
    jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: true,
      tolerantDecoding: false,
      maxResolutionInMP: MAX_PIXELS / 1e6,
      maxMemoryUsageInMB: JPEG_MEGABYTES,
      // By itself the decoder takes three components for transformed ones.
      ...(isRgbJpeg(bytes) ? {colorTransform: false} : {}),
    }),
  );
}

/*
 * Throws if an image unpacks to too few bytes, or an interlaced one to too many. The decoder fills
 * what is missing with whatever memory holds, unless the image is interlaced; it bounds other images
 * by their header, and interlaced ones not at all. Eight bytes a pixel are the most that the format
 * has; filter bytes and rounding add less than one.
 */
async function checkPixels(
  bytes: Uint8Array,
  source: string,
  width: number,
  height: number,
): Promise<void> {
  const isInterlaced = bytes[28] === 1;
  const limit = 9 * width * height + 1024;
  const bits = (bytes[24] ?? 0) * (CHANNELS[bytes[25] ?? 0] ?? 0);
  const least = isInterlaced ? Infinity : (Math.ceil((width * bits) / 8) + 1) * height;
  const stream = new Blob(pngPixelData(bytes))
    .stream()
    .pipeThrough(new DecompressionStream('deflate'));
  const reader = stream.getReader();
  let size = 0;
  try {
    while (size < least) {
      const {done, value} = await reader.read();
      if (done) break;
      size += value.length;
      if (isInterlaced && size > limit) {
        throw broken(source, bytes.length, `at most ${limit} bytes of pixels`, 'more');
      }
    }
  } catch (error) {
    if (error instanceof DataFormatError) throw error;
    throw broken(source, bytes.length, 'an intact image', String(error));
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (isInterlaced || size >= least) return;
  throw broken(source, bytes.length, `${least} bytes of pixels`, `${size}`);
}

function checkSize(source: string, offset: number, width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= MAX_PIXELS) return;
  throw broken(source, offset, `an image of 1 to ${MAX_PIXELS} pixels`, `${width} x ${height}`);
}

function decoding(source: string, length: number, decode: () => RgbaImage): RgbaImage {
  let image: RgbaImage;
  try {
    image = decode();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw broken(source, length, 'an intact image up to its end', `a broken one (${message})`);
  }
  checkSize(source, length, image.width, image.height);
  if (image.data.length === 4 * image.width * image.height) return image;
  throw broken(source, length, 'four bytes for each pixel', `${image.data.length} bytes`);
}

const broken = (source: string, offset: number, expected: string, found: string): DataFormatError =>
  new DataFormatError({source, offset, expected, found});

/** Loads a package that the user has to install. */
async function optional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new InvalidArgumentError({
      where: 'decodeImage',
      argument: 'bytes',
      expected: `be of a format whose decoder is installed, here the package ${name}`,
      found: error instanceof Error ? error.message : String(error),
      remedy: `Run "npm install ${name}", or pass a decoder of your own.`,
    });
  }
}
