import * as root from '../../../src/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {callback, choice, flag, optional, real, required, single, whole} from '../kinds';

const {model, loss} = f;
const METHOD = {attack: f.attack, attackMode: f.attackMode};
const teacher = required(model);
const counts = required(f.anyCounts);

/** Training methods. */
export const METHODS: readonly Call[] = [
  call(
    'adaAdTraining',
    root.adaAdTraining,
    {},
    {
      ...METHOD,
      teacher,
      lambda: real(0.5, {min: 0, max: 1}),
      classReduction: f.classReduction,
      passes: f.passes,
    },
  ),
  call(
    'ardTraining',
    root.ardTraining,
    {},
    {
      ...METHOD,
      teacher,
      alpha: real(0.5, {min: 0, max: 1}),
      temperature: f.temperature,
      classReduction: f.classReduction,
      passes: f.passes,
    },
  ),
  call('atBslTraining', root.atBslTraining, {}, {...METHOD, classCounts: counts, tau: real(1)}),
  call(
    'awp',
    root.awp,
    {base: f.method},
    {
      gamma: f.atLeastZero,
      fromEpoch: whole(1, 1, Infinity, Infinity),
      scaling: choice('layerwise', 'global'),
    },
  ),
  call('classBudgetFactors', root.classBudgetFactors, {
    classCounts: f.anyCounts,
    intensity: real(0.5, {min: 0, max: 1}),
  }),
  call(
    'classBudgets',
    root.classBudgets,
    {},
    {
      classCounts: counts,
      epsilon: f.positive,
      stepSize: f.positive,
      steps: whole(2),
      intensity: real(0.5, {min: 0, max: 1}),
      warmup: f.atLeastZero,
      clip: f.clip,
    },
  ),
  call(
    'distillation',
    root.distillation,
    {base: f.method},
    {
      teacher,
      weight: f.atLeastZero,
      schedule: f.schedule,
      at: choice('adversarial', 'clean'),
      temperature: f.temperature,
    },
  ),
  call(
    'fastAt',
    root.fastAt,
    {},
    {epsilon: f.positive, stepSize: f.positive, clip: f.clip, loss, attackMode: f.attackMode},
  ),
  call('freeAt', root.freeAt, {}, {replays: whole(2), epsilon: f.positive, clip: f.clip, loss}),
  call(
    'gradientMatching',
    root.gradientMatching,
    {base: f.method},
    {
      teacher,
      alpha: f.atLeastZero,
      schedule: f.schedule,
      distance: f.distance,
      beta: f.atLeastZero,
      gamma: f.atLeastZero,
      clip: f.clip,
      extraCleanForward: flag(),
    },
  ),
  call(
    'harlTraining',
    root.harlTraining,
    {},
    {
      ...METHOD,
      cleanEpochs: whole(1, 0, Infinity, Infinity),
      passes: f.passes,
      meanWeight: f.atLeastZero,
      varianceWeight: f.atLeastZero,
      shareWeight: f.atLeastZero,
      absent: choice('skip', 'zero'),
    },
  ),
  call(
    'ldamTraining',
    root.ldamTraining,
    {},
    {
      ...METHOD,
      classCounts: counts,
      maxMargin: f.atLeastZero,
      scale: single(0.5),
      power: f.atLeastZero,
      plainShare: real(0.5, {min: 0, max: 1}),
      beta: real(0.9, {min: 0, max: 1}),
    },
  ),
  call('alpTraining', root.alpTraining, {}, {...METHOD, lambda: f.atLeastZero, loss}),
  call('martTraining', root.martTraining, {}, {...METHOD, lambda: f.atLeastZero}),
  call('naturalTraining', root.naturalTraining, {}, {loss}),
  call('pgdTraining', root.pgdTraining, {}, {...METHOD, loss}),
  call(
    'reatTraining',
    root.reatTraining,
    {},
    {
      ...METHOD,
      classCounts: counts,
      tailWeight: f.atLeastZero,
      mode: choice('repo', 'pairwise'),
      tailFrom: optional(whole(1, 0, 3)),
      maxRatio: optional(real(2, {above: 1})),
    },
  ),
  call(
    'robalTraining',
    root.robalTraining,
    {},
    {
      ...METHOD,
      ...f.MARGINS,
      classCounts: counts,
      passes: f.passes,
      adversarialWeight: f.atLeastZero,
      naturalWeight: f.atLeastZero,
      regularization: f.atLeastZero,
    },
  ),
  call(
    'rsladTraining',
    root.rsladTraining,
    {},
    {...METHOD, teacher, weight: real(0.5, {min: 0, max: 1}), classReduction: f.classReduction},
  ),
  call(
    'selfDistillationTraining',
    root.selfDistillationTraining,
    {},
    {
      attack: f.attack,
      teacher,
      classCounts: counts,
      kd: choice('igdm', 'kl-adv', 'none'),
      alpha: f.atLeastZero,
      alphaSchedule: f.schedule,
      temperature: f.temperature,
      hardLoss: choice('bsl', 'ce'),
      tau: real(1),
      igdmDistance: f.distance,
      igdmBeta: f.atLeastZero,
      igdmGamma: f.atLeastZero,
      igdmClip: f.clip,
      extraCleanForward: flag(),
    },
  ),
  call('switchAt', root.switchAt, {
    epoch: whole(2, 1, Infinity, Infinity),
    before: f.method,
    after: f.method,
  }),
  call(
    'tradesTraining',
    root.tradesTraining,
    {},
    {...METHOD, beta: f.atLeastZero, loss, passes: f.passes},
  ),
  call('withUpdateRule', root.withUpdateRule, {
    base: f.method,
    wrap: callback((inner: unknown) => inner),
  }),
];
