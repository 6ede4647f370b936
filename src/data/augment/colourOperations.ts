import type {ByteImage} from './byteImages';

/*
 * Changes of colour, on bytes, in the arithmetic of torchvision's v2 operations: products in
 * float32, then cut off (not rounded) to a byte.
 */

const {fround} = Math;

/** The same change of every value: table[value]. */
function byTable(image: ByteImage, table: Uint8Array): ByteImage {
  const {data} = image;
  for (let i = 0; i < data.length; i++) data[i] = table[data[i] as number] as number;
  return image;
}

const tableOf = (value: (byte: number) => number): Uint8Array =>
  Uint8Array.from({length: 256}, (_, byte) => value(byte));

const clamped = (value: number): number => Math.trunc(Math.min(255, Math.max(0, value)));

/** Multiplies every value by `factor`. */
export function brightness(image: ByteImage, factor: number): ByteImage {
  const scale = fround(factor);
  return byTable(
    image,
    tableOf((byte) => clamped(fround(byte * scale))),
  );
}

// Weights of red, green and blue in a grey value.
const RED = fround(0.2989);
const GREEN = fround(0.587);
const BLUE = fround(0.114);

function greyAt({data, channels}: ByteImage, pixel: number): number {
  const at = pixel * channels;
  if (channels === 1) return data[at] as number;
  const red = fround((data[at] as number) * RED);
  const redAndGreen = fround(red + (data[at + 1] as number) * GREEN);
  return Math.floor(fround(redAndGreen + (data[at + 2] as number) * BLUE));
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
      data[i] = blended(data[i] as number, grey, scale, rest);
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

/**
 * Moves every value from the mean of its 3x3 neighbourhood, itself counted five times (factor 0),
 * to itself (1) and beyond. The outermost pixels stay.
 */
export function sharpness(image: ByteImage, factor: number): ByteImage {
  const {data, height, width, channels} = image;
  if (height <= 2 || width <= 2) return image;
  const rest = fround(1 - factor);
  const row = width * channels;
  const old = data.slice();
  const at = (i: number): number => old[i] as number;
  const triple = (i: number): number => at(i - channels) + at(i) + at(i + channels);
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + channels; i < (y + 1) * row - channels; i++) {
      const sum = triple(i - row) + triple(i) + triple(i + row) + 4 * at(i);
      // A thirteenth of a whole number is never halfway between two.
      const smooth = Math.round(sum / 13);
      data[i] = clamped(fround(at(i) + (smooth - at(i)) * rest));
    }
  }
  return image;
}

/** Keeps the highest `bits` bits of every value. */
export function posterize(image: ByteImage, bits: number): ByteImage {
  const mask = ((1 << bits) - 1) << (8 - bits);
  return byTable(
    image,
    tableOf((byte) => byte & mask),
  );
}

/** Inverts the values of at least `threshold`. */
export function solarize(image: ByteImage, threshold: number): ByteImage {
  const border = fround(threshold);
  return byTable(
    image,
    tableOf((byte) => (byte >= border ? 255 - byte : byte)),
  );
}

/** Inverts every value. */
export const invert = (image: ByteImage): ByteImage => solarize(image, 0);

/** Stretches each channel so that its least value becomes 0 and its greatest 255. */
export function autoContrast(image: ByteImage): ByteImage {
  return byChannel(image, (histogram) => {
    const least = histogram.findIndex((count) => count > 0);
    const greatest = histogram.findLastIndex((count) => count > 0);
    if (least === greatest) return undefined;
    const step = fround((greatest - least) * fround(1 / 255));
    return tableOf((byte) => clamped(fround((byte - least) / step)));
  });
}

/** Makes the values of each channel about equally frequent, as Pillow does. */
export function equalize(image: ByteImage): ByteImage {
  const pixels = image.height * image.width;
  return byChannel(image, (histogram) => {
    const greatest = histogram.findLastIndex((count) => count > 0);
    const step = Math.floor((pixels - (histogram[greatest] as number)) / 255);
    if (step === 0) return undefined;
    let below = Math.floor(step / 2);
    return Uint8Array.from(histogram, (count) => {
      const value = Math.min(255, Math.floor(below / step));
      below += count;
      return value;
    });
  });
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
      const value = data[i] as number;
      histogram[value] = (histogram[value] as number) + 1;
    }
    const table = tableFor(histogram);
    if (table === undefined) continue;
    for (let i = channel; i < data.length; i += channels) {
      data[i] = table[data[i] as number] as number;
    }
  }
  return image;
}
