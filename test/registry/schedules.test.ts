import {describe, expect, it} from 'vitest';

import {cosine, multiStep, oneCycle, warmup, type Schedule} from '../../src/optimizers/schedules';
import type {Experiment} from '../../src/registry/experiment';
import {SCHEDULES} from '../../src/registry/schedules';
import {recipe} from '../support/registered';

const learningRate = 0.2;
const cycle = {
  warmupFraction: 0.4,
  divFactor: 10,
  finalDivFactor: 5,
  curve: 'linear',
  threePhase: true,
} as const;

const TABLE: readonly (readonly [NonNullable<Experiment['schedule']>, Schedule])[] = [
  ['constant', () => learningRate],
  // 0.75 and 0.9 of 10 epochs, rounded.
  ['multi-step', multiStep({learningRate, milestones: [8, 9]})],
  [{name: 'multi-step', shares: [0.5, 0.52]}, multiStep({learningRate, milestones: [5]})],
  [
    {name: 'multi-step', milestones: [3, 6], factor: 0.5, base: 0},
    multiStep({learningRate, milestones: [3, 6], factor: 0.5, base: 0}),
  ],
  ['cosine', cosine({learningRate})],
  [
    {name: 'cosine', finalLearningRate: 0.01, per: 'epoch'},
    cosine({learningRate, finalLearningRate: 0.01, per: 'epoch'}),
  ],
  [{name: 'one-cycle', ...cycle}, oneCycle({maxLearningRate: learningRate, ...cycle})],
  [{name: 'warmup', epochs: 2}, warmup(() => learningRate, {epochs: 2})],
  [
    {name: 'warmup', epochs: 2, startFactor: 0.1, into: {name: 'cosine', per: 'epoch'}},
    warmup(cosine({learningRate, per: 'epoch'}), {epochs: 2, startFactor: 0.1}),
  ],
];

describe('the schedules of the registry', () => {
  it.each(TABLE)('%j', (schedule, meant) => {
    const made = recipe({schedule, epochs: 10, optimizer: {name: 'sgd', learningRate}}).schedule;
    for (let step = 1; step <= 40; step++) {
      const at = {epoch: Math.ceil(step / 4), epochs: 10, step, stepsPerEpoch: 4};
      expect(made?.(at)).toBe(meant(at));
    }
  });

  it('are all in the table above, with all their options', () => {
    const configs = TABLE.map(([config]) => (typeof config === 'string' ? {name: config} : config));
    for (const [name, {options}] of Object.entries(SCHEDULES)) {
      const seen = configs
        .filter((each) => each.name === name)
        .flatMap((each) => Object.keys(each));
      expect(new Set(seen)).toEqual(new Set(['name', ...Object.keys(options)]));
    }
  });

  it('start from the default rate of sgd', () => {
    const {schedule} = recipe({schedule: 'constant'});
    expect(schedule?.({epoch: 1, epochs: 1, step: 1, stepsPerEpoch: 1})).toBe(0.1);
  });
});

it('each entry says what it is', () => {
  for (const {what} of Object.values(SCHEDULES)) expect(what).toMatch(/^\S.{8}/);
});
