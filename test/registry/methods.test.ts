import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {TrainingMethod} from '../../src/core/trainingMethod';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {adaAdTraining} from '../../src/methods/adaAdTraining';
import {alpTraining} from '../../src/methods/alpTraining';
import {ardTraining} from '../../src/methods/ardTraining';
import {atBslTraining} from '../../src/methods/atBslTraining';
import {fastAt} from '../../src/methods/fastAt';
import {freeAt} from '../../src/methods/freeAt';
import {harlTraining} from '../../src/methods/harlTraining';
import {ldamTraining} from '../../src/methods/ldamTraining';
import {martTraining} from '../../src/methods/martTraining';
import {naturalTraining} from '../../src/methods/naturalTraining';
import {pgdTraining} from '../../src/methods/pgdTraining';
import {reatTraining} from '../../src/methods/reatTraining';
import {robalTraining} from '../../src/methods/robalTraining';
import {rsladTraining} from '../../src/methods/rsladTraining';
import {selfDistillationTraining} from '../../src/methods/selfDistillationTraining';
import {switchAt} from '../../src/methods/switchAt';
import {tradesTraining} from '../../src/methods/tradesTraining';
import {trainingAttack} from '../../src/methods/attackBatch';
import type {Experiment} from '../../src/registry/experiment';
import {METHODS} from '../../src/registry/methods';
import {counts as classCounts, expectSame, recipe, teacher} from '../support/registered';

type Options = Exclude<Experiment['method'], string>;

const attack = trainingAttack<tf.Tensor4D>({epsilon: 0.1, steps: 3});
const published = {attackMode: 'training', passes: 'published'} as const;
const adaAd = {lambda: 0.5, classReduction: 'mean', ...published} as const;
const ard = {alpha: 0.5, temperature: 5, classReduction: 'mean', ...published} as const;
const rslad = {weight: 0.5, classReduction: 'mean', attackMode: 'training'} as const;
const robal = {
  ...{margin: 0.2, scale: 5, priorTau: 1, marginTau: 0.1, adversarialWeight: 2},
  ...{naturalWeight: 0.1, regularization: 3},
  ...published,
};
const reat = {
  tailWeight: 2,
  mode: 'pairwise',
  tailFrom: 2,
  maxRatio: 9,
  attackMode: 'training',
} as const;
const harl = {
  ...{meanWeight: 1, varianceWeight: 2, shareWeight: 3, cleanEpochs: 4},
  ...published,
  absent: 'skip',
} as const;
const ldam = {
  maxMargin: 0.4,
  scale: 2,
  power: 0.3,
  plainShare: 0.5,
  beta: 0.99,
  attackMode: 'training',
} as const;
const fast = {epsilon: 0.1, stepSize: 0.2, clip: null, attackMode: 'inference'} as const;
const free = {replays: 3, epsilon: 0.1, clip: [0, 2]} as const;
const paper = {
  kd: 'igdm+kl-adv',
  ...{alpha: 2, temperature: 3, tau: 0.5, igdmBeta: 0.5, igdmGamma: 0.25},
  alphaSchedule: 'constant',
  hardLoss: 'bsl',
  igdmDistance: 'l2',
  igdmClip: [0, 1],
  extraCleanForward: true,
} as const;

// Every method with every option, beside the method that is meant.
const TABLE: readonly (readonly [Options, () => TrainingMethod])[] = [
  [{name: 'natural', loss: 'cross-entropy'}, () => naturalTraining({loss: crossEntropy})],
  [
    {name: 'pgd-at', loss: 'cross-entropy', attackMode: 'training'},
    () => pgdTraining({attack, attackMode: 'training'}),
  ],
  [
    {name: 'at-bsl', tau: 0.5, attackMode: 'training'},
    () => atBslTraining({classCounts, tau: 0.5, attack, attackMode: 'training'}),
  ],
  [
    {name: 'trades', beta: 2, loss: 'cross-entropy', ...published},
    () => tradesTraining({beta: 2, ...published, attack}),
  ],
  [
    {name: 'alp', lambda: 2, loss: 'cross-entropy', attackMode: 'training'},
    () => alpTraining({lambda: 2, attack, attackMode: 'training'}),
  ],
  [
    {name: 'mart', lambda: 2, attackMode: 'training'},
    () => martTraining({lambda: 2, attack, attackMode: 'training'}),
  ],
  [{name: 'ard', teacher: 't', ...ard}, () => ardTraining({teacher, ...ard, attack})],
  [{name: 'rslad', teacher: 't', ...rslad}, () => rsladTraining({teacher, ...rslad, attack})],
  [{name: 'adaad', teacher: 't', ...adaAd}, () => adaAdTraining({teacher, ...adaAd, attack})],
  [{name: 'robal', ...robal}, () => robalTraining({classCounts, ...robal, attack})],
  [
    {name: 'reat', ...reat},
    () => reatTraining({classCounts, ...reat, attack}) as unknown as TrainingMethod,
  ],
  [{name: 'harl', ...harl}, () => harlTraining({...harl, attack})],
  [{name: 'ldam', ...ldam}, () => ldamTraining({classCounts, ...ldam, attack})],
  [{name: 'fast-at', loss: 'cross-entropy', ...fast}, () => fastAt(fast)],
  [
    {name: 'free-at', loss: 'cross-entropy', ...free},
    () => freeAt(free) as unknown as TrainingMethod,
  ],
  [
    {name: 'self-distillation', teacher: 't', ...paper},
    () => selfDistillationTraining({teacher, classCounts, ...paper, attack}),
  ],
  [
    {
      name: 'switch-at',
      epoch: 3,
      before: {name: 'mart', lambda: 2},
      after: 'pgd-at',
    },
    () => switchAt(3, martTraining({lambda: 2, attack}), pgdTraining({attack})),
  ],
];

const withoutAttack = ['natural', 'fast-at', 'free-at'];

describe('the methods of the registry', () => {
  it.each(TABLE)('%j', async (method, make) => {
    const own = withoutAttack.includes(method.name);
    const given = own ? {} : {attack: {name: 'pgd', epsilon: 0.1, steps: 3} as const};
    await expectSame(recipe({method, ...given}).method, make());
  });

  it('are all in the table above, with all their options', () => {
    const seen = Object.fromEntries(
      TABLE.map(([{name, ...options}]) => [name, Object.keys(options).sort()]),
    );
    const all = Object.fromEntries(
      Object.entries(METHODS).map(([name, {options}]) => [name, Object.keys(options).sort()]),
    );
    expect(seen).toEqual(all);
  });

  it.each(Object.keys(METHODS).filter((name) => name !== 'switch-at'))(
    '%s has by default what it was published with',
    async (name) => {
      const needsTeacher = 'teacher' in METHODS[name as keyof typeof METHODS].options;
      const config = needsTeacher ? {name, teacher: 't'} : name;
      const made = recipe({method: config as Experiment['method']}).method;
      const [, make] = TABLE.find(([each]) => each.name === name) ?? [];
      expect(make).toBeDefined();
      // Without an attack in the experiment, the method's own.
      await expectSame(made, DEFAULTS[name]?.());
    },
  );
});

const DEFAULTS: Readonly<Record<string, () => unknown>> = {
  natural: () => naturalTraining(),
  'pgd-at': () => pgdTraining(),
  'at-bsl': () => atBslTraining({classCounts}),
  trades: () => tradesTraining(),
  alp: () => alpTraining(),
  mart: () => martTraining(),
  ard: () => ardTraining({teacher}),
  rslad: () => rsladTraining({teacher}),
  adaad: () => adaAdTraining({teacher}),
  robal: () => robalTraining({classCounts}),
  reat: () => reatTraining({classCounts}),
  harl: () => harlTraining(),
  ldam: () => ldamTraining({classCounts}),
  'fast-at': () => fastAt(),
  'free-at': () => freeAt(),
  'self-distillation': () => selfDistillationTraining({teacher, classCounts}),
};

it('each entry says what it is', () => {
  for (const {what} of Object.values(METHODS)) expect(what).toMatch(/^\S.{8}/);
});
