import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {
  checkComponents,
  type ComponentName,
  componentsOf,
  VERSIONS,
} from '../../../src/attacks/autoAttack/components';

const published = {
  ...{steps: 100, queries: 5000, numTargets: 9},
  ...{restarts: undefined, gradientSamples: undefined},
};

const passesOf = (
  version: keyof typeof VERSIONS,
  numClasses: number,
  lengths: Partial<Record<keyof typeof published, number>> = {},
) =>
  Object.fromEntries(
    componentsOf(version, VERSIONS[version], {...published, ...lengths}).map(({name, passes}) => [
      name,
      passes(numClasses),
    ]),
  );

describe('componentsOf', () => {
  it('knows what a survivor of each part costs: section 10.1, less what is saved', () => {
    expect(passesOf('standard', 10)).toEqual({
      'apgd-ce': {forward: 101, backward: 100},
      'apgd-t': {forward: 909, backward: 900},
      'fab-t': {forward: 1800, backward: 900},
      square: {forward: 5001, backward: 0},
    });
    expect(passesOf('plus', 10)).toMatchObject({
      'apgd-ce': {forward: 505, backward: 500},
      'apgd-dlr': {forward: 505, backward: 500},
      // One gradient for each wrong class, no shared tape; and the candidate's forward pass.
      fab: {forward: 5000, backward: 4500},
      square: {forward: 5001, backward: 0},
      'apgd-t': {forward: 909, backward: 900},
    });
    expect(passesOf('rand', 10)).toEqual({
      'apgd-ce': {forward: 2001, backward: 2000},
      'apgd-dlr': {forward: 2001, backward: 2000},
    });
  });

  it('cuts the targets to the wrong classes there are', () => {
    expect(passesOf('fast', 3)['apgd-t']).toEqual({forward: 202, backward: 200});
    expect(passesOf('fast', 200)['apgd-t']).toEqual({forward: 909, backward: 900});
  });

  it('takes lengths, restarts and gradient samples of the caller', () => {
    const given = {steps: 10, queries: 20, restarts: 2, gradientSamples: 3};
    expect(passesOf('standard', 10, given)).toEqual({
      'apgd-ce': {forward: 62, backward: 60},
      'apgd-t': {forward: 558, backward: 540},
      'fab-t': {forward: 360, backward: 180},
      square: {forward: 42, backward: 0},
    });
  });

  it('does not know what an attack of the caller costs', () => {
    const [own] = componentsOf(
      'custom',
      [{name: 'own', attack: (_m: unknown, x: tf.Tensor4D) => x}],
      published,
    );
    expect(own?.name).toBe('own');
    expect(own?.passes(10)).toBeUndefined();
  });
});

describe('checkComponents', () => {
  const check = (attacks: unknown) => () => {
    checkComponents('f', attacks as ComponentName[]);
  };

  it('takes names and attacks of the caller, each once', () => {
    expect(check(['fab', {name: 'own', attack: (): undefined => undefined}])).not.toThrow();
    expect(check(['apgd-ce', 'apgd-dlr', 'apgd-t', 'fab', 'fab-t', 'square'])).not.toThrow();
  });

  it.each<[unknown, string]>([
    [[], 'no attack'],
    ['fab', "'fab'"],
    [['FAB'], "'FAB'"],
    [[{name: 'own'}], 'an object with name'],
    [[{name: 1, attack: (): undefined => undefined}], 'an object with name, attack'],
    [[null], 'null'],
    [
      ['fab', {name: 'fab', attack: (): undefined => undefined}],
      'an attack of your own called fab',
    ],
    [['mine', 'mine'].map((name) => ({name, attack: (): undefined => undefined})), 'mine twice'],
  ])('refuses %j', (attacks, found) => {
    expect(check(attacks)).toThrow(`found ${found}`);
  });
});
