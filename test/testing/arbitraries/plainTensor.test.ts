import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {exampleSize, toTensor} from '../../../src/testing/arbitraries/plainTensor';
import {imageBatches} from '../../../src/testing/arbitraries/imageBatches';
import {expectClose} from '../../support/tensors';

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
