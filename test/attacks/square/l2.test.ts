import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {l2Moves} from '../../../src/attacks/square/l2';
import {lengthOf, squarePattern} from '../../../src/attacks/square/pattern';
import {createRng} from '../../../src/core/rng';
import {squareProblem} from '../../support/squareProblem';
import {expectClose} from '../../support/tensors';

const schedule = {queries: 100, pInit: 0.3, rescaleSchedule: false};
const threat = {norm: 'l2', epsilon: 0.5, clip: [0, 1]} as const;

type Shape = [height: number, width: number, channels: number];
type Parts = Parameters<typeof squareProblem>[1];

function movesOf([height, width, channels]: Shape, batch = 1, parts: Parts = {}, grey = 0.5) {
  const x = tf.fill([batch, height, width, channels], grey) as tf.Tensor4D;
  const size = height * width * channels;
  const clean = new Float32Array(batch * size).fill(grey);
  const problem = squareProblem(x, {threat, ...parts});
  x.dispose();
  return {
    moves: l2Moves(problem, clean, {height, width, channels}, schedule, createRng(4)),
    size,
    clean,
  };
}

const changeOf = (image: Float32Array, grey = 0.5) => Float64Array.from(image, (v) => v - grey);

describe('l2Moves, start', () => {
  it('has tiles of the pattern, each with a sign, together of length epsilon', () => {
    const {moves, size} = movesOf([10, 10, 1]);
    const image = new Float32Array(size);
    moves.start(0, image);
    const change = changeOf(image);
    expect(lengthOf(change)).toBeCloseTo(0.5, 6);
    // 25 tiles of side 2, each of length 0.1.
    const [plain, transposed] = [false, true].map((t) => squarePattern(2, t).values);
    const kinds = new Set<string>();
    for (let tile = 0; tile < 25; tile++) {
      const corner = Math.floor(tile / 5) * 20 + (tile % 5) * 2;
      const values = [0, 1, 10, 11].map((i) => change[corner + i] as number);
      const kind = [plain, transposed].flatMap((pattern, t) =>
        [1, -1].flatMap((sign) =>
          values.every((v, i) => Math.abs(v - 0.1 * sign * (pattern?.[i] as number)) < 1e-6)
            ? [`${t} ${sign}`]
            : [],
        ),
      );
      expect(kind).toHaveLength(1);
      kinds.add(kind.join());
    }
    expect(kinds.size).toBe(4);
  });

  it('leaves the border free, and cuts tiles that cross it', () => {
    const rows = ([height, width, channels]: Shape) => {
      const {moves, size} = movesOf([height, width, channels]);
      const image = new Float32Array(size);
      moves.start(0, image);
      const change = changeOf(image);
      expect(lengthOf(change)).toBeCloseTo(0.5, 6);
      const line = width * channels;
      return Array.from({length: height}, (_, row) =>
        change.slice(row * line, (row + 1) * line).some((v) => v !== 0),
      );
    };
    expect(rows([32, 32, 1])).toEqual([false, ...new Array<boolean>(30).fill(true), false]);
    expect(rows([12, 12, 1])).toEqual([false, ...new Array<boolean>(11).fill(true)]);
    expect(rows([5, 7, 3])).toEqual(new Array<boolean>(5).fill(true));
  });

  it('is the clean image where no tile has room', () => {
    const {moves, size, clean} = movesOf([10, 1, 1]);
    const image = new Float32Array(size);
    moves.start(0, image);
    expect([...image]).toEqual([...clean]);
  });

  it('draws signs by identity and transpositions for all', () => {
    const ids = Int32Array.of(3, 8, 3);
    const {moves, size} = movesOf([10, 10, 1], 3, {ids});
    const [a, b, c] = [0, 1, 2].map((row) => {
      const image = new Float32Array(size);
      moves.start(row, image);
      return [...changeOf(image)];
    }) as [number[], number[], number[]];
    expect(a).toEqual(c);
    expect(a).not.toEqual(b);
    expectClose(
      a.map((v) => v ** 2),
      b.map((v) => v ** 2),
      1e-6,
    );
  });
});

describe('l2Moves, change', () => {
  it('moves the change of one window to another and keeps the length at epsilon', () => {
    const {moves, size, clean} = movesOf([12, 10, 2], 2, {
      threat: {...threat, epsilon: Float32Array.of(0.5, 0.25)},
    });
    const best = clean.slice();
    [0, 1].forEach((row) => moves.start(row, best.subarray(row * size, (row + 1) * size)));
    const before = best.slice();
    let outsideWindow = 0;
    for (let iteration = 0; iteration < 40; iteration++) {
      const candidates = new Float32Array(2 * size);
      candidates.set(best.subarray(size), 0);
      candidates.set(best.subarray(0, size), size);
      const {apply: change} = moves.change(iteration);
      for (const [row, radius] of [0.5, 0.25].entries()) {
        const at = (1 - row) * size;
        const own = best.subarray(row * size, (row + 1) * size);
        const entries = change(row, {best, candidates}, at);
        const image = candidates.subarray(at, at + size);
        expect(lengthOf(changeOf(image))).toBeCloseTo(radius, 5);
        expect(new Set(entries).size).toBe(entries.length);
        image.forEach((value, i) => {
          if (!entries.includes(i)) expect(value).toBe(own[i]);
        });
        // Windows of 5 by 5: 36 at first (side 6 made odd is 7).
        const window = entries.length - [...entries].filter((i) => image[i] === 0.5).length;
        outsideWindow += entries.length - window;
        expect(window).toBeLessThanOrEqual(7 * 7 * 2);
        own.set(image);
        moves.accepted(row);
      }
    }
    expect(outsideWindow).toBeGreaterThan(0);
    expect(best).not.toEqual(before);
  });

  it('gives the window the pattern plus its own unit change', () => {
    const {moves, size} = movesOf([12, 12, 1]);
    const best = new Float32Array(size);
    moves.start(0, best);
    const start = changeOf(best);
    const candidates = best.slice();
    const entries = moves.change(0).apply(0, {best, candidates}, 0);
    const filled = [...entries].slice(0, 49); // side 7
    const old = Float64Array.from(filled, (i) => start[i] as number);
    const next = Float64Array.from(filled, (i) => (candidates[i] as number) - 0.5);
    const unit = old.map((v) => v / lengthOf(old));
    const fits = [false, true].flatMap((transposed) =>
      [1, -1].map((sign) => {
        const {values} = squarePattern(7, transposed);
        const wanted = unit.map((v, i) => v + sign * (values[i] as number));
        const factor = lengthOf(next) / lengthOf(wanted);
        return next.every((v, i) => Math.abs(v - factor * (wanted[i] as number)) < 1e-6);
      }),
    );
    expect(fits.filter(Boolean)).toHaveLength(1);
    // What was in both windows is spent on the first: all of epsilon was used already.
    const touched = Float64Array.from(entries, (i) => start[i] as number);
    expect(lengthOf(next)).toBeCloseTo(lengthOf(touched), 5);
  });

  it('goes on from what was accepted, and from nothing else', () => {
    const {moves, size} = movesOf([10, 10, 1]);
    const best = new Float32Array(size);
    moves.start(0, best);
    const rejected = best.slice();
    moves.change(0).apply(0, {best, candidates: rejected}, 0);
    expect(rejected).not.toEqual(best);
    for (let iteration = 1; iteration < 30; iteration++) {
      const candidates = best.slice();
      moves.change(iteration).apply(0, {best, candidates}, 0);
      expect(lengthOf(changeOf(candidates))).toBeCloseTo(0.5, 5);
    }
  });

  it('fills up what the range cut away', () => {
    // At 0.99 most of an upward change is cut.
    const {moves, size} = movesOf([10, 10, 1], 1, {}, 0.99);
    const best = new Float32Array(size);
    moves.start(0, best);
    const clean = Math.fround(0.99);
    const lengths = [lengthOf(changeOf(best, clean))];
    expect(lengths[0]).toBeLessThan(0.45);
    for (let iteration = 0; iteration < 60; iteration++) {
      const candidates = best.slice();
      const entries = moves.change(iteration).apply(0, {best, candidates}, 0);
      const length = lengthOf(changeOf(candidates, clean));
      expect(length).toBeLessThanOrEqual(0.5 + 1e-6);
      expect(Math.max(...candidates)).toBeLessThanOrEqual(1);
      if (length <= (lengths.at(-1) as number)) continue;
      entries.forEach((i) => (best[i] = candidates[i] as number));
      moves.accepted(0);
      lengths.push(length);
    }
    expect(lengths.at(-1)).toBeGreaterThan(0.48);
  });

  it('rescales the whole image where the windows do not bring the length to epsilon', () => {
    // Nothing may change at epsilon 0: the length is 0 whatever the windows have.
    const {moves, size, clean} = movesOf([6, 6, 1], 1, {threat: {...threat, epsilon: 0}});
    const best = new Float32Array(size);
    moves.start(0, best);
    const candidates = best.slice();
    const entries = moves.change(0).apply(0, {best, candidates}, 0);
    expect(entries).toHaveLength(size);
    expect([...candidates]).toEqual([...clean]);
  });

  it('stays on grey levels', () => {
    const grey = 128 / 255;
    const {moves, size} = movesOf([10, 10, 1], 1, {levels: 256}, Math.fround(grey));
    const best = new Float32Array(size);
    moves.start(0, best);
    const check = (image: Float32Array) => {
      const steps = Array.from(image, (v) => v * 255 - 128);
      steps.forEach((step) => expect(Math.abs(step - Math.round(step))).toBeLessThan(1e-4));
      const squares = steps.reduce((sum, step) => sum + Math.round(step) ** 2, 0);
      expect(squares).toBeLessThanOrEqual(127.5 ** 2);
      expect(squares).toBeGreaterThan(100 ** 2);
    };
    check(best);
    for (let iteration = 0; iteration < 60; iteration++) {
      const candidates = best.slice();
      moves.change(iteration).apply(0, {best, candidates}, 0);
      check(candidates);
      best.set(candidates);
      moves.accepted(0);
    }
  });
});
