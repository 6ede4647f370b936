import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {exampleSize, toTensor} from '../../../src/testing/arbitraries/plainTensor';
import {imageBatches} from '../../../src/testing/arbitraries/imageBatches';
import {expectClose, numbers} from '../../support/tensors';

describe('toTensor', () => {
  it.prop([imageBatches()], {numRuns: 20})('has the values and the shape', (batch) => {
    const tensor = toTensor(batch);
    expect(tensor.shape).toEqual(batch.shape);
    expect(tensor.dtype).toBe('float32');
    expectClose(tensor, batch.values, 0);
    expect(exampleSize(batch.shape) * (batch.shape[0] ?? 0)).toBe(tensor.size);
    tensor.dispose();
  });

  it('refuses a shape of another size', () => {
    expect(() => toTensor({values: new Float32Array(3), shape: [2, 2]})).toThrow();
    expect(fc.stringify({values: new Float32Array(1)})).toContain('Float32Array'); // printable
  });
});

describe('what toTensor refuses', () => {
  const values = new Float32Array([1, 2]);
  it.each<[unknown]>([
    [undefined],
    [[1, 2]],
    [{values}],
    [{shape: [2]}],
    [{values: [1, 2], shape: [2]}],
    [{values, shape: 2}],
    [{values, shape: [3]}],
    [{values, shape: [2, 2]}],
  ])('%j', (wrong) => {
    expect(() => toTensor(wrong as never)).toThrow(
      /^toTensor: "plain" must be \{values, shape\}, a Float32Array and its shape, found .* Pass what imageBatches gives\.$/,
    );
  });

  it('not: one value without axes', () => {
    const tensor = toTensor({values: new Float32Array([3]), shape: []});
    expect([tensor.shape, numbers(tensor)]).toEqual([[], [3]]);
    tensor.dispose();
  });
});

it('exampleSize is 1 of single values, and the product of the axes else', () => {
  expect([[5], [5, 3], [0, 3, 4], [5, 0]].map(exampleSize)).toEqual([1, 3, 12, 0]);
});
