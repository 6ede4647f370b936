import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {miFgsmAttack} from '../../src/attacks/miFgsmAttack';
import {pgdAttack, type PgdOptions} from '../../src/attacks/pgdAttack';
import {createRng} from '../../src/core/rng';
import {classBudgets} from '../../src/methods/classBudgets';
import {oneSidedStart, unclippedStart} from '../../src/methods/starts';
import {identityOf} from '../../src/core/identity';
import {ATTACKS} from '../../src/registry/attacks';
import type {Named} from '../../src/registry/entry';
import {counts} from '../support/registered';
import {int, numbers} from '../support/tensors';

type Images = tf.Tensor4D;

const model = (x: Images): tf.Tensor2D =>
  tf.matMul(
    tf.reshape(x, [-1, 4]),
    tf.tensor2d([1, -1, 2, 0.5, -2, 1, 0, 1, -1, 0.3, 0.2, 1], [4, 3]),
  );
const x = () => tf.tensor4d([0.5, 0.4, 0.3, 0.6, 0.2, 0.7, 0.5, 0.5], [2, 2, 2, 1]);
const labels = () => int([0, 2]);
const rng = () => createRng(4);

const pgd = (options: Omit<PgdOptions, 'rng'>, hasRng = true) =>
  pgdAttack(model, x(), labels(), {...(hasRng ? {rng: rng()} : {}), ...options});
const small = {epsilon: 0.1, steps: 2, stepSize: 0.03};

const TABLE: readonly (readonly [Named, () => Images | Promise<Images>])[] = [
  [{name: 'pgd'}, () => pgd({})],
  [
    {name: 'pgd', norm: 'l2', clip: [0, 0.8], start: 'uniform', ...small},
    () => pgd({norm: 'l2', clip: [0, 0.8], ...small}),
  ],
  [{name: 'pgd', start: 'gaussian', ...small}, () => pgd({startDeviation: 0.001, ...small})],
  [
    {name: 'pgd', start: 'gaussian', startDeviation: 0.01, ...small},
    () => pgd({startDeviation: 0.01, ...small}),
  ],
  [
    {name: 'pgd', start: 'one-sided', ...small},
    () => pgd({start: (input) => oneSidedStart(0.1)(input, rng()), ...small}),
  ],
  [
    {name: 'pgd', start: 'unclipped', ...small},
    () => pgd({start: (input) => unclippedStart(0.1)(input, rng()), ...small}),
  ],
  [{name: 'pgd', start: 'none', ...small}, () => pgd(small, false)],
  [
    {name: 'mi-fgsm', norm: 'linf', decay: 0.5, clip: null, ...small},
    () => miFgsmAttack(model, x(), labels(), {decay: 0.5, clip: null, ...small}),
  ],
  [
    {name: 'class-budgets', intensity: 0.4, warmup: 0.5, clip: [0, 1], ...small},
    () => {
      const attack = classBudgets({classCounts: counts, intensity: 0.4, warmup: 0.5, ...small});
      return attack(model, x(), labels(), {rng: rng()});
    },
  ],
];

describe('the attacks of the registry', () => {
  it.each(TABLE)('%j', async ({name, ...options}, meant) => {
    const attack = ATTACKS[name as keyof typeof ATTACKS].make(options, {classCounts: counts});
    const [actual, expected] = [await attack(model, x(), labels(), {rng: rng()}), await meant()];
    expect(numbers(actual)).toEqual(numbers(expected));
    expect(await identityOf(attack)).toMatchObject(
      Object.fromEntries(
        Object.entries(options).filter(([key]) => !['start', 'startDeviation'].includes(key)),
      ),
    );
  });

  it('are all in the table above, with all their options', () => {
    for (const [name, {options}] of Object.entries(ATTACKS)) {
      const seen = TABLE.filter(([config]) => config.name === name).flatMap(([config]) =>
        Object.keys(config),
      );
      expect(new Set(seen)).toEqual(new Set(['name', ...Object.keys(options)]));
    }
  });
});

it('each entry says what it is', () => {
  for (const {what} of Object.values(ATTACKS)) expect(what).toMatch(/^\S.{8}/);
});
