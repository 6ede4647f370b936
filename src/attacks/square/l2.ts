import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {Rng} from '../../core/rng';
import {epsilonAt} from '../../core/threatModel';
import type {Problem} from '../search/problem';
import {drawWindow, entriesOf, type ImageShape} from './images';
import type {Change, Moves} from './moves';
import {lengthOf, squarePattern, startTiles, type Pattern} from './pattern';
import {placementOf} from './placement';
import {refill, type Windows} from './refill';
import {windowFraction, windowSide, type SquareSchedule} from './schedule';

// Keeps the division finite where nothing was changed.
const TINY_NORM = 1e-12;
// A length off by less than this is off by the rounding of pixels: nothing outside the windows moves.
const ROUNDING = 1e-7;

const signOf = (stream: Rng): number => (stream.uniform() < 0.5 ? -1 : 1);

const scaled = (changes: Float64Array, radius: number, length: number): Float64Array =>
  changes.map((change) => (change * radius) / (length + TINY_NORM));

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
  const {threat, levels, ids} = problem;
  const {difference, move} = placementOf(threat.clip, levels);
  const size = shape.height * shape.width * shape.channels;
  const everywhere = Int32Array.from({length: size}, (_, i) => i);
  const centerOf = (row: number) => ({values: clean, at: row * size});
  const tiles = tilesOf(shape, rng.fork('tiles'));
  const draw = windowDrawer(shape, schedule, rng);
  const streams: Rng[] = [];
  // Squared length of each example's change: for its best image, and for its candidate.
  const totals = new Float64Array(ids.length);
  const proposed = new Float64Array(ids.length);

  return {
    start(row, image) {
      // One stream for all signs of an example: it takes part in every iteration until it is over.
      const stream = rng.fork('signs').fork(at(ids, row));
      const changes = tiledChanges(tiles, shape, stream);
      const radius = epsilonAt(threat, row);
      const to = {values: image, at: 0};
      const all = scaled(changes, radius, lengthOf(changes));
      const total = move(to, centerOf(row), everywhere, all, radius * radius);
      streams[row] = stream;
      proposed[row] = total;
      totals[row] = total;
    },

    change(iteration) {
      const {windows, entries} = draw(iteration);
      // Used for one example after another.
      const changes = new Float64Array(entries.length);
      const signs = new Float64Array(shape.channels);

      const apply: Change = (row, {best, candidates}, start) => {
        const center = centerOf(row);
        const radius = epsilonAt(threat, row);
        const own = at(streams, row);
        const differenceAt = (entry: number): number =>
          difference(best[center.at + entry] ?? NaN, clean[center.at + entry] ?? NaN);
        for (let channel = 0; channel < signs.length; channel++) signs[channel] = signOf(own);
        for (let i = 0; i < entries.length; i++) changes[i] = differenceAt(entries[i] ?? NaN);
        const total = at(totals, row);
        const {before, after} = refill(changes, windows, radius * radius - total, signs);
        const outside = Math.max(total - before, 0);
        const length = Math.sqrt(outside + after);
        const to = {values: candidates, at: start};
        if (Math.abs(radius / (length + TINY_NORM) - 1) <= ROUNDING) {
          proposed[row] = outside + move(to, center, entries, changes, radius * radius - outside);
          return entries;
        }
        const all = Float64Array.from(everywhere, differenceAt);
        entries.forEach((entry, i) => (all[entry] = changes[i] ?? NaN));
        const whole = scaled(all, radius, length);
        proposed[row] = move(to, center, everywhere, whole, radius * radius);
        return everywhere;
      };
      return {apply};
    },

    accepted(row) {
      totals[row] = at(proposed, row);
    },
  };
}

// The two windows of an iteration: the entries of the first, then those that only the second has.
function windowDrawer(shape: ImageShape, schedule: SquareSchedule, rng: Rng) {
  const {height, width, channels} = shape;
  const patterns = new Map<string, Pattern>();
  const patternOf = (side: number, transposed: boolean): Pattern => {
    const key = `${side} ${transposed}`;
    const pattern = patterns.get(key) ?? squarePattern(side, transposed);
    patterns.set(key, pattern);
    return pattern;
  };
  return (iteration: number): {windows: Windows; entries: Int32Array} => {
    const stream = rng.fork(iteration);
    const side = windowSide(windowFraction(iteration, schedule), 'l2', height, width);
    const filled = entriesOf(drawWindow(stream, side, shape), shape);
    const other = entriesOf(drawWindow(stream, side, shape), shape);
    const pattern = patternOf(side, stream.uniform() < 0.5).values;
    const isFilled = new Set(filled);
    const rest = other.filter((entry) => !isFilled.has(entry));
    const entries = new Int32Array(filled.length + rest.length);
    entries.set(filled);
    entries.set(rest, filled.length);
    return {windows: {filled: side * side, channels, pattern}, entries};
  };
}

interface Tile {
  readonly pattern: Pattern;
  readonly top: number;
  readonly left: number;
}

function tilesOf({height, width}: ImageShape, stream: Rng): Tile[] {
  const {side, first, rows, columns} = startTiles(height, width);
  return Array.from({length: rows * columns}, (_, i) => ({
    pattern: squarePattern(side, stream.uniform() < 0.5),
    top: first + Math.floor(i / columns) * side,
    left: first + (i % columns) * side,
  }));
}

// The tiles with a random sign for each channel.
function tiledChanges(
  tiles: readonly Tile[],
  {height, width, channels}: ImageShape,
  stream: Rng,
): Float64Array {
  const changes = new Float64Array(height * width * channels);
  for (const {pattern, top, left} of tiles) {
    for (let channel = 0; channel < channels; channel++) {
      const sign = signOf(stream);
      pattern.values.forEach((value, i) => {
        const y = top + Math.floor(i / pattern.width);
        const x = left + (i % pattern.width);
        // The published code stops with an error where a tile crosses the border.
        if (y >= height || x >= width) return;
        changes[(y * width + x) * channels + channel] = sign * value;
      });
    }
  }
  return changes;
}
