import {describe, expect, it} from 'vitest';

import {teachersOf} from '../../src/registry/checkCombination';
import {checkExperiment} from '../../src/registry/checkExperiment';

const attack = {name: 'pgd'};
const switching = (before: string, after: string, epoch = 2) => ({
  ...{name: 'switch-at', epoch, before, after},
});

describe('parts that cannot go together', () => {
  it.each([
    [{method: 'natural', attack}, /"attack" must be left out: natural makes its inputs itself/],
    [{method: 'fast-at', attack}, /"attack" must be left out: fast-at/],
    [{method: {name: 'natural', loss: 'focal'}, attack}, /"attack" must be left out: natural/],
    [{method: switching('natural', 'free-at'), attack}, /"attack" must be left out: switch-at/],
    [
      {method: 'mart', attack: {name: 'pgd', startDeviation: 0.1}},
      /"attack.startDeviation" must come with start "gaussian", found the uniform start/,
    ],
    [
      {method: 'mart', attack: {name: 'pgd', norm: 'l2', start: 'one-sided'}},
      /"attack.start" must be of the L∞ ball/,
    ],
    [
      {method: 'mart', optimizer: 'adam', schedule: 'cosine'},
      /"schedule" must come with the optimizer "sgd"/,
    ],
    [
      {method: 'mart', schedule: {name: 'multi-step', milestones: [1], shares: [0.5]}},
      /"schedule" must have milestones or shares, found both/,
    ],
    [
      {method: 'mart', epochs: 5, averaging: {swaFrom: 6}},
      /"averaging.swaFrom" must be at most 5, the epochs of the training, found 6\. The average would never begin/,
    ],
    [{method: switching('natural', 'mart', 6), epochs: 5}, /"method.epoch" must be at most 5/],
    [{method: 'harl', epochs: 40}, /"method.cleanEpochs \+ 1" must be at most 40/],
    [
      {method: 'mart', epochs: 5, wrappers: [{name: 'awp', fromEpoch: 10}]},
      /"wrappers\[0\].fromEpoch" must be at most 5/,
    ],
    [
      {method: 'free-at', wrappers: [{name: 'distillation', teacher: 't'}]},
      /"wrappers\[0\]" must be no distillation around free-at/,
    ],
    [{method: 'mart', teachers: {t: {method: 'mart'}}}, /"teachers.t" must teach somebody/],
    [
      {method: {name: 'rslad', teacher: 't'}, teachers: {t: {method: 'natural', attack}}},
      /"teachers.t.attack" must be left out/,
    ],
  ])('%j', (experiment, message) => {
    expect(() => checkExperiment(experiment)).toThrow(message);
  });

  it.each([
    {method: switching('natural', 'mart'), attack},
    {method: {name: 'trades', loss: 'focal'}, attack},
    {method: 'mart', attack: {name: 'pgd', start: 'gaussian', startDeviation: 0.1}},
    {method: 'mart', optimizer: 'adam', schedule: 'constant'},
    {method: 'mart', epochs: 5, averaging: {swaFrom: 5}},
    {method: {name: 'harl', cleanEpochs: 3}, epochs: 4},
    {method: 'free-at', wrappers: ['awp']},
    {method: {name: 'rslad', teacher: 'elsewhere'}},
  ])('%j can', (experiment) => {
    expect(() => checkExperiment(experiment)).not.toThrow();
  });
});

it('a training asks for the teachers of its method, of what is in it, and of its wrappers', () => {
  const training = checkExperiment({
    method: {...switching('natural', 'mart'), before: {name: 'ard', teacher: 'a'}},
    wrappers: [
      {name: 'distillation', teacher: 'b'},
      {name: 'gradient-matching', teacher: 'a'},
    ],
  });
  expect(teachersOf(training)).toEqual(['a', 'b']);
});
