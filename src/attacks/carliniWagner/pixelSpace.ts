import * as tf from '@tensorflow/tfjs-core';

import type {ThreatModel} from '../../core/threatModel';

// Keeps atanh finite at black and white; Foolbox's value.
const INSIDE = 0.999999;

/** The unbounded variable that the attack moves, and the pixels that it stands for. */
export interface PixelSpace {
  readonly min: number;
  readonly max: number;
  /** Half of the range, by which the slope of tanh is multiplied. */
  readonly half: number;
  /** `tanh(u)` in the range of the pixels; call it in a `tf.tidy`. */
  toPixels<I extends tf.Tensor>(u: I): I;
  /** Its inverse, in double precision: some backends lack atanh. */
  fromPixels(pixels: Float32Array): Float32Array;
}

/** The pixels of a range, [0, 1] for `null`. */
export function pixelSpace(clip: ThreatModel['clip']): PixelSpace {
  const [min, max] = clip ?? [0, 1];
  const [middle, half] = [(min + max) / 2, (max - min) / 2];
  return {
    ...{min, max, half},
    toPixels: <I extends tf.Tensor>(u: I) =>
      tf.clipByValue<I>(tf.add<I>(tf.mul(tf.tanh(u), half), middle), min, max),
    fromPixels: (pixels) =>
      Float32Array.from(pixels, (pixel) => Math.atanh((INSIDE * (pixel - middle)) / half)),
  };
}

/**
 * Steps that each example is given before its progress is judged. Pixels at black or white start at
 * the flat ends of tanh, and Adam moves them by its learning rate a step: until then the objective
 * stands still.
 *
 * @param clean - Pixels of all examples.
 * @param batchSize - How many examples these are.
 * @param clip - Their range.
 * @param learningRate - Of Adam.
 * @returns `[batch]`; 0 where at most half of the pixels are black or white.
 */
export function patienceOf(
  clean: Float32Array,
  batchSize: number,
  clip: ThreatModel['clip'],
  learningRate: number,
): Float64Array {
  const {min, max} = pixelSpace(clip);
  const size = clean.length / batchSize;
  const edge = 1e-3 * (max - min);
  return Float64Array.from({length: batchSize}, (_, position) => {
    const pixels = clean.subarray(position * size, (position + 1) * size);
    const flat = pixels.filter((pixel) => pixel < min + edge || pixel > max - edge);
    return 2 * flat.length > size ? Math.atanh(INSIDE) / learningRate : 0;
  });
}
