import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {imageBatches} from '../../../src/testing/arbitraries/imageBatches';
import type {PlainTensor} from '../../../src/testing/arbitraries/plainTensor';
import {shrunk, sorted} from '../../support/shrunk';

const size = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

describe('imageBatches', () => {
  it.prop([imageBatches({range: [-1, 3], levels: 5})])('lie on the grey levels', (batch) => {
    expect(batch.shape).toHaveLength(4);
    expect(batch.values).toHaveLength(size(batch.shape));
    for (const pixel of batch.values) expect([-1, 0, 1, 2, 3]).toContain(pixel);
  });

  it.prop([imageBatches({count: 2, height: [3, 5], width: 1, channels: 1})])(
    'have the sizes asked for',
    ({shape: [count, height = 0, width, channels]}) => {
      expect([count, width, channels]).toEqual([2, 1, 1]);
      expect(height).toBeGreaterThanOrEqual(3);
      expect(height).toBeLessThanOrEqual(5);
    },
  );

  it('shrink toward one dark pixel', () => {
    expect(shrunk(imageBatches(), () => true)).toEqual({
      values: new Float32Array([0]),
      shape: [1, 1, 1, 1],
    });
  });

  it('shrink to the smallest image, and the darkest pixel, that is still bad', () => {
    const isBad = ({values, shape}: PlainTensor) => {
      return (shape[2] ?? 0) >= 2 && values.some((pixel) => pixel >= 0.5);
    };
    // No wider, and no pixel brighter, than it must be.
    expect(shrunk(imageBatches(), isBad, ({shape}) => shape[2])).toBe(2);
    const bright = shrunk(imageBatches(), isBad, ({values}) => sorted(values).slice(-2));
    expect(bright).toEqual([0, Math.fround(128 / 255)]);
  });

  it.each([
    [{levels: 1}, 'levels'],
    [{range: [1, 0]}, 'range[1]'],
    [{count: [3, 2]}, 'count[1]'],
  ] as const)('refuse %j', (options, argument) => {
    expect(() => imageBatches(options)).toThrow(`"${argument}" must`);
  });
});

describe('options of imageBatches', () => {
  const drawn = (options?: Parameters<typeof imageBatches>[0]) =>
    fc.sample(imageBatches(options), {numRuns: 500, seed: 1});

  it('have their defaults: up to four images of 4 x 4 x 3, on 256 levels of [0, 1]', () => {
    const batches = drawn();
    for (const [axis, most] of [4, 4, 4, 3].entries()) {
      const sides = batches.map(({shape}) => shape[axis] ?? NaN);
      expect([Math.min(...sides), Math.max(...sides)]).toEqual([1, most]);
    }
    const pixels = batches.flatMap(({values}) => Array.from(values));
    expect([Math.min(...pixels), Math.max(...pixels)]).toEqual([0, 1]);
    for (const pixel of pixels) expect(pixel).toBe(Math.fround(Math.round(255 * pixel) / 255));
  });

  it('take two levels, black and white', () => {
    const pixels = drawn({levels: 2}).flatMap(({values}) => Array.from(values));
    expect(new Set(pixels)).toEqual(new Set([0, 1]));
  });

  it('take no image', () => {
    expect(drawn({count: 0, height: 2, width: 2, channels: 1})[0]).toEqual({
      ...{values: new Float32Array(0), shape: [0, 2, 2, 1]},
    });
  });

  it.each([
    [{levels: 2.5}, 'imageBatches: "levels" must be an integer >= 2, found 2.5'],
    [{range: [NaN, 1]}, 'imageBatches: "range[0]" must be a finite number, found NaN'],
    [{range: [1, 1]}, 'imageBatches: "range[1]" must be a finite number > 1, found 1'],
    [{height: -1}, 'imageBatches: "height[0]" must be an integer >= 0'],
    [{width: 1.5}, 'imageBatches: "width[0]" must be an integer >= 0'],
    [{channels: [2, 1]}, 'imageBatches: "channels[1]" must be an integer >= 2'],
  ] as const)('of %j are refused with what they must be', (options, message) => {
    expect(() => imageBatches(options)).toThrow(message);
  });

  it('that there are not are refused', () => {
    expect(() => imageBatches({heigth: 2} as never)).toThrow(/^imageBatches: .*heigth/);
  });
});
