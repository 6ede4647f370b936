import {fc, it} from '@fast-check/vitest';
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

describe('options of labelArrays', () => {
  it('have their defaults: up to 16 labels of 3 classes', () => {
    const drawn = fc.sample(labelArrays(), {numRuns: 500, seed: 1});
    const counts = drawn.map(({length}) => length);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([1, 16]);
    expect(new Set(drawn.flatMap((labels) => Array.from(labels)))).toEqual(new Set([0, 1, 2]));
  });

  it('take one class, and no label', () => {
    expect(fc.sample(labelArrays({numClasses: 1, count: 3}), 1)).toEqual([Int32Array.of(0, 0, 0)]);
    expect(fc.sample(labelArrays({count: 0}), 1)).toEqual([new Int32Array(0)]);
  });

  it.each([
    [{numClasses: 0}, 'labelArrays: "numClasses" must be an integer >= 1, found 0'],
    [{numClasses: 1.5}, 'labelArrays: "numClasses" must be an integer >= 1, found 1.5'],
    [{count: [2, 1]}, 'labelArrays: "count[1]" must be an integer >= 2, found 1'],
  ] as const)('of %j are refused with what they must be', (options, message) => {
    expect(() => labelArrays(options)).toThrow(message);
  });

  it('that there are not are refused', () => {
    expect(() => labelArrays({counts: 3} as never)).toThrow(/^labelArrays: .*counts/);
  });
});
