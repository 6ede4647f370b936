import {it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {labelArrays} from '../../../src/testing/arbitraries/labelArrays';
import {shrunk, sorted} from '../../support/shrunk';

describe('labelArrays', () => {
  it.prop([labelArrays({count: [2, 5], numClasses: 4})])('are classes', (labels) => {
    expect(labels).toBeInstanceOf(Int32Array);
    expect(labels.length).toBeGreaterThanOrEqual(2);
    expect(labels.length).toBeLessThanOrEqual(5);
    for (const label of labels) expect([0, 1, 2, 3]).toContain(label);
  });

  it('shrink toward few of class 0', () => {
    expect(shrunk(labelArrays(), () => true)).toEqual(Int32Array.of(0));
    expect(shrunk(labelArrays(), (labels) => new Set(labels).size > 1, sorted)).toEqual([0, 1]);
  });

  it('refuse no class', () => {
    expect(() => labelArrays({numClasses: 0})).toThrow('"numClasses" must');
  });
});
