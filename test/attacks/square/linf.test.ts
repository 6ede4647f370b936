import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {linfMoves} from '../../../src/attacks/square/linf';
import {createRng} from '../../../src/core/rng';
import {seeded} from '../../support/models';
import {squareProblem} from '../../support/squareProblem';
import {expectNoLeak, numbers} from '../../support/tensors';

const shape = {height: 6, width: 4, channels: 2};
const SIZE = 48;
const schedule = {queries: 100, pInit: 0.3, rescaleSchedule: false};

const images = (batch: number, seed = 5): tf.Tensor4D =>
  tf.tidy(() => tf.abs(seeded<tf.Rank.R4>([batch, 6, 4, 2], seed)));

const ends = (x: tf.Tensor4D, epsilon: number) =>
  [-epsilon, epsilon].map((e) => numbers(tf.clipByValue(tf.add(x, e), 0, 1)));

describe('linfMoves', () => {
  it('starts with stripes at the ends of the ball, one sign per column and channel', async () => {
    const x = images(2);
    const moves = await linfMoves(squareProblem(x), shape, schedule, createRng(2));
    const [lower, upper] = ends(x, 0.25) as [number[], number[]];
    const signs = [0, 1].map((row) => {
      const image = new Float32Array(SIZE);
      moves.start(row, image);
      return Array.from(image, (value, i) => {
        const at = row * SIZE + i;
        expect([lower[at], upper[at]]).toContain(value);
        return value === upper[at] && value !== lower[at] ? 1 : -1;
      });
    }) as [number[], number[]];
    for (const example of signs) {
      example.forEach((sign, i) => expect(sign).toBe(example[i % 8]));
      expect(new Set(example).size).toBe(2);
    }
    expect(signs[0].slice(0, 8)).not.toEqual(signs[1].slice(0, 8));
    x.dispose();
  });

  it('fills the window of all examples with the same colour, one sign per channel', async () => {
    const x = images(2);
    const moves = await linfMoves(squareProblem(x), shape, schedule, createRng(2));
    const [lower, upper] = ends(x, 0.25) as [number[], number[]];
    const best = new Float32Array(2 * SIZE);
    const colours = new Set<string>();
    for (let iteration = 0; iteration < 8; iteration++) {
      const candidates = new Float32Array(2 * SIZE).fill(-7);
      const {apply: change} = moves.change(iteration);
      // Rows in the other order: where a copy lies is not where its example does.
      const entries = change(0, {best, candidates}, SIZE);
      expect(change(1, {best, candidates}, 0)).toEqual(entries);
      // The nearest whole number to the root of 0.3 * 24.
      expect(entries).toHaveLength(3 * 3 * 2);
      const isChanged = (i: number) => entries.includes(i);
      const colour = [0, 1].map((channel) => {
        const at = entries[channel] as number;
        return candidates[SIZE + at] === upper[at];
      });
      colours.add(colour.join());
      for (let i = 0; i < SIZE; i++) {
        const end = colour[i % 2] ? upper : lower;
        expect(candidates[SIZE + i]).toBe(isChanged(i) ? end[i] : -7);
        expect(candidates[i]).toBe(isChanged(i) ? end[SIZE + i] : -7);
      }
    }
    expect(colours.size).toBe(4);
    x.dispose();
  });

  it('has ends of its own for each epsilon, and whole grey levels', async () => {
    const x = tf.fill([2, 6, 4, 2], 0.5) as tf.Tensor4D;
    const valuesOf = async (parts: Parameters<typeof squareProblem>[1]) => {
      const moves = await linfMoves(squareProblem(x, parts), shape, schedule, createRng(0));
      return [0, 1].map((row) => {
        const image = new Float32Array(SIZE);
        moves.start(row, image);
        return [...new Set(image)].sort();
      });
    };
    const threat = {norm: 'linf', epsilon: [0.125, 0.25], clip: [0, 1]} as const;
    expect(await valuesOf({threat})).toEqual([
      [0.375, 0.625],
      [0.25, 0.75],
    ]);
    // Levels 0, .125, ..., 1: 0.3 is two of them, 0.12 none.
    const coarse = {...threat, epsilon: [0.3, 0.12]};
    expect(await valuesOf({threat: coarse, levels: 9})).toEqual([[0.25, 0.75], [0.5]]);
    x.dispose();
  });

  it('draws by restart, iteration and identity only', async () => {
    const x = images(2);
    const problem = squareProblem(x, {ids: Int32Array.of(7, 7)});
    const [first, again, other] = await Promise.all(
      [1, 1, 2].map((seed) => linfMoves(problem, shape, schedule, createRng(seed))),
    );
    const window = (moves = first, iteration = 3) =>
      moves
        ?.change(iteration)
        .apply(0, {best: new Float32Array(0), candidates: new Float32Array(SIZE)}, 0);
    window(first, 2);
    expect(window(first)).toEqual(window(again));
    expect([0, 1, 2, 3].map((i) => window(first, i))).not.toEqual(
      [0, 1, 2, 3].map((i) => window(other, i)),
    );
    x.dispose();
  });

  it('leaks nothing', async () => {
    const x = images(2);
    await expectNoLeak(() => linfMoves(squareProblem(x), shape, schedule, createRng(2)));
    x.dispose();
  });
});
