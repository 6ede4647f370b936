import {describe, expect, it} from 'vitest';

import {roundToLevels} from '../../../src/attacks/fab/roundToLevels';

const pixels = (...levels: number[]) => Float32Array.from(levels, (level) => level / 255);
const lattice = {levels: 256, clip: [0, 1]} as const;

describe('roundToLevels', () => {
  it('goes away from the clean example under L∞', () => {
    const point = pixels(100.3, 99.7, 100, 107.9, 92.01, 0.2, 254.8);
    roundToLevels(point, pixels(100, 100, 100, 100, 100, 0, 255), 'linf', lattice);
    expect(point).toEqual(pixels(101, 99, 100, 108, 92, 1, 254));
  });

  it('does not take rounding errors for a step', () => {
    const point = pixels(108.0001, 91.9999, 100.0001);
    roundToLevels(point, pixels(100, 100, 100), 'linf', lattice);
    expect(point).toEqual(pixels(108, 92, 100));
    const beyond = pixels(108.001, 91.999);
    roundToLevels(beyond, pixels(100, 100), 'linf', lattice);
    expect(beyond).toEqual(pixels(109, 91));
  });

  it('goes to the nearest under L2', () => {
    const point = pixels(100.4, 99.4, 107.9, 0.2, 254.4);
    roundToLevels(point, pixels(100, 100, 100, 0, 255), 'l2', lattice);
    expect(point).toEqual(pixels(100, 99, 108, 0, 254));
  });

  it('knows other levels and ranges', () => {
    const point = Float32Array.of(0.1, -0.6);
    roundToLevels(point, Float32Array.of(0, 0), 'linf', {levels: 5, clip: [-1, 1]});
    expect(point).toEqual(Float32Array.of(0.5, -1));
  });
});
