import {describe, expect, it} from 'vitest';

import {renaming, torchvisionResnetNames} from '../../../src/models/pytorch/nameMap';

describe('renaming', () => {
  it('applies each rule to what the ones before it gave', () => {
    const names = renaming([
      [/^a\./, 'b.'],
      ['b.', 'c.'],
      [/\.(\d+)$/, '[$1]'],
    ]);
    expect(['a.1', 'b.x', 'x.12'].map(names)).toEqual(['c[1]', 'c.x', 'x[12]']);
  });

  it('leaves names as they are without rules', () => {
    expect(renaming([])('fc.weight')).toBe('fc.weight');
  });
});

describe('torchvisionResnetNames', () => {
  it.each([
    ['conv1.weight', 'conv1.weight'],
    ['layer1.0.bn2.running_var', 'layer1.0.bn2.running_var'],
    ['layer3.0.shortcut.1.bias', 'layer3.0.downsample.1.bias'],
    ['linear.bias', 'fc.bias'],
  ])('names %s %s', (here, there) => {
    expect(torchvisionResnetNames(here)).toBe(there);
  });
});
