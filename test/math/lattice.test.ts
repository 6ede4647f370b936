import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import type {Norm, PerExample} from '../../src/core/threatModel';
import {
  type Lattice,
  latticeProjection,
  levelOf,
  levelsOf,
  pixelOf,
  radiusInLevels,
} from '../../src/math/lattice';
import {numbers} from '../support/tensors';

const bytes: Lattice = {levels: 256, clip: [0, 1]};
const CLIPS = [
  [0, 1],
  [-1, 1],
  [0, 255],
  [-0.5, 0.25],
] as const;
const anyLattice = fc.record({
  levels: fc.constantFrom(2, 5, 256, 1024),
  clip: fc.constantFrom(...CLIPS),
});

describe('levels and pixels', () => {
  it('are worth each other', () => {
    expect(levelsOf(1, bytes)).toBe(255);
    expect(levelsOf(0.5, {levels: 5, clip: [-1, 1]})).toBe(1);
    expect(levelsOf(8, {levels: 256, clip: [0, 255]})).toBe(8);
    for (let level = 0; level < 256; level++) {
      expect(pixelOf(level, bytes)).toBe(Math.fround(level / 255));
      expect(levelOf(Math.fround(level / 255), bytes)).toBe(level);
    }
    expect([0, 1, 2, 3, 4].map((k) => pixelOf(k, {levels: 5, clip: [-1, 1]}))).toEqual([
      -1, -0.5, 0, 0.5, 1,
    ]);
    expect([-1, -0.76, -0.74, 0.9].map((v) => levelOf(v, {levels: 5, clip: [-1, 1]}))).toEqual([
      0, 0, 1, 4,
    ]);
  });

  it.prop([anyLattice, fc.double({min: 0, max: 1, noNaN: true})], {numRuns: 50})(
    'are inverse, and end at the ends of the range',
    (lattice, share) => {
      const level = Math.floor(share * lattice.levels * 0.999);
      expect(levelOf(pixelOf(level, lattice), lattice)).toBe(level);
      expect(pixelOf(0, lattice)).toBe(lattice.clip[0]);
      expect(pixelOf(lattice.levels - 1, lattice)).toBe(lattice.clip[1]);
    },
  );
});

describe('radiusInLevels', () => {
  it.each([256, 1024, 65536])(
    'counts whole ones of %i levels, in doubles and float32',
    (levels) => {
      const lattice: Lattice = {levels, clip: [0, 1]};
      const worth = (epsilon: number) => Math.floor(radiusInLevels(epsilon, lattice));
      for (let k = 0; k < levels; k += levels === 65536 ? 37 : 1) {
        expect(worth(k / (levels - 1))).toBe(k);
        expect(worth(Math.fround(k / (levels - 1)))).toBe(k);
        if (k > 0) expect(worth((k - 0.01) / (levels - 1))).toBe(k - 1);
      }
    },
  );

  it('is in the units of the range', () => {
    expect(Math.floor(radiusInLevels(8, {levels: 256, clip: [0, 255]}))).toBe(8);
    expect(Math.floor(radiusInLevels(8 / 255, {levels: 256, clip: [-1, 1]}))).toBe(4);
    expect(radiusInLevels(0, bytes)).toBeLessThan(1e-5);
  });
});

/** Levels of a projected batch `[rows, columns]`, and its pixels. */
function project(
  lattice: Lattice,
  norm: Norm,
  epsilon: PerExample,
  origins: readonly (readonly number[])[],
  points: readonly (readonly number[])[],
) {
  return tf.tidy(() => {
    const center = tf.tensor2d(origins.map((row) => row.map((level) => pixelOf(level, lattice))));
    const threat = {norm, epsilon, clip: lattice.clip};
    const projection = latticeProjection(center, threat, lattice.levels);
    const projected = projection(tf.tensor2d(points.map((row) => [...row])));
    const pixels = numbers(projected);
    const isExact = norm === 'linf' || lattice.levels < 65536;
    if (isExact) expect(numbers(projection(projected)), 'idempotent').toEqual(pixels);
    const columns = origins[0]?.length ?? 0;
    const levels = origins.map((row, i) =>
      row.map((_, j) => levelOf(pixels[i * columns + j] as number, lattice)),
    );
    return {pixels, levels};
  });
}

// Origins are levels as a share of the range, points shares of it that may lie outside.
const problem = fc.record({
  lattice: anyLattice,
  origins: fc.array(
    fc.array(fc.double({min: 0, max: 1, noNaN: true}), {minLength: 3, maxLength: 3}),
    {
      minLength: 2,
      maxLength: 2,
    },
  ),
  points: fc.array(
    fc.array(fc.double({min: -1, max: 2, noNaN: true}), {minLength: 3, maxLength: 3}),
    {
      minLength: 2,
      maxLength: 2,
    },
  ),
  radii: fc.tuple(
    fc.double({min: 0, max: 1, noNaN: true}),
    fc.double({min: 0, max: 0.2, noNaN: true}),
  ),
  isShared: fc.boolean(),
});

function prepare({
  lattice,
  origins: shares,
  points: positions,
  radii,
  isShared,
}: typeof problem extends fc.Arbitrary<infer T> ? T : never) {
  const {levels, clip} = lattice;
  const width = clip[1] - clip[0];
  const origins = shares.map((row) => row.map((share) => Math.round(share * (levels - 1))));
  const points = positions.map((row) => row.map((v) => Math.fround(clip[0] + v * width)));
  const own = isShared ? [radii[0] * width, radii[0] * width] : radii.map((r) => r * width);
  const epsilon: PerExample = isShared ? radii[0] * width : own;
  return {lattice, origins, points, own, epsilon};
}

function expectOnLattice(pixels: number[], levels: number[][], lattice: Lattice): void {
  const largest = Math.max(...lattice.clip.map(Math.abs));
  levels.flat().forEach((level, i) => {
    const error = Math.abs((pixels[i] as number) - pixelOf(level, lattice));
    expect(error).toBeLessThanOrEqual(lattice.clip[0] === 0 ? 0 : 2 ** -23 * largest);
    expect(level).toBeGreaterThanOrEqual(0);
    expect(level).toBeLessThan(lattice.levels);
  });
}

describe('latticeProjection, linf', () => {
  it.prop([problem], {numRuns: 50})('is the nearest level of ball and range', (given) => {
    const {lattice, origins, points, own, epsilon} = prepare(given);
    const {pixels, levels} = project(lattice, 'linf', epsilon, origins, points);
    expectOnLattice(pixels, levels, lattice);
    levels.forEach((row, i) => {
      const radius = Math.floor(radiusInLevels(own[i] as number, lattice));
      row.forEach((level, j) => {
        const origin = origins[i]?.[j] as number;
        expect(Math.abs(level - origin)).toBeLessThanOrEqual(radius);
        const position = levelsOf((points[i]?.[j] as number) - lattice.clip[0], lattice);
        const low = Math.max(origin - radius, 0);
        const high = Math.min(origin + radius, lattice.levels - 1);
        const inside = Math.min(Math.max(position, low), high);
        expect(Math.abs(level - inside)).toBeLessThanOrEqual(0.5 + 1e-3);
      });
    });
  });

  it('reaches 8 of 255 levels on both sides, and the ends of the range', () => {
    const origins = [[100, 100, 3, 250, 100]];
    const points = [[-5, 5, -5, 5, 103.4 / 255]];
    for (const epsilon of [8 / 255, [8 / 255], Float32Array.of(8 / 255)]) {
      const {levels} = project(bytes, 'linf', epsilon, origins, points);
      expect(levels).toEqual([[92, 108, 0, 255, 103]]);
    }
    const {levels} = project(bytes, 'linf', 7.9 / 255, origins, points);
    expect(levels).toEqual([[93, 107, 0, 255, 103]]);
    expect(project(bytes, 'linf', 0, origins, points).levels).toEqual(origins);
  });

  it('takes a center a little off its level', () => {
    tf.tidy(() => {
      const center = tf.tensor2d([[100 / 255 + 3e-5, 1 + 1e-5]]);
      for (const epsilon of [2 / 255, [2 / 255]]) {
        const projected = latticeProjection(
          center,
          {norm: 'linf', epsilon, clip: [0, 1]},
          256,
        )(tf.tensor2d([[2, 0]]));
        expect(numbers(projected)).toEqual([Math.fround(102 / 255), Math.fround(253 / 255)]);
      }
    });
  });
});

describe('latticeProjection, l2', () => {
  it.prop([problem], {numRuns: 80})(
    'is the nearest level of each pixel, or the next one inwards where that leaves the ball',
    (given) => {
      const {lattice, origins, points, own, epsilon} = prepare(given);
      const {clip} = lattice;
      const {pixels, levels} = project(lattice, 'l2', epsilon, origins, points);
      expectOnLattice(pixels, levels, lattice);
      levels.forEach((row, i) => {
        const center = origins[i]?.map((level) => pixelOf(level, lattice)) ?? [];
        const offsets = center.map((v, j) => (points[i]?.[j] as number) - v);
        const scale = Math.min((own[i] as number) / Math.max(Math.hypot(...offsets), 1e-12), 1);
        const wanted = center.map((v, j) =>
          levelsOf(
            Math.min(Math.max(v + scale * (offsets[j] as number), clip[0]), clip[1]) - v,
            lattice,
          ),
        );
        const steps = row.map((level, j) => level - (origins[i]?.[j] as number));
        const limit = radiusInLevels(own[i] as number, lattice) ** 2;
        const squares = (values: number[]) => values.reduce((sum, v) => sum + v * v, 0);
        expect(squares(steps)).toBeLessThanOrEqual(limit);
        // Halves may be rounded either way.
        if (wanted.some((v) => Math.abs(Math.abs(v % 1) - 0.5) < 5e-3)) return;
        const fits = squares(wanted.map(Math.round)) <= limit;
        steps.forEach((step, j) => {
          const size = Math.abs(wanted[j] as number);
          if (fits) expect(step).toBe(Math.round(wanted[j] as number) + 0);
          else expect(Math.abs(step)).toBeLessThanOrEqual(size + 5e-3);
          expect(Math.abs(step)).toBeGreaterThanOrEqual(Math.floor(size - 5e-3));
          expect(step * (wanted[j] as number)).toBeGreaterThanOrEqual(0);
        });
      });
    },
  );

  it('keeps what is whole where another pixel must give way', () => {
    // From 252 to 255, the end of the range, and 0.6 up: (3, 1) is longer than 3.1.
    const origins = [[252, 100]];
    const points = [[1, 100.6 / 255]];
    expect(project(bytes, 'l2', 3.1 / 255, origins, points).levels).toEqual([[255, 100]]);
    expect(project(bytes, 'l2', 3.2 / 255, origins, points).levels).toEqual([[255, 101]]);
  });

  it.each<Lattice>([
    {levels: 256, clip: [0, 255]},
    {levels: 256, clip: [-1, 1]},
    {levels: 1024, clip: [-0.5, 0.25]},
    {levels: 256, clip: [1000, 1001]},
    {levels: 256, clip: [-1, 1000]},
    {levels: 256, clip: [-1000, 1]},
  ])('does so at every level of %o, whatever the rounding of its pixels', (lattice) => {
    const {levels, clip} = lattice;
    const unit = (clip[1] - clip[0]) / (levels - 1);
    const origins = Array.from({length: 200}, (_, i) => [i, 200 - i]);
    // The sphere is met at (3, 0.6) levels from the center.
    const points = origins.map(([a = 0, b = 0]) => [
      clip[0] + (a + 30) * unit,
      clip[0] + (b + 6) * unit,
    ]);
    const found = project(lattice, 'l2', Math.hypot(3, 0.6) * unit, origins, points).levels;
    expect(found).toEqual(origins.map(([a = 0, b = 0]) => [a + 3, b]));
  });

  it('reaches the sphere where it is on the lattice, and never leaves it by rounding', () => {
    const origins = Array.from({length: 210}, (_, i) => [i, 209 - i]);
    const points = origins.map(([a = 0, b = 0]) => [(a + 30) / 255, (b + 40) / 255]);
    const steps = (epsilon: PerExample) =>
      project(bytes, 'l2', epsilon, origins, points).levels.map((row, i) =>
        row.map((level, j) => level - (origins[i]?.[j] as number)),
      );
    const all = (step: number[]) => origins.map(() => step);
    expect(steps(5 / 255)).toEqual(all([3, 4]));
    expect(steps(Float32Array.from(origins, () => 5 / 255))).toEqual(all([3, 4]));
    for (const step of steps((5 - 2e-5) / 255)) {
      expect(step).toEqual([2, 3]); // not always what is left of 3 and 4 after rounding
    }
    expect(steps(origins.map((_, i) => (i < 100 ? 0 : 10 / 255)))).toEqual(
      origins.map((_, i) => (i < 100 ? [0, 0] : [6, 8])),
    );
  });

  it.prop([fc.integer({min: 1, max: 1e6})], {numRuns: 20})(
    'holds on 65536 levels, which float32 does not add up exactly',
    (seed) => {
      const lattice: Lattice = {levels: 65536, clip: [0, 1]};
      const draw = (i: number) => ((seed * (i + 1) * 7919) % 65536) / 65536;
      const origins = [Array.from({length: 12}, (_, i) => Math.floor(draw(i) * 65536))];
      const points = [Array.from({length: 12}, (_, i) => draw(i + 12))];
      const {levels} = project(lattice, 'l2', 0.5, origins, points);
      const squares = levels[0]?.reduce(
        (sum, v, i) => sum + (v - (origins[0]?.[i] ?? NaN)) ** 2,
        0,
      );
      expect(squares).toBeLessThanOrEqual((0.5 * 65535) ** 2);
    },
  );

  it('only rounds where nothing bounds it', () => {
    const points = [[0.3, 0.91, 2]];
    const {levels} = project(bytes, 'l2', Number.MAX_VALUE, [[0, 255, 100]], points);
    expect(levels).toEqual([[76, 232, 255]]);
  });
});

describe('latticeProjection', () => {
  it.each(['linf', 'l2'] as const)('goes over all axes of images, %s', (norm) => {
    tf.tidy(() => {
      const center = tf.zeros<tf.Rank.R4>([2, 2, 1, 1]);
      const point = tf.fill<tf.Rank.R4>([2, 2, 1, 1], 1);
      const epsilon = [20 / 255, 0];
      const projected = latticeProjection(center, {norm, epsilon, clip: [0, 1]}, 256)(point);
      expect(projected.shape).toEqual([2, 2, 1, 1]);
      // 20 / √2 = 14.1
      const reach = Math.fround((norm === 'linf' ? 20 : 14) / 255);
      expect(numbers(projected)).toEqual([reach, reach, 0, 0]);
    });
  });
});
