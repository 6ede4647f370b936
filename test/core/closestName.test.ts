import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {closestName} from '../../src/core/closestName';

const known = ['pgd-at', 'at-bsl', 'trades', 'mart', 'gradient-matching', 'self-distillation'];

describe('closestName', () => {
  it.each([
    ['trade', 'trades'],
    ['traeds', 'trades'],
    ['TRADES', 'trades'],
    ['atBsl', 'at-bsl'],
    ['pgdAT', 'pgd-at'],
    ['gradientMatchin', 'gradient-matching'],
    ['self_distilation', 'self-distillation'],
    ['mrat', 'mart'],
  ])('%s is %s', (written, meant) => {
    expect(closestName(written, known)).toBe(meant);
  });

  it.each(['adversarial', 'x', '', 'vision'])('%s is none of them', (written) => {
    expect(closestName(written, known)).toBeUndefined();
  });

  it('counts a swap of neighbours as one step, and of no others', () => {
    expect(closestName('amrt', ['mart'])).toBe('mart');
    // One letter stays and two change.
    expect(closestName('mzat', ['mart'])).toBeUndefined();
    expect(closestName('mrxt', ['mart'])).toBeUndefined();
  });

  it('lets one step be wrong in a short name', () => {
    expect(closestName('b', ['ab'])).toBe('ab');
    expect(closestName('b', ['abc'])).toBeUndefined();
  });

  it('finds a long name from which a letter was lost, doubled or changed', () => {
    const long = known.filter(({length}) => length > 5);
    fc.assert(
      fc.property(
        fc.constantFrom(...long),
        fc.nat(),
        fc.constantFrom('', 'q', 'qq'),
        (name, at, by) => {
          const i = at % name.length;
          expect(closestName(name.slice(0, i) + by + name.slice(i + 1), long)).toBe(name);
        },
      ),
    );
  });
});
