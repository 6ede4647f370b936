import * as tf from '@tensorflow/tfjs-core';

import * as root from '../../../src/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {
  anything,
  base,
  callback,
  choice,
  either,
  flag,
  only,
  optional,
  real,
  required,
  tensor,
  text,
  whole,
} from '../kinds';

const {x, labels, model, rng, loss} = f;
// PGD and its family take no step at all, too.
const iterations = base(whole(2, 0));
const [steps, restarts] = [base(whole(2)), optional(whole(1))];
const onX = {model, x, labels};
const targetClasses = optional(tensor(f.OTHERS, 'int32', [3]));
const INNER = {
  ...f.THREAT,
  ...f.CONTEXT,
  loss,
  targets: targetClasses,
  checkValues: flag(true),
};
const STEPS = {...INNER, steps: iterations, stepSize: f.stepSize};
const startDeviation = optional(real(0.01, {min: 0}));
const PGD = {
  ...STEPS,
  startDeviation,
  start: optional(
    either(
      callback((input: tf.Tensor) => tf.clone(input)),
      x,
    ),
  ),
};
const ASYNC = {onProgress: optional(f.onProgress), onWarning: optional(callback(() => undefined))};
const MINIMAL = {...f.VERDICT, steps, loss: optional(f.ignoredLoss)};
const ENSEMBLE = {
  ...f.VERDICT,
  norm: f.norm,
  epsilon: required(either(f.epsilon, f.byFeature)),
  rng: required(rng),
  version: optional(choice('custom')),
  attacks: base(only(() => ['apgd-ce'])),
  batchSize: f.batchSize,
  steps,
  queries: whole(5),
  dataFormat: optional(f.dataFormat),
  numTargets: whole(2),
  restarts,
  gradientSamples: optional(whole(1)),
  diagnostics: base(flag(false)),
  adversarial: flag(),
  checkpoints: optional(f.checkpoints),
  checkpointKey: text('key'),
  loss: optional(f.ignoredLoss),
};
const CORRUPTION = {
  ...f.CONTEXT,
  norm: f.norm,
  epsilon: f.epsilon,
  clip: f.clip,
  loss: optional(f.ignoredLoss),
  severity: whole(1, 1, 5),
  benchmark: choice('cifar-c', 'imagenet-c'),
  dataFormat: optional(f.dataFormat),
  checkValues: flag(true),
};
const BESIDE = ['epsilon', 'exampleIds', 'adversarial', 'checkpoints', 'checkpointKey'];
const FOR_EVALUATION = Object.fromEntries(
  Object.entries(ENSEMBLE).filter(([name]) => !BESIDE.includes(name)),
);

/** Attacks. */
export const ATTACKS: readonly Call[] = [
  call('fgsmAttack', root.fgsmAttack, onX, INNER),
  call('fgsmAttackAsync', root.fgsmAttackAsync, onX, {...INNER, ...ASYNC}),
  call('pgdAttack', root.pgdAttack, onX, PGD),
  call('pgdAttackAsync', root.pgdAttackAsync, onX, {...PGD, ...ASYNC}),
  call('bimAttack', root.bimAttack, onX, STEPS),
  call('bimAttackAsync', root.bimAttackAsync, onX, {...STEPS, ...ASYNC}),
  call('miFgsmAttack', root.miFgsmAttack, onX, {...PGD, decay: f.atLeastZero}),
  call('miFgsmAttackAsync', root.miFgsmAttackAsync, onX, {...PGD, ...ASYNC, decay: f.atLeastZero}),
  call('restartedPgdAttack', root.restartedPgdAttack, onX, {
    ...f.VERDICT,
    steps,
    restarts: base(whole(1)),
    stepSize: f.stepSize,
    loss,
    rng: required(rng),
  }),
  call('apgdAttack', root.apgdAttack, onX, {
    ...f.VERDICT,
    rng: optional(rng),
    steps,
    restarts: base(whole(1)),
    numTargets: whole(2),
    loss: either(choice('ce', 'dlr', 'targeted-dlr'), loss),
    momentum: real(0.5, {min: 0, max: 1}),
    rho: real(0.5, {min: 0, max: 1}),
    gradientSamples: whole(1),
    firstComparison: choice('start', 'zero'),
    returns: choice('broken', 'best-loss'),
  }),
  call('carliniWagnerAttack', root.carliniWagnerAttack, onX, {
    ...MINIMAL,
    norm: choice('l2'),
    epsilon: f.stepSize,
    searchSteps: base(whole(1)),
    initialConstant: f.positive,
    learningRate: f.positive,
    confidence: f.atLeastZero,
    mask: f.noMask,
    abortEarly: flag(),
  }),
  call('deepFoolAttack', root.deepFoolAttack, onX, {
    ...MINIMAL,
    candidates: whole(2, 1),
    overshoot: f.atLeastZero,
    margin: f.atLeastZero,
    epsilon: f.stepSize,
  }),
  call('fabAttack', root.fabAttack, onX, {
    ...MINIMAL,
    rng: optional(rng),
    targeted: flag(),
    numTargets: whole(2),
    restarts: base(whole(1)),
    alphaMax: real(0.1, {min: 0, max: 1}),
    overshoot: real(1.05, {min: 1}),
    backward: real(0.9, {min: 0, max: 1}),
    epsilon: f.stepSize,
  }),
  call(
    'squareAttack',
    root.squareAttack,
    {model: f.imageModel, x: tensor(f.IMAGES, 'float32', [3, 4, 4, 1]), labels},
    {
      ...f.VERDICT,
      rng: required(rng),
      queries: base(whole(3)),
      restarts: base(whole(1)),
      pInit: real(0.8, {above: 0, max: 1}),
      rescaleSchedule: flag(),
      loss: either(choice('margin', 'ce'), loss),
      mask: f.noMask,
      targets: targetClasses,
      dataFormat: optional(f.dataFormat),
    },
  ),
  call('autoAttack', root.autoAttack, onX, ENSEMBLE),
  call('estimateCost', root.estimateCost, onX, {
    ...ENSEMBLE,
    survivors: optional(real(1, {min: 0, max: 3})),
  }),
  call(
    'autoAttackForEvaluation',
    root.autoAttackForEvaluation,
    {},
    {
      ...FOR_EVALUATION,
      mask: optional(f.anyValues),
      clip: f.anyClip,
      epsilon: required(either(real(0.1, {min: 0, max: 1}), f.anyValues)),
      rng: optional(rng),
    },
  ),
  call(
    'ensembleAttack',
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- it still checks its arguments
    root.ensembleAttack,
    {},
    {
      ...FOR_EVALUATION,
      mask: optional(f.anyValues),
      clip: f.anyClip,
      epsilon: required(either(real(0.1, {min: 0, max: 1}), f.anyValues)),
      rng: optional(rng),
    },
  ),
  call(
    'contrastCorruption',
    root.contrastCorruption,
    {
      model: anything(null),
      x: tensor(f.IMAGES, 'float32', [-1, -1, -1, -1]),
      labels,
    },
    CORRUPTION,
  ),
  call(
    'gaussianBlurCorruption',
    root.gaussianBlurCorruption,
    {
      model: anything(null),
      x: tensor(f.IMAGES, 'float32', [-1, -1, -1, -1]),
      labels,
    },
    CORRUPTION,
  ),
  call(
    'gaussianNoiseCorruption',
    root.gaussianNoiseCorruption,
    {model: anything(null), x: tensor(f.X, 'float32', null), labels},
    {...CORRUPTION, rng: required(rng)},
  ),
  call('transferAttack', root.transferAttack, {source: model, attack: f.attack}),
];
