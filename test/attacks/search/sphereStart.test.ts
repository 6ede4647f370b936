import {describe, expect, it} from 'vitest';

import {sphereStart} from '../../../src/attacks/search/sphereStart';
import {createRng} from '../../../src/core/rng';
import type {Norm} from '../../../src/core/threatModel';

const CENTER = Float32Array.from({length: 16}, (_, i) => i / 16);

const noise = (norm: Norm, radius: number, seed = 3): number[] =>
  Array.from(
    sphereStart(CENTER, radius, norm, createRng(seed)),
    (value, i) => value - (CENTER[i] as number),
  );

describe('sphereStart', () => {
  it.each([1, 2, 3])('touches a side of the cube for L∞ (seed %i)', (seed) => {
    const offset = noise('linf', 0.25, seed);
    expect(Math.max(...offset.map(Math.abs))).toBeCloseTo(0.25, 6);
    expect(Math.min(...offset)).toBeLessThan(-0.02);
    expect(Math.max(...offset)).toBeGreaterThan(0.02);
    expect(new Set(offset).size).toBe(16);
  });

  it('has the length of the radius for L2', () => {
    expect(Math.hypot(...noise('l2', 0.5))).toBeCloseTo(0.5, 5);
    expect(Math.hypot(...noise('l2', 2))).toBeCloseTo(2, 5);
  });

  it('draws uniform values for L∞ and normal ones for L2', () => {
    const uniform = createRng(3);
    const drawn = Array.from(CENTER, () => 2 * uniform.uniform() - 1);
    const largest = Math.max(...drawn.map(Math.abs));
    noise('linf', 1).forEach((value, i) => {
      expect(value).toBeCloseTo((drawn[i] as number) / largest, 5);
    });
    const gaussian = createRng(3);
    const normal = Array.from(CENTER, () => gaussian.normal());
    noise('l2', 1).forEach((value, i) => {
      expect(value).toBeCloseTo((normal[i] as number) / Math.hypot(...normal), 5);
    });
  });

  it('stays where it is for radius 0, and changes nothing', () => {
    expect(noise('linf', 0)).toEqual(new Array(16).fill(0));
    expect(CENTER[1]).toBe(1 / 16);
  });

  it('comes from its generator', () => {
    expect(noise('l2', 1, 1)).toEqual(noise('l2', 1, 1));
    expect(noise('l2', 1, 1)).not.toEqual(noise('l2', 1, 2));
  });
});
