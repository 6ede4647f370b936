import type * as tf from '@tensorflow/tfjs-core';

import type {Rng} from '../../core/rng';
import type {Problem} from '../verdict/problem';
import {allOffsets, drawWindow, pixelOffsets, type ImageShape} from './images';
import type {Moves} from './moves';
import {lengthOf, squarePattern, startTiles, type Pattern} from './pattern';
import {placementOf} from './placement';
import {refill} from './refill';
import {windowFraction, windowSide, type SquareSchedule} from './schedule';

// Keeps the division finite where nothing is changed.
const TINY_NORM = 1e-12;
// A length off by less than this is off by the rounding of pixels: nothing outside the windows moves.
const ROUNDING = 1e-7;

const signOf = (stream: Rng): number => (stream.uniform() < 0.5 ? -1 : 1);

/** Every channel of some pixels. */
const placesOf = (offsets: Int32Array, channels: number): Int32Array =>
  Int32Array.from({length: offsets.length * channels}, (_, i) => {
    return (offsets[Math.floor(i / channels)] as number) + (i % channels);
  });

/**
 * The moves of the L2 attack: tiles of its pattern first, then the change in one window is taken
 * away and spent, with what is left of epsilon, on another.
 *
 * @param problem - What is attacked.
 * @param clean - The values of its images.
 * @param shape - Of its images; at least 5 pixels high.
 * @param schedule - Sizes of the windows.
 * @param rng - Of this restart.
 * @see Andriushchenko et al. 2020, Square Attack, Alg. 3.
 */
export function l2Moves(
  problem: Problem<tf.Tensor4D>,
  clean: Float32Array,
  shape: ImageShape,
  schedule: SquareSchedule,
  rng: Rng,
): Moves {
  const {height, width, channels} = shape;
  const {threat, levels, ids} = problem;
  const {difference, move} = placementOf(threat.clip, levels);
  const everywhere = allOffsets(shape);
  const everyPlace = placesOf(everywhere, channels);
  const size = everyPlace.length;
  const centerOf = (row: number) => clean.subarray(row * size, (row + 1) * size);
  const radiusOf = (row: number): number =>
    typeof threat.epsilon === 'number' ? threat.epsilon : (threat.epsilon[row] as number);
  const scaled = (changes: Float64Array, radius: number, length = lengthOf(changes)) =>
    changes.map((change) => (change * radius) / (length + TINY_NORM));

  const tiles = tilesOf(shape, rng.fork('tiles'));
  const patterns = new Map<string, Pattern>();
  const patternOf = (side: number, transposed: boolean): Pattern => {
    const key = `${side} ${transposed}`;
    const pattern = patterns.get(key) ?? squarePattern(side, transposed);
    patterns.set(key, pattern);
    return pattern;
  };

  return {
    start(row) {
      const stream = rng.fork('start').fork(ids[row] as number);
      const changes = new Float64Array(size);
      for (const {pattern, top, left} of tiles) {
        for (let channel = 0; channel < channels; channel++) {
          const sign = signOf(stream);
          pattern.values.forEach((value, i) => {
            const y = top + Math.floor(i / pattern.width);
            const x = left + (i % pattern.width);
            // The published code stops with an error where a tile crosses the border.
            if (y < height && x < width)
              changes[(y * width + x) * channels + channel] = sign * value;
          });
        }
      }
      const image = new Float32Array(size);
      const radius = radiusOf(row);
      move(image, centerOf(row), everyPlace, scaled(changes, radius), radius * radius);
      return image;
    },

    change(iteration) {
      const stream = rng.fork(iteration);
      const side = windowSide(windowFraction(iteration, schedule), 'l2', height, width);
      const filled = pixelOffsets(drawWindow(stream, side, shape), shape);
      const other = pixelOffsets(drawWindow(stream, side, shape), shape);
      const pattern = patternOf(side, stream.uniform() < 0.5).values;
      const windows = {filled: filled.length, channels, pattern};
      const isFilled = new Set(filled);
      const touched = Int32Array.from([...filled, ...other.filter((o) => !isFilled.has(o))]);
      const places = placesOf(touched, channels);

      return (row, best, candidate) => {
        const center = centerOf(row);
        const radius = radiusOf(row);
        const own = stream.fork(ids[row] as number);
        const differenceAt = (i: number): number =>
          difference(best[i] as number, center[i] as number);
        let total = 0;
        for (let i = 0; i < size; i++) total += differenceAt(i) ** 2;
        const changes = Float64Array.from(places, differenceAt);
        const signs = Array.from({length: channels}, () => signOf(own));
        const {before, after} = refill(changes, windows, radius * radius - total, signs);
        const outside = Math.max(total - before, 0);
        const length = Math.sqrt(outside + after);
        if (Math.abs(radius / (length + TINY_NORM) - 1) <= ROUNDING) {
          move(candidate, center, places, changes, radius * radius - outside);
          return touched;
        }
        const all = Float64Array.from(everyPlace, differenceAt);
        places.forEach((place, i) => (all[place] = changes[i] as number));
        move(candidate, center, everyPlace, scaled(all, radius, length), radius * radius);
        return everywhere;
      };
    },
  };
}

function tilesOf({height, width}: ImageShape, stream: Rng) {
  const {side, first, rows, columns} = startTiles(height, width);
  return Array.from({length: rows * columns}, (_, i) => ({
    pattern: squarePattern(side, stream.uniform() < 0.5),
    top: first + Math.floor(i / columns) * side,
    left: first + (i % columns) * side,
  }));
}
