import {expect, it} from 'vitest';

import {METHODS} from '../../src/registry/methods';
import {registered} from '../../src/registry/registered';
import type {Kind} from '../../src/registry/checkNamed';

it('lists names, a line about each, and their options', () => {
  const methods = registered('method');
  expect(methods.map(({name}) => name)).toEqual(Object.keys(METHODS));
  expect(methods.find(({name}) => name === 'mart')).toEqual({
    name: 'mart',
    what: 'MART: boosted cross-entropy, and a divergence weighted by doubt',
    options: ['lambda', 'attackMode'],
  });
});

it.each([
  'method',
  'wrapper',
  'attack',
  'loss',
  'optimizer',
  'schedule',
  'sampler',
  'augmentation',
  'head',
] as const)('has names of the kind %s', (kind) => {
  expect(registered(kind).length).toBeGreaterThan(0);
  for (const {what} of registered(kind)) expect(what.length).toBeGreaterThan(5);
});

it('refuses another kind', () => {
  expect(() => registered('metod' as Kind)).toThrow(/experiment: "kind" must be one of 'method'/);
});
