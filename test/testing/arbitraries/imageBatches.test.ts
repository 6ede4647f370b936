import {it} from '@fast-check/vitest';
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
