import {encode} from 'fast-png';

import {at} from '../core/at';

/** An image as plain numbers, as `Dataset` batches have them. */
export interface PixelImage {
  /** Values of `[height, width, channels]`, row-major. */
  readonly pixels: ArrayLike<number>;
  /** Height, width and channels: 1 for grey, 3 for colour, 4 with opacity. */
  readonly shape: readonly [height: number, width: number, channels: number];
}

const CHANNELS = [1, 3, 4];

/** Whether a picture can have this shape: one that `encodePng` takes. */
export const isPicture = (shape: readonly number[]): shape is PixelImage['shape'] =>
  shape.length === 3 && CHANNELS.includes(at(shape, 2));

/** The bytes of an image: 0 for the smallest value of the range, 255 for the largest. */
export function bytesOf({pixels}: PixelImage, range: readonly [number, number]): Uint8Array {
  const scale = 255 / (range[1] - range[0]);
  return Uint8Array.from({length: pixels.length}, (_, i) =>
    Math.round(Math.min(255, Math.max(0, (at(pixels, i) - range[0]) * scale))),
  );
}

/** An image, each pixel a square of `scale` pixels. */
export function enlarged(image: PixelImage, scale: number): PixelImage {
  if (scale === 1) return image;
  const [height, width, channels] = image.shape;
  const pixels = new Float32Array(height * scale * width * scale * channels);
  let written = 0;
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      for (let c = 0; c < channels; c++) pixels[written++] = at(image.pixels, from + c);
    }
  }
  return {pixels, shape: [height * scale, width * scale, channels]};
}

/**
 * Images of one shape side by side, with a margin between.
 *
 * @param images - At least one.
 * @param margin - Width of the gap, in pixels.
 * @param background - Value of the gap.
 */
export function sideBySide(
  images: readonly PixelImage[],
  margin: number,
  background: number,
): PixelImage {
  const [height, width, channels] = at(images, 0).shape;
  const total = images.length * width + (images.length - 1) * margin;
  const pixels = new Float32Array(height * total * channels).fill(background);
  images.forEach((image, i) => {
    for (let y = 0; y < height; y++) {
      const row = Array.from({length: width * channels}, (_, x) => {
        return at(image.pixels, y * width * channels + x);
      });
      pixels.set(row, (y * total + i * (width + margin)) * channels);
    }
  });
  return {pixels, shape: [height, total, channels]};
}

/**
 * A perturbation made visible: grey where nothing changed, black and white where a channel changed
 * as much as the most changed one.
 */
export function differenceImage(clean: PixelImage, perturbed: PixelImage): PixelImage {
  const difference = Float32Array.from(
    {length: clean.pixels.length},
    (_, i) => at(perturbed.pixels, i) - at(clean.pixels, i),
  );
  const most = difference.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  return {pixels: difference.map((value) => 0.5 + value / (2 * most)), shape: clean.shape};
}

/** The bytes of a PNG file with 8 bits a channel. */
export function encodePng(
  image: PixelImage,
  range: readonly [number, number] = [0, 1],
): Uint8Array {
  const [height, width, channels] = image.shape;
  return encode({data: bytesOf(image, range), width, height, channels, depth: 8});
}

/** A PNG as a `data:` address, to be put into a page. */
export function pngAddress(image: PixelImage, range?: readonly [number, number]): string {
  let text = '';
  for (const byte of encodePng(image, range)) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}
