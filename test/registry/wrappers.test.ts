import {describe, expect, it} from 'vitest';

import {awp} from '../../src/methods/awp';
import {distillation} from '../../src/methods/distillation';
import {gradientMatching} from '../../src/methods/gradientMatching';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {WRAPPERS} from '../../src/registry/wrappers';
import {expectSame, recipe, teacher} from '../support/registered';

const kl = {weight: 2, temperature: 3, schedule: 'linear', at: 'clean'} as const;
const matching = {
  ...{alpha: 2, beta: 0.5, gamma: 0.25, extraCleanForward: true},
  clip: [0, 1],
  schedule: 'constant',
  distance: 'l1',
} as const;
const perturbation = {gamma: 0.01, fromEpoch: 4, scaling: 'global'} as const;

describe('the wrappers of the registry', () => {
  it('wrap in turn, the first innermost, with all their options', async () => {
    const wrappers = [
      {name: 'distillation', teacher: 't', ...kl},
      {name: 'gradient-matching', teacher: 't', ...matching},
      {name: 'awp', ...perturbation},
    ] as const;
    const inner = distillation(pgdTraining(), {teacher, ...kl});
    const meant = awp(gradientMatching(inner, {teacher, ...matching}), perturbation);
    await expectSame(recipe({wrappers}).method, meant);
    const seen = wrappers.map(({name, ...options}) => [name, Object.keys(options).sort()]);
    const all = Object.entries(WRAPPERS).map(([name, each]) => [
      name,
      Object.keys(each.options).sort(),
    ]);
    expect(seen).toEqual(all);
  });

  it('have the defaults of their functions', async () => {
    await expectSame(recipe({wrappers: ['awp']}).method, awp(pgdTraining()));
    await expectSame(
      recipe({wrappers: [{name: 'gradient-matching', teacher: 't'}]}).method,
      gradientMatching(pgdTraining(), {teacher}),
    );
    await expectSame(
      recipe({wrappers: [{name: 'distillation', teacher: 't'}]}).method,
      distillation(pgdTraining(), {teacher}),
    );
  });
});

it('each entry says what it is', () => {
  for (const {what} of Object.values(WRAPPERS)) expect(what).toMatch(/^\S.{8}/);
});
