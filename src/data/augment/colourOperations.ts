import {byteAt, intAt} from '../../core/at';
import type {ByteImage} from './byteImages';

/*
 * Changes of colour, on bytes, in the arithmetic of torchvision's v2 operations: products in
 * float32, then cut off (not rounded) to a byte.
 */

const {fround} = Math;

/** The same change of every value: table[value]. */
function byTable(image: ByteImage, table: Uint8Array): ByteImage {
  const {data} = image;
  for (let i = 0; i < data.length; i++) data[i] = byteAt(table, byteAt(data, i));
  return image;
}

function tableOf(value: (byte: number) => number): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) table[byte] = value(byte);
  return table;
}

/**
 * Keeps tables that depend on a number alone: RandAugment asks for the same few again and again.
 */
function remembered(tableFor: (strength: number) => Uint8Array): (strength: number) => Uint8Array {
  const known = new Map<number, Uint8Array>();
  return (strength) => {
    const found = known.get(strength);
    if (found !== undefined) return found;
    if (known.size >= MOST_TABLES) known.clear();
    const table = tableFor(strength);
    known.set(strength, table);
    return table;
  };
}

const MOST_TABLES = 64;

const clamped = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : value | 0);

const brightnessTable = remembered((factor) => {
  const scale = fround(factor);
  return tableOf((byte) => clamped(fround(byte * scale)));
});

/** Multiplies every value by `factor`. */
export const brightness = (image: ByteImage, factor: number): ByteImage =>
  byTable(image, brightnessTable(factor));

// Weights of red, green and blue in a grey value.
const RED = fround(0.2989);
const GREEN = fround(0.587);
const BLUE = fround(0.114);

function greyAt({data, channels}: ByteImage, pixel: number): number {
  const at = pixel * channels;
  if (channels === 1) return byteAt(data, at);
  const red = fround(byteAt(data, at) * RED);
  const redAndGreen = fround(red + byteAt(data, at + 1) * GREEN);
  return Math.floor(fround(redAndGreen + byteAt(data, at + 2) * BLUE));
}

// factor · value + (1 − factor) · other; the second product is added before it is rounded.
const blended = (value: number, other: number, factor: number, rest: number): number =>
  clamped(fround(fround(value * factor) + other * rest));

/** Moves every pixel from its grey value (factor 0) to itself (1) and beyond. */
export function saturation(image: ByteImage, factor: number): ByteImage {
  const {data, height, width, channels} = image;
  if (channels === 1) return image;
  const [scale, rest] = [fround(factor), fround(1 - factor)];
  for (let pixel = 0; pixel < height * width; pixel++) {
    const grey = greyAt(image, pixel);
    for (let i = pixel * channels; i < (pixel + 1) * channels; i++) {
      data[i] = blended(byteAt(data, i), grey, scale, rest);
    }
  }
  return image;
}

/** Moves every value from the mean grey value of the image (factor 0) to itself and beyond. */
export function contrast(image: ByteImage, factor: number): ByteImage {
  const {height, width} = image;
  const pixels = height * width;
  let sum = 0;
  for (let pixel = 0; pixel < pixels; pixel++) sum += greyAt(image, pixel);
  const mean = fround(sum / pixels);
  const [scale, rest] = [fround(factor), fround(1 - factor)];
  return byTable(
    image,
    tableOf((byte) => blended(byte, mean, scale, rest)),
  );
}

// A thirteenth of a whole number is never halfway between two.
const thirteenths = Uint8Array.from({length: 13 * 255 + 1}, (_, sum) => Math.round(sum / 13));

const shortAt = (values: Uint16Array, index: number): number => values[index] ?? NaN;

/**
 * Moves every value from the mean of its 3x3 neighbourhood, itself counted five times (factor 0),
 * to itself (1) and beyond. The outermost pixels stay.
 */
export function sharpness(image: ByteImage, factor: number): ByteImage {
  const {data, height, width, channels} = image;
  if (height <= 2 || width <= 2) return image;
  const rest = fround(1 - factor);
  const row = width * channels;
  // Sums of three values side by side, of every row.
  const triples = new Uint16Array(data.length);
  for (let i = channels; i < data.length - channels; i++) {
    triples[i] = byteAt(data, i - channels) + byteAt(data, i) + byteAt(data, i + channels);
  }
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + channels; i < (y + 1) * row - channels; i++) {
      // Read here before it is written; its neighbours are in the sums.
      const value = byteAt(data, i);
      const around = shortAt(triples, i - row) + shortAt(triples, i) + shortAt(triples, i + row);
      const smooth = byteAt(thirteenths, around + 4 * value);
      data[i] = clamped(fround(value + (smooth - value) * rest));
    }
  }
  return image;
}

const posterizeTable = remembered((bits) => {
  const mask = ((1 << bits) - 1) << (8 - bits);
  return tableOf((byte) => byte & mask);
});

/** Keeps the highest `bits` bits of every value. */
export const posterize = (image: ByteImage, bits: number): ByteImage =>
  byTable(image, posterizeTable(bits));

const solarizeTable = remembered((threshold) => {
  const border = fround(threshold);
  return tableOf((byte) => (byte >= border ? 255 - byte : byte));
});

/** Inverts the values of at least `threshold`. */
export const solarize = (image: ByteImage, threshold: number): ByteImage =>
  byTable(image, solarizeTable(threshold));

/** Inverts every value. */
export const invert = (image: ByteImage): ByteImage => solarize(image, 0);

/** Stretches each channel so that its smallest value becomes 0 and its largest 255. */
export function autoContrast(image: ByteImage): ByteImage {
  return byChannel(image, (histogram) => {
    const [least, greatest] = rangeOf(histogram);
    if (least === greatest) return undefined;
    const step = fround((greatest - least) * fround(1 / 255));
    return tableOf((byte) => clamped(fround((byte - least) / step)));
  });
}

/** Makes the values of each channel about equally frequent, as Pillow does. */
export function equalize(image: ByteImage): ByteImage {
  const pixels = image.height * image.width;
  return byChannel(image, (histogram) => {
    const [, greatest] = rangeOf(histogram);
    const step = Math.floor((pixels - intAt(histogram, greatest)) / 255);
    if (step === 0) return undefined;
    let below = Math.floor(step / 2);
    return tableOf((byte) => {
      const value = Math.min(255, Math.floor(below / step));
      below += intAt(histogram, byte);
      return value;
    });
  });
}

// The smallest and the largest value that occur.
function rangeOf(histogram: Int32Array): [least: number, greatest: number] {
  let [least, greatest] = [0, 255];
  while (histogram[least] === 0) least++;
  while (histogram[greatest] === 0) greatest--;
  return [least, greatest];
}

// A table for each channel from its histogram; without a table the channel stays.
function byChannel(
  image: ByteImage,
  tableFor: (histogram: Int32Array) => Uint8Array | undefined,
): ByteImage {
  const {data, channels} = image;
  for (let channel = 0; channel < channels; channel++) {
    const histogram = new Int32Array(256);
    for (let i = channel; i < data.length; i += channels) {
      const value = byteAt(data, i);
      histogram[value] = intAt(histogram, value) + 1;
    }
    const table = tableFor(histogram);
    if (table === undefined) continue;
    for (let i = channel; i < data.length; i += channels) {
      data[i] = byteAt(table, byteAt(data, i));
    }
  }
  return image;
}
