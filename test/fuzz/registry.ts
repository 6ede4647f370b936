import * as tf from '@tensorflow/tfjs-core';

/* eslint-disable @typescript-eslint/no-deprecated -- what is deprecated has a door, too */
import * as root from '../../src/index';
import {call, longCall, type Call} from './call';
import * as f from './fixtures';
import {
  anything,
  base,
  callback,
  choice,
  either,
  flag,
  numbers,
  only,
  optional,
  real,
  required,
  single,
  tensor,
  text,
  whole,
  wholes,
} from './kinds';

const {x, labels, logits, targets, classCounts, model, rng, loss} = f;
// PGD and its family take no step at all, too.
const iterations = base(whole(2, 0));
const [steps, restarts] = [base(whole(2)), optional(whole(1))];
const onX = {model, x, labels};
const targetClasses = optional(tensor(f.OTHERS, 'int32', [3]));
const INNER = {
  ...{...f.THREAT, ...f.CONTEXT},
  ...{loss, targets: targetClasses, checkValues: flag(true)},
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
  ...{
    ...f.VERDICT,
    norm: f.norm,
    epsilon: required(either(f.epsilon, f.byFeature)),
    rng: required(rng),
  },
  version: optional(choice('custom')),
  attacks: base(only(() => ['apgd-ce'])),
  ...{batchSize: f.batchSize, steps, queries: whole(5), dataFormat: optional(f.dataFormat)},
  ...{numTargets: whole(2), restarts, gradientSamples: optional(whole(1))},
  ...{
    diagnostics: base(flag(false)),
    adversarial: flag(),
  },
  ...{
    checkpoints: optional(f.checkpoints),
    checkpointKey: text('key'),
    loss: optional(f.ignoredLoss),
  },
};
const CORRUPTION = {
  ...{...f.CONTEXT, norm: f.norm, epsilon: f.epsilon, clip: f.clip, loss: optional(f.ignoredLoss)},
  severity: whole(1, 1, 5),
  ...{benchmark: choice('cifar-c', 'imagenet-c'), dataFormat: optional(f.dataFormat)},
  checkValues: flag(true),
};
const BESIDE = ['epsilon', 'exampleIds', 'adversarial', 'checkpoints', 'checkpointKey'];
const FOR_EVALUATION = Object.fromEntries(
  Object.entries(ENSEMBLE).filter(([name]) => !BESIDE.includes(name)),
);

const isTable = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

// Functions under any name are attacks of the caller's: what they throw is theirs.
const hasFunctions = (value: unknown): boolean =>
  isTable(value) &&
  Object.getOwnPropertyNames(value).every((name) => name !== 'epsilon') &&
  Object.values(value as object).some((entry) => typeof entry === 'function');

const isIterable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

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
    ...{...f.VERDICT, steps, restarts: base(whole(1)), stepSize: f.stepSize, loss},
    rng: required(rng),
  }),
  call('apgdAttack', root.apgdAttack, onX, {
    ...{...f.VERDICT, rng: optional(rng), steps, restarts: base(whole(1)), numTargets: whole(2)},
    loss: either(choice('ce', 'dlr', 'targeted-dlr'), loss),
    ...{momentum: real(0.5, {min: 0, max: 1}), rho: real(0.5, {min: 0, max: 1})},
    ...{gradientSamples: whole(1), firstComparison: choice('start', 'zero')},
    returns: choice('broken', 'best-loss'),
  }),
  call('carliniWagnerAttack', root.carliniWagnerAttack, onX, {
    ...{...MINIMAL, norm: choice('l2'), epsilon: f.stepSize, searchSteps: base(whole(1))},
    ...{initialConstant: f.positive, learningRate: f.positive, confidence: f.atLeastZero},
    mask: f.noMask,
    abortEarly: flag(),
  }),
  call('deepFoolAttack', root.deepFoolAttack, onX, {
    ...{...MINIMAL, candidates: whole(2, 1), overshoot: f.atLeastZero, margin: f.atLeastZero},
    epsilon: f.stepSize,
  }),
  call('fabAttack', root.fabAttack, onX, {
    ...{
      ...MINIMAL,
      rng: optional(rng),
      targeted: flag(),
      numTargets: whole(2),
      restarts: base(whole(1)),
    },
    ...{alphaMax: real(0.1, {min: 0, max: 1}), overshoot: real(1.05, {min: 1})},
    ...{backward: real(0.9, {min: 0, max: 1}), epsilon: f.stepSize},
  }),
  call(
    'squareAttack',
    root.squareAttack,
    {model: f.imageModel, x: tensor(f.IMAGES, 'float32', [3, 4, 4, 1]), labels},
    {
      ...{...f.VERDICT, rng: required(rng), queries: base(whole(3)), restarts: base(whole(1))},
      ...{pInit: real(0.8, {above: 0, max: 1}), rescaleSchedule: flag()},
      ...{loss: either(choice('margin', 'ce'), loss), mask: f.noMask, targets: targetClasses},
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
  call('gaussianStart', root.gaussianStart, {
    x: tensor(f.X, 'float32', null),
    deviation: f.atLeastZero,
    rng,
    exampleIds: optional(f.exampleIds),
  }),
  call('projectToBall', root.projectToBall, {
    point: x,
    center: x,
    threat: only(() => ({norm: 'linf', epsilon: 0.1, clip: [0, 1]})),
  }),
  call('randomStart', root.randomStart, {
    x: tensor(f.X, 'float32', null),
    threat: only(() => ({norm: 'linf', epsilon: 0.1, clip: [0, 1]})),
    rng,
    exampleIds: optional(f.exampleIds),
  }),
  call('steepestAscent', root.steepestAscent, {
    gradient: tensor(f.X, 'float32', null),
    norm: f.norm,
  }),
  call('freezeWeights', root.freezeWeights, {classifier: model}),
  call('inputGradient', root.inputGradient, {model, x, labels: targets, loss}),
  call('auditGradients', root.auditGradients, onX, {
    tolerance: f.positive,
    directions: base(whole(1)),
    rng: optional(rng),
    signal: optional(f.signal),
  }),
];

const pair = only(() => ({adversarial: f.LOGITS(), clean: f.LOGITS()}));
const sides = only(() => ({plus: f.LOGITS(), minus: f.LOGITS()}));
const temperature = single(0.5);
const MARGINS = {
  margin: f.atLeastZero,
  scale: single(0.5),
  priorTau: f.atLeastZero,
  marginTau: f.atLeastZero,
};

/** Losses. */
export const LOSSES: readonly Call[] = [
  call(
    'adaAdLoss',
    root.adaAdLoss,
    {teacher: pair, student: pair},
    {lambda: real(0.5, {min: 0, max: 1})},
  ),
  call(
    'ardLoss',
    root.ardLoss,
    {teacherLogits: logits, student: pair, labels: targets},
    {alpha: real(0.5, {min: 0, max: 1}), temperature, classReduction: f.classReduction},
  ),
  call(
    'balancedSoftmax',
    root.balancedSoftmax,
    {logits, labels: targets, classCounts},
    {tau: real(1)},
  ),
  call('boostedCrossEntropy', root.boostedCrossEntropy, {logits, labels: targets}),
  call(
    'classBalancedLoss',
    root.classBalancedLoss,
    {logits, labels: targets, classCounts},
    {
      beta: real(0.9, {min: 0, max: 1}),
      base: choice('softmax', 'sigmoid', 'focal'),
      gamma: f.atLeastZero,
      reduction: choice('weightedMean', 'meanOfWeighted'),
    },
  ),
  call(
    'cosineLogits',
    root.cosineLogits,
    {features: tensor(f.X, 'float32', [-1, 3]), weights: tensor(f.LOGITS, 'float32', [3, -1])},
    {scale: single(0.5), normOffset: f.atLeastZero},
  ),
  call('crossEntropy', root.crossEntropy, {logits, labels: targets}),
  call(
    'deferredReweighting',
    root.deferredReweighting,
    {classCounts: f.anyCounts, epoch: whole(1, 1, Infinity, Infinity)},
    {plainEpochs: whole(3, 0, Infinity, Infinity), beta: real(0.9, {min: 0, max: 1})},
  ),
  call(
    'distillationLoss',
    root.distillationLoss,
    {teacherLogits: logits, logits, labels: targets},
    {alpha: real(0.5, {min: 0, max: 1}), temperature},
  ),
  call('distillationWeight', root.distillationWeight, {
    alpha: f.atLeastZero,
    epoch: whole(1, 1, 4),
    epochs: whole(4, 1, Infinity, Infinity),
    schedule: optional(f.schedule),
  }),
  call('dlrLoss', root.dlrLoss, {logits, labels: targets}),
  call('focalLoss', root.focalLoss, {logits, labels: targets}, {gamma: f.atLeastZero}),
  call(
    'gradientMatchingLoss',
    root.gradientMatchingLoss,
    {student: sides, teacher: sides},
    {distance: f.distance},
  ),
  call(
    'harlLoss',
    root.harlLoss,
    {logits, labels: targets},
    {
      meanWeight: f.atLeastZero,
      varianceWeight: f.atLeastZero,
      shareWeight: f.atLeastZero,
      absent: choice('skip', 'zero'),
    },
  ),
  call('klDivergence', root.klDivergence, {targetLogits: logits, logits}, {temperature}),
  call(
    'labelSmoothingLoss',
    root.labelSmoothingLoss,
    {logits, labels: targets},
    {smoothing: real(0.1, {min: 0, max: 1})},
  ),
  call(
    'ldamLoss',
    root.ldamLoss,
    {logits, labels: targets, classCounts},
    {
      maxMargin: f.atLeastZero,
      scale: single(0.5),
      power: f.atLeastZero,
      classWeights: optional(
        numbers(
          [1, 1, 1],
          (v) => v >= 0,
          (n) => n === 3,
        ),
      ),
      reduction: choice('weightedMean', 'meanOfWeighted'),
    },
  ),
  call(
    'adjustLogits',
    root.adjustLogits,
    {logits: tensor(f.LOGITS, 'float32', [-1, 3]), classCounts},
    {tau: real(1)},
  ),
  call(
    'logitAdjustedLoss',
    root.logitAdjustedLoss,
    {logits, labels: targets, classCounts},
    {tau: real(1)},
  ),
  call(
    'lossForCompile',
    root.lossForCompile,
    {loss},
    {output: choice('logits', 'probabilities'), targets: choice('classes', 'weights')},
  ),
  call('marginLoss', root.marginLoss, {logits, labels: targets}, {kappa: real(0, {min: 0})}),
  call(
    'martLoss',
    root.martLoss,
    {cleanLogits: logits, adversarialLogits: logits, labels: targets},
    {lambda: f.atLeastZero},
  ),
  call(
    'rebalancedWeights',
    root.rebalancedWeights,
    {
      classCounts,
      predictedCounts: numbers(
        [3, 3, 4],
        (v) => v >= 0,
        (n) => n === 3,
      ),
    },
    {maxRatio: optional(real(2, {above: 1}))},
  ),
  call(
    'robalLoss',
    root.robalLoss,
    {cleanLogits: logits, adversarialLogits: logits, labels: targets, classCounts},
    {
      ...MARGINS,
      adversarialWeight: f.atLeastZero,
      naturalWeight: f.atLeastZero,
      regularization: f.atLeastZero,
    },
  ),
  call('robalMarginLoss', root.robalMarginLoss, {logits, labels: targets, classCounts}, MARGINS),
  call(
    'rsladLoss',
    root.rsladLoss,
    {teacherLogits: logits, student: pair},
    {weight: real(0.5, {min: 0, max: 1}), classReduction: f.classReduction},
  ),
  call(
    'selfDistillationLoss',
    root.selfDistillationLoss,
    {student: sides, teacher: sides, labels: targets, classCounts},
    {
      kd: choice('igdm', 'kl-adv', 'none'),
      weight: f.atLeastZero,
      temperature,
      hardLoss: choice('bsl', 'ce'),
      tau: real(1),
      igdmDistance: f.distance,
    },
  ),
  call(
    'sigmoidFocalLoss',
    root.sigmoidFocalLoss,
    {logits, labels: targets},
    {gamma: f.atLeastZero},
  ),
  call(
    'tailFeatureLoss',
    root.tailFeatureLoss,
    {features: tensor(f.X, 'float32', [3, -1]), labels: targets, classCounts},
    {mode: choice('repo', 'pairwise'), tailFrom: optional(whole(1, 0, 3))},
  ),
  call('targetedDlrLoss', root.targetedDlrLoss, {
    logits: tensor(() => four(), 'float32', [3, -1]),
    labels,
    targets: tensor(f.OTHERS, 'int32', [3]),
  }),
  call(
    'tradesLoss',
    root.tradesLoss,
    {cleanLogits: logits, adversarialLogits: logits, labels: targets},
    {beta: f.atLeastZero},
  ),
  call(
    'weightedCrossEntropy',
    root.weightedCrossEntropy,
    {
      logits,
      labels: targets,
      classWeights: numbers(
        [1, 1, 1],
        (v) => v >= 0,
        (n) => n === 3,
      ),
    },
    {reduction: choice('weightedMean', 'meanOfWeighted')},
  ),
];

let wide: tf.Tensor | undefined;
const four = (): tf.Tensor => (wide ??= tf.keep(
    tf.tensor2d([[1, 0, -1, 2], [0, 2, 1, 3], [1, 1, 3, 0]]))); // prettier-ignore

const METHOD = {attack: f.attack, attackMode: f.attackMode};
const teacher = required(model);
const counts = required(f.anyCounts);

/** Training methods. */
export const METHODS: readonly Call[] = [
  call(
    'adaAdTraining',
    root.adaAdTraining,
    {},
    {...METHOD, teacher, lambda: real(0.5, {min: 0, max: 1})},
  ),
  call(
    'ardTraining',
    root.ardTraining,
    {},
    {
      ...METHOD,
      teacher,
      alpha: real(0.5, {min: 0, max: 1}),
      temperature,
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
      temperature,
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
      ...MARGINS,
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
      temperature,
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
  call('classifierInMode', root.classifierInMode, {model: f.trainable, mode: f.attackMode}),
];

const RUN = {
  ...{
    rng: required(rng),
    evaluate: base(optional(callback(() => ({robust: 0.5})))),
    selectBy: optional(text('robust')),
  },
  ...{onEpoch: optional(callback(() => undefined)), checkpoints: optional(f.checkpoints)},
  ...{checkpointKey: text('key'), signal: optional(f.signal), onProgress: optional(f.onProgress)},
};
const batch = only(() => ({x: f.X(), labels: f.LABELS()}));

/** Training, and what belongs to it. */
export const TRAINING: readonly Call[] = [
  call(
    'trainStep',
    root.trainStep,
    {model: f.layersModel, method: f.method, batch, optimizer: f.optimizer},
    {
      rng: optional(rng),
      memory: only(
        () => ({current: null}),
        (v) => v === undefined,
      ),
      epoch: whole(1, 1, Infinity, Infinity),
      epochs: whole(1, 1, Infinity, Infinity),
      step: whole(1, 1, Infinity, Infinity),
      bnVariance: choice('biased'),
      regularizers: flag(true),
    },
  ),
  call(
    'train',
    root.train,
    {
      model: f.layersModel,
      dataset: f.data,
      recipe: only(() => ({method: f.method.valid(), epochs: 1, batchSize: 4})),
    },
    {...RUN, phase: text('train')},
  ),
  call(
    'train, recipe',
    ((recipe: never) =>
      root.train(f.net(), f.data.valid() as never, recipe, {rng: root.createRng(1)})) as never,
    {},
    {
      ...{
        method: required(f.method),
        epochs: base(whole(1, 1, Infinity, 7)),
        batchSize: base(whole(4, 1, Infinity, Infinity)),
      },
      ...{
        dropLast: flag(),
        optimizer: callback(() => root.sgd({learningRate: 0.01})),
        schedule: optional(callback(() => 0.1)),
      },
      ...{
        batches: optional(callback(() => [[0, 1]])),
        augment: optional(callback((v: unknown) => v)),
      },
      ...{
        bnVariance: choice('biased'),
        regularizers: flag(true),
        overfittingStop: optional(only(() => ({}), isTable)),
        averaging: either(
          choice('none'),
          only(() => ({ema: 0.9})),
        ),
        head: optional(callback((c: unknown) => c)),
      },
    },
  ),
  longCall(
    'trainSelfDistilled',
    root.trainSelfDistilled,
    {},
    {
      ...{
        createModel: required(callback(() => f.net())),
        dataset: required(f.data),
        rng: required(rng),
      },
      ...{
        gamma: either(real(1, {above: 0, max: 1e6}), choice('auto')),
        upsample: choice('repeat', 'with-replacement'),
      },
      ...{
        resample: choice('once', 'per-epoch'),
        teacher: base(only(() => ({epochs: 1, batchSize: 2}), isTable)),
      },
      ...{
        student: base(callback(() => ({epochs: 1, batchSize: 4}))),
        teacherCheckpoint: choice('last', 'best'),
      },
      ...{attack: f.attack, evaluate: RUN.evaluate, selectBy: RUN.selectBy, onEpoch: RUN.onEpoch},
      ...{checkpoints: RUN.checkpoints, checkpointKey: RUN.checkpointKey},
      ...{signal: RUN.signal, onProgress: RUN.onProgress},
    },
  ),
  // It is given whole recipes, and looks at their head alone.
  call('scoredClassifier', root.scoredClassifier, {
    model,
    recipe: only(() => ({head: (c: unknown) => c}), isTable),
  }),
  call('captureModelState', root.captureModelState, {model: f.layersModel}),
  call('captureOptimizerState', root.captureOptimizerState, {
    optimizer: f.optimizer,
    variables: only(
      () => f.net().trainableWeights.map((w) => w.read()),
      (v) => Array.isArray(v) && v.length === 0,
    ),
  }),
  call('restoreModelState', root.restoreModelState, {
    model: f.layersModel,
    state: only(() => ({
      variables: f
        .net()
        .getWeights()
        .map((w) => ({shape: w.shape, values: w.dataSync()})),
      statistics: [],
    })),
  }),
  call('restoreOptimizerState', root.restoreOptimizerState, {
    optimizer: f.optimizer,
    variables: only(
      () => [],
      (v) => Array.isArray(v) && v.length === 0,
    ),
    state: only(() => [{name: 'iter', shape: [], values: Int32Array.of(3)}]),
  }),
  call(
    'sgd',
    root.sgd,
    {},
    {
      learningRate: required(real(0.1, {min: 0})),
      momentum: real(0.9, {min: 0}),
      nesterov: only(
        () => false,
        (v) => v === false,
      ),
      weightDecay: f.atLeastZero,
      dampening: real(0.1),
    },
  ),
  call(
    'cosine',
    root.cosine,
    {},
    {learningRate: f.atLeastZero, finalLearningRate: f.atLeastZero, per: choice('step', 'epoch')},
  ),
  call(
    'multiStep',
    root.multiStep,
    {},
    {
      learningRate: f.atLeastZero,
      milestones: required(
        numbers(
          [0.5],
          (v) => v > 0,
          () => true,
        ),
      ),
      factor: f.atLeastZero,
      base: only(
        () => 0,
        (v) => v === 0 || v === 1,
      ),
    },
  ),
  call(
    'oneCycle',
    root.oneCycle,
    {},
    {
      maxLearningRate: f.atLeastZero,
      warmupFraction: real(0.3, {min: 0, max: 1}),
      divFactor: f.positive,
      finalDivFactor: f.positive,
      curve: choice('cosine', 'linear'),
      threePhase: flag(),
    },
  ),
  call(
    'warmup',
    root.warmup,
    {schedule: callback(() => 0.1)},
    {epochs: required(f.positive), startFactor: real(0.1, {min: 0, max: 1})},
  ),
];

const list3 = f.labelList;
const SAMPLES = {labels: list3, numClasses: whole(3, 1, Infinity, 50)};
const epochSize = optional(whole(6));

/** Samplers. */
export const SAMPLERS: readonly Call[] = [
  call('balancedSplit', root.balancedSplit, SAMPLES, {
    perClass: required(whole(1, 1, 2)),
    from: optional(wholes([0, 1, 2, 3, 4, 5], 0, 6)),
    rng: optional(rng),
  }),
  call('balancedSubset', root.balancedSubset, SAMPLES, {
    gamma: either(real(1, {above: 0, max: 1e6}), choice('auto')),
    upsample: choice('repeat', 'with-replacement'),
    rng: optional(rng),
  }),
  call(
    'balancedSubsetBatches',
    root.balancedSubsetBatches,
    {...SAMPLES, batchSize: f.batchSize},
    {
      rng: required(rng),
      epoch: required(whole(1, 1, Infinity, Infinity)),
      resample: choice('once', 'per-epoch'),
      dropLast: flag(),
      gamma: either(real(1, {above: 0, max: 1e6}), choice('auto')),
      upsample: choice('repeat', 'with-replacement'),
    },
  ),
  call(
    'classBalancedBatches',
    root.classBalancedBatches,
    {...SAMPLES, batchSize: f.batchSize},
    {
      rng: required(rng),
      order: base(choice('iid', 'cyclic')),
      power: real(0),
      epochSize,
      dropLast: flag(),
    },
  ),
  call('classCounts', root.classCounts, SAMPLES),
  call('classProbabilities', root.classProbabilities, {
    classCounts: f.anyCounts,
    power: real(0.5),
  }),
  call('complement', root.complement, {
    size: whole(6, 0),
    indices: wholes([0, 1], 0, 6, () => true),
  }),
  call(
    'effectiveNumberProbabilities',
    root.effectiveNumberProbabilities,
    {classCounts: f.anyCounts},
    {beta: real(0.9, {min: 0, max: 1})},
  ),
  call(
    'effectiveNumberWeights',
    root.effectiveNumberWeights,
    {classCounts: f.anyCounts},
    {beta: real(0.9, {min: 0, max: 1})},
  ),
  call(
    'longTailedCounts',
    root.longTailedCounts,
    {},
    {
      maxCount: required(real(10, {min: 1})),
      numClasses: required(whole(3, 1)),
      imbalanceRatio: required(real(2, {min: 1})),
      profile: choice('exponential', 'step', 'none'),
      minPerClass: whole(1, 0, 10),
    },
  ),
  call('longTailedSubset', root.longTailedSubset, SAMPLES, {
    imbalanceRatio: required(real(2, {min: 1})),
    profile: choice('exponential', 'step', 'none'),
    maxCount: optional(real(2, {min: 1})),
    minPerClass: whole(1, 0, Infinity, Infinity),
    rng: optional(rng),
    selection: choice('library', 'numpy-legacy'),
    seed: whole(0, 0, 2 ** 32 - 1, Infinity),
  }),
  call(
    'mixedBatches',
    root.mixedBatches,
    {...SAMPLES, batchSize: f.batchSize},
    {rng: required(rng), dropLast: flag()},
  ),
  call('progressiveProbabilities', root.progressiveProbabilities, {
    classCounts: f.anyCounts,
    epoch: whole(1, 0, 4),
    epochs: whole(4, 1, Infinity, Infinity),
  }),
  call(
    'sampledBatches',
    root.sampledBatches,
    {labels: list3, shares: numbers([0.5, 0.25, 0.25], (v) => v >= 0), batchSize: f.batchSize},
    {rng: required(rng), epochSize, dropLast: flag()},
  ),
  call(
    'shuffledBatches',
    root.shuffledBatches,
    {indicesOrSize: either(whole(6, 0), wholes([0, 1], 0)), batchSize: f.batchSize},
    {rng: required(rng), dropLast: flag()},
  ),
];

const predictions = wholes([0, 1, 2], 0, 3);
const confidence = real(0.9, {above: 0, below: 1});

/** Metrics, and what everything is made of. */
export const CORE: readonly Call[] = [
  call('accuracy', root.accuracy, {predictions: wholes([0, 1, 2]), labels: wholes([0, 1, 1])}),
  call('perClassAccuracy', root.perClassAccuracy, {
    predictions,
    labels: predictions,
    numClasses: whole(3, 1),
  }),
  call('confusionMatrix', root.confusionMatrix, {
    predictions,
    labels: predictions,
    numClasses: whole(3, 1),
  }),
  call(
    'exactInterval',
    root.exactInterval,
    {correct: whole(1, 0, 3), total: whole(3, 1, Infinity, 100)},
    {confidence},
  ),
  call(
    'wilsonInterval',
    root.wilsonInterval,
    {correct: whole(1, 0, 3), total: whole(3, 1, Infinity, Infinity)},
    {confidence},
  ),
  call(
    'mcnemarTest',
    root.mcnemarTest,
    {first: only(() => [true, false]), second: only(() => [true, true])},
    {confidence},
  ),
  call('meanAndDeviation', root.meanAndDeviation, {values: numbers([1, 2])}),
  call('predictedClasses', root.predictedClasses, {logits: tensor(f.LOGITS, 'float32', [-1, -1])}),
  call('tailClasses', root.tailClasses, {classCounts: wholes([6, 3, 1]), k: whole(1, 1, 3)}),
  call(
    'evaluateRobustness',
    root.evaluateRobustness,
    {model, source: f.source},
    {
      ...{
        attacks: {...only(() => ({quick: f.quick}), isEmptyTable), skip: hasFunctions},
        groups: only(() => ({head: [0]}), isEmptyTable),
      },
      ...{
        tail: optional(wholes([2], 0, 3)),
        classCounts: optional(classCounts),
        batchSize: whole(4, 1, Infinity, Infinity),
      },
      ...{
        rng: optional(rng),
        strict: flag(),
        indices: optional(wholes([0, 1], 0, 8)),
        predictions: flag(),
      },
      ...{
        checkpoints: optional(f.checkpoints),
        checkpointKey: text('key'),
        signal: optional(f.signal),
        onProgress: optional(f.onProgress),
      },
    },
  ),
  call('memoryCheckpoints', root.memoryCheckpoints, {}),
  call('byExample', root.byExample, {classify: callback(() => undefined)}),
  call('asClassifier', root.asClassifier, {model, where: optional(text('here'))}),
  call('asTrainableClassifier', root.asTrainableClassifier, {
    model: f.layersModel,
    where: optional(text('here')),
    variance: optional(choice('biased')),
  }),
  call('subset', root.subset, {dataset: f.data, indices: wholes([0, 1], 0, 8, () => true)}),
  call('identityOf', root.identityOf, {value: anything(1)}),
  call('withIdentity', root.withIdentity, {
    value: only(
      () => ({}),
      (v) => (typeof v === 'object' && v !== null) || typeof v === 'function',
    ),
    identity: anything('a'),
  }),
  call('fromProbabilities', root.fromProbabilities, {model}),
  call('bindInputs', root.bindInputs, {
    model: only(() => twoInputs()),
    others: only(() => ({b: f.X()})),
  }),
  call('pickOutput', root.pickOutput, {
    model: only(() => twoOutputs()),
    output: only(
      () => 1,
      (v) => v === 0 || v === 1,
    ),
  }),
  call(
    'prefetch',
    root.prefetch,
    {
      dataset: f.data,
      // Looked at as they come.
      batches: only(() => [[0, 1]], isIterable),
    },
    {ahead: whole(1)},
  ),
  call('createRng', root.createRng, {seed: whole(1, 0, 2 ** 53, Infinity)}),
  call('restoreRng', root.restoreRng, {state: only(() => root.createRng(1).state())}),
];

function isEmptyTable(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null) &&
    Object.keys(value).length === 0
  );
}

import * as layers from '@tensorflow/tfjs-layers';

let pairNet: layers.LayersModel | undefined;
function twoInputs(): layers.LayersModel {
  if (pairNet !== undefined) return pairNet;
  const [a, b] = ['a', 'b'].map((name) => layers.input({shape: [3], name}));
  const sum = layers.layers.add().apply([a, b] as layers.SymbolicTensor[]);
  const out = layers.layers.dense({units: 3}).apply(sum) as layers.SymbolicTensor;
  return (pairNet = layers.model({inputs: [a, b] as layers.SymbolicTensor[], outputs: out}));
}

let forkNet: layers.LayersModel | undefined;
function twoOutputs(): layers.LayersModel {
  if (forkNet !== undefined) return forkNet;
  const a = layers.input({shape: [3]});
  const outputs = [3, 3].map(
    (units) => layers.layers.dense({units}).apply(a) as layers.SymbolicTensor,
  );
  return (forkNet = layers.model({inputs: a, outputs}));
}
