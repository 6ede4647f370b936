import {describe, expect, it} from 'vitest';

import {createRng, type Rng} from '../../src/core/rng';
import {identityOf} from '../../src/core/identity';
import type {Experiment} from '../../src/registry/experiment';
import {SAMPLERS} from '../../src/registry/samplers';
import {balancedSubset} from '../../src/samplers/balancedSubset';
import {balancedSubsetBatches} from '../../src/samplers/balancedSubsetBatches';
import {classBalancedBatches} from '../../src/samplers/classBalancedBatches';
import {effectiveNumberProbabilities} from '../../src/samplers/effectiveNumberProbabilities';
import {mixedBatches} from '../../src/samplers/mixedBatches';
import {progressiveProbabilities} from '../../src/samplers/progressiveProbabilities';
import {sampledBatches} from '../../src/samplers/sampledBatches';
import {shuffledBatches} from '../../src/samplers/shuffledBatches';
import {counts, labels, recipe} from '../support/registered';

type Batches = (rng: Rng, epoch: number) => Int32Array[];

const dropLast = true;
const drawing = {gamma: 2, upsample: 'repeat'} as const;

const TABLE: readonly (readonly [NonNullable<Experiment['sampler']>, Batches])[] = [
  ['class-balanced', (rng) => classBalancedBatches(labels, 3, 4, {rng, dropLast})],
  [
    {name: 'class-balanced', order: 'iid', epochSize: 9},
    (rng) => classBalancedBatches(labels, 3, 4, {rng, dropLast, order: 'iid', epochSize: 9}),
  ],
  ['power', (rng) => classBalancedBatches(labels, 3, 4, {rng, dropLast, order: 'iid', power: 0.5})],
  [
    {name: 'power', power: 0.2, epochSize: 9},
    (rng) =>
      classBalancedBatches(labels, 3, 4, {rng, dropLast, order: 'iid', power: 0.2, epochSize: 9}),
  ],
  [
    {name: 'progressive', epochSize: 12},
    (rng, epoch) =>
      sampledBatches(labels, progressiveProbabilities(counts, epoch, 5), 4, {
        ...{rng, dropLast, epochSize: 12},
      }),
  ],
  [
    {name: 'effective-number', beta: 0.9, epochSize: 12},
    (rng) =>
      sampledBatches(labels, effectiveNumberProbabilities(counts, {beta: 0.9}), 4, {
        ...{rng, dropLast, epochSize: 12},
      }),
  ],
  ['mixed', (rng) => mixedBatches(labels, 3, 4, {rng, dropLast})],
  [
    {name: 'balanced-subset', ...drawing},
    (rng, epoch) =>
      balancedSubsetBatches(labels, 3, 4, {
        ...drawing,
        rng,
        epoch,
        dropLast,
        resample: 'per-epoch',
      }),
  ],
  [
    {name: 'balanced-subset', ...drawing, resample: 'once', seed: 7},
    (rng) =>
      shuffledBatches(balancedSubset(labels, 3, {...drawing, rng: createRng(7)}), 4, {
        ...{rng, dropLast},
      }),
  ],
];

describe('the samplers of the registry', () => {
  it.each(TABLE)('%j', async (sampler, meant) => {
    const {batches} = recipe({sampler, epochs: 5, batchSize: 4, dropLast});
    for (const epoch of [1, 2, 5]) {
      const rng = () => createRng(3).fork(epoch);
      expect(batches?.(rng(), epoch)).toEqual(meant(rng(), epoch));
    }
    const name = typeof sampler === 'string' ? sampler : sampler.name;
    expect(await identityOf(batches)).toMatchObject({name});
  });

  it('shuffled is what a recipe does by itself', () => {
    expect(recipe({sampler: 'shuffled'}).batches).toBeUndefined();
  });

  it('are all in the table above, with all their options', () => {
    const configs = TABLE.map(([config]) => (typeof config === 'string' ? {name: config} : config));
    for (const [name, {options}] of Object.entries(SAMPLERS)) {
      if (name === 'shuffled') continue;
      const seen = configs
        .filter((each) => each.name === name)
        .flatMap((each) => Object.keys(each));
      expect(new Set(seen)).toEqual(new Set(['name', ...Object.keys(options)]));
    }
  });
});

it('each entry says what it is', () => {
  for (const {what} of Object.values(SAMPLERS)) expect(what).toMatch(/^\S.{8}/);
});
