import {describe, expect, it} from 'vitest';

import {cifarClassNames, cifarLabelSet} from '../../src/data/cifarClasses';

describe('cifarClassNames', () => {
  it.each([
    ['cifar10', 10, 0, 'airplane'],
    ['cifar10', 10, 9, 'truck'],
    ['fine', 100, 0, 'apple'],
    ['fine', 100, 50, 'mouse'],
    ['fine', 100, 99, 'worm'],
    ['coarse', 20, 0, 'aquatic_mammals'],
    ['coarse', 20, 14, 'people'],
    ['coarse', 20, 19, 'vehicles_2'],
  ] as const)('%s has %d names, number %d is %s', (labelSet, count, index, name) => {
    const names = cifarClassNames(labelSet);
    expect(names).toHaveLength(count);
    expect(new Set(names).size).toBe(count);
    expect(names[index]).toBe(name);
    // The official lists are in alphabetical order, that of CIFAR-10 but for one pair.
    if (labelSet !== 'cifar10') expect([...names]).toEqual([...names].sort());
  });
});

describe('cifarLabelSet', () => {
  it('is what the options mean', () => {
    expect(cifarLabelSet('f', 10, 'coarse')).toBe('cifar10');
    expect(cifarLabelSet('f', 100, 'fine')).toBe('fine');
    expect(cifarLabelSet('f', 100, 'coarse')).toBe('coarse');
    expect(() => cifarLabelSet('f', 7, 'fine')).toThrow(/^f: "classes" must be 10 or 100, found 7/);
    expect(() => cifarLabelSet('f', 7n, 'fine')).toThrow(/found the BigInt 7n/);
    expect(() => cifarLabelSet('f', 10, 'all')).toThrow(/"labelSet" must be "fine" or "coarse"/);
  });
});
