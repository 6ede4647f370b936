import {describe, expect, it} from 'vitest';

import {placementOf} from '../../../src/attacks/square/placement';

const place = (values: number[], at = 0) => ({values: Float32Array.from(values), at});

describe('placementOf, without grey levels', () => {
  it('writes float32 pixels inside the range, and says by how much they moved', () => {
    const {move, difference} = placementOf([0, 1], undefined);
    const image = place([9, 9, 9, 9, 9], 1);
    const center = place([7, 7, 0.5, 0.9, 0.25, 0.1], 2);
    const changes = Float64Array.of(0.1, 0.3, -0.5);
    const squares = move(image, center, Int32Array.of(0, 1, 3), changes, 0);
    const pixels = [9, Math.fround(0.6), 1, 9, 0];
    expect([...image.values]).toEqual(pixels);
    const moved = [pixels[1] as number, 1, 0].map(
      (pixel, i) => pixel - Math.fround([0.5, 0.9, 0.1][i] as number),
    );
    expect(squares).toBeCloseTo(
      moved.reduce((sum, d) => sum + d * d, 0),
      12,
    );
    expect(difference(0.75, 0.5)).toBe(0.25);
  });

  it('rounds the range to float32, and knows none', () => {
    const image = place([0, 0]);
    const both = Int32Array.of(0, 1);
    placementOf([0.1, 0.7], undefined).move(
      image,
      place([0.4, 0.4]),
      both,
      Float64Array.of(-1, 1),
      0,
    );
    expect([...image.values]).toEqual([Math.fround(0.1), Math.fround(0.7)]);
    placementOf(null, 256).move(image, place([0.5, 0.5]), both, Float64Array.of(-3, 3.25), 0);
    expect([...image.values]).toEqual([-2.5, 3.75]);
  });
});

describe('placementOf, on grey levels', () => {
  const levels = (image: {values: Float32Array}) => [...image.values].map((v) => v * 10);
  // Eleven levels: 0, .1, ..., 1.
  const {move, difference} = placementOf([0, 1], 11);
  const both = Int32Array.of(0, 1);

  it('takes the nearest levels where they fit', () => {
    const image = place([0, 0]);
    // 1.6 and 0.2 levels, rounded to 2 and 0.
    const squares = move(image, place([0.5, 0.5]), both, Float64Array.of(0.16, 0.02), 0.04);
    expect(levels(image).map(Math.round)).toEqual([7, 5]);
    expect(image.values[0]).toBe(Math.fround(0.7));
    expect(squares).toBeCloseTo(0.04, 12);
  });

  it('rounds towards the center where they do not', () => {
    const image = place([0, 0]);
    const squares = move(image, place([0.5, 0.5]), both, Float64Array.of(0.16, -0.17), 0.0545);
    expect(levels(image).map(Math.round)).toEqual([6, 4]);
    expect(squares).toBeCloseTo(0.02, 12);
  });

  it('stays in the range', () => {
    const image = place([0, 0]);
    move(image, place([0.9, 0.1]), both, Float64Array.of(0.3, -0.3), 1);
    expect([...image.values]).toEqual([1, 0]);
  });

  it('counts whole levels', () => {
    expect(difference(Math.fround(0.7), Math.fround(0.4))).toBeCloseTo(0.3, 15);
    expect(difference(Math.fround(0.4), Math.fround(0.4))).toBe(0);
  });
});
