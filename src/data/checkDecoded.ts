import {hasParts} from '../core/checks/checkGiven';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import type {DecodedImage} from './decodeImage';

/**
 * Throws unless a decoder gave an image: with a byte missing, each pixel after it would be another.
 *
 * @param where - Public function, for the message.
 * @param file - Name of the file that was decoded, for the message.
 * @param image - What the decoder gave, anything.
 * @throws {@link InvalidArgumentError} if it is no image, or `data` is of another length.
 */
export function checkDecoded(where: string, file: string, image: DecodedImage): void {
  const found = mistakeIn(image);
  if (found === undefined) return;
  throw new InvalidArgumentError({
    where,
    argument: 'decode',
    expected: 'give {width, height, channels, data}, with one byte for each channel of each pixel',
    found: `${found} for ${file}`,
    remedy: `${channelsRemedy(image)}See DecodedImage.`,
  });
}

const isWhole = (length: unknown): boolean => Number.isInteger(length) && Number(length) >= 1;

const isBytes = (data: unknown): boolean =>
  // By tag, so that arrays of another realm and Node's Buffer are recognised.
  /^\[object Uint8(Clamped)?Array\]$/.test(Object.prototype.toString.call(data));

function mistakeIn(image: DecodedImage): string | undefined {
  if (!hasParts(image, 'data')) return describeValue(image);
  const {width, height, channels = 4, data} = image;
  if (!isWhole(width)) return `width ${describeValue(width)}`;
  if (!isWhole(height)) return `height ${describeValue(height)}`;
  if (![1, 2, 3, 4].includes(channels)) return `channels ${describeValue(channels)}`;
  if (!isBytes(data)) return `${describeValue(data)} as data`;
  if (data.length === channels * width * height) return undefined;
  return `${data.length} bytes of width ${width}, height ${height} and ${channels} channels`;
}

function channelsRemedy(image: DecodedImage): string {
  if (!hasParts(image, 'data') || image.channels !== undefined) return '';
  const channels = image.data.length / (image.width * image.height);
  return [1, 2, 3].includes(channels)
    ? `Without channels there are 4 of them: add channels: ${channels}. `
    : '';
}
