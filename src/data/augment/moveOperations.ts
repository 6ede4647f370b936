import {byteAt, numberAt} from '../../core/at';
import type {ByteImage} from './byteImages';

/*
 * Shifts, shears and rotations, on bytes, as torchvision's v2 operations do them: each pixel of
 * the result is the nearest one of the source, black where that lies outside.
 */

/** Source = matrix · (x, y, 1), both counted from the middle of the image. */
type Affine = readonly [xx: number, xy: number, x: number, yx: number, yy: number, y: number];

function move(image: ByteImage, [xx, xy, x0, yx, yy, y0]: Affine): ByteImage {
  const {data, height, width, channels} = image;
  const moved = new Uint8Array(data.length);
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  let target = 0;
  for (let row = 0; row < height; row++) {
    const v = row - middleY;
    for (let column = 0; column < width; column++, target += channels) {
      const u = column - middleX;
      const x = nearest(xx * u + xy * v + x0 + middleX);
      const y = nearest(yx * u + yy * v + y0 + middleY);
      if (x < 0 || x >= width || y < 0 || y >= height) continue;
      const source = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) {
        moved[target + channel] = byteAt(data, source + channel);
      }
    }
  }
  return {...image, data: moved};
}

// The matrices were computed in double precision; a value this close to a half is meant to be one.
const CLOSE = 1e-5;

const isHalf = (value: number): boolean => Math.abs(value - Math.floor(value) - 0.5) <= 2 * CLOSE;

/** To the nearest whole number, halves to the even one. */
function nearest(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (Math.abs(rest - 0.5) > CLOSE) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** Shifts to the right by the whole part of `pixels`. */
export const translateX = (image: ByteImage, pixels: number): ByteImage =>
  moveRows(image, () => -Math.trunc(pixels), 0);

/** Shifts down by the whole part of `pixels`. */
export const translateY = (image: ByteImage, pixels: number): ByteImage =>
  moveRows(image, () => 0, -Math.trunc(pixels));

/** Whole rows: row y of the result is row y + `down` of the source, from `across` columns on. */
function moveRows(image: ByteImage, across: (row: number) => number, down: number): ByteImage {
  const {data, height, width, channels} = image;
  const moved = new Uint8Array(data.length);
  for (let row = Math.max(0, -down); row < Math.min(height, height - down); row++) {
    const shift = across(row);
    const from = Math.max(0, shift);
    const to = Math.min(width, width + shift);
    if (from >= to) continue;
    const source = (row + down) * width;
    const part = data.subarray((source + from) * channels, (source + to) * channels);
    moved.set(part, (row * width + from - shift) * channels);
  }
  return {...image, data: moved};
}

/** Shears along x: row y comes from `amount` · y further right, y counted from the upper edge. */
export function shearX(image: ByteImage, amount: number): ByteImage {
  const {height} = image;
  const shifts = Array.from({length: height}, (_, row) => {
    return amount * (row - (height - 1) / 2) + (amount * height) / 2;
  });
  // Where a row stands halfway between two columns, the even one is taken, now left, now right.
  if (shifts.some(isHalf)) return move(image, [1, amount, (amount * height) / 2, 0, 1, 0]);
  const whole = shifts.map(nearest);
  return moveRows(image, (row) => numberAt(whole, row), 0);
}

/** Shears along y: column x comes from `amount` · x further down, x counted from the left edge. */
export const shearY = (image: ByteImage, amount: number): ByteImage =>
  move(image, [1, 0, 0, amount, 1, (amount * image.width) / 2]);

/** Rotates about the middle, counter-clockwise. */
export function rotate(image: ByteImage, degrees: number): ByteImage {
  if (degrees === 0) return image;
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return move(image, [cos, -sin, 0, sin, cos, 0]);
}
