import * as root from '../../../src/index';
import {call, longCall, type Call} from '../call';
import * as f from '../fixtures';
import {
  base,
  callback,
  choice,
  either,
  flag,
  isTable,
  only,
  optional,
  real,
  required,
  text,
  whole,
} from '../kinds';

const {model, rng} = f;
const batch = only(() => ({x: f.X(), labels: f.LABELS()}));

/** Training. */
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
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the form of one version ago shares the name
    root.train,
    {
      model: f.layersModel,
      dataset: f.data,
      recipe: only(() => ({method: f.method.valid(), epochs: 1, batchSize: 4})),
    },
    {rng: required(rng), ...f.RUN, phase: text('train')},
  ),
  call(
    'train, recipe',
    ((recipe: never) =>
      root.train(f.net(), f.data.valid() as never, recipe, {rng: root.createRng(1)})) as never,
    {},
    {
      method: required(f.method),
      epochs: base(whole(1, 1, Infinity, 7)),
      batchSize: base(whole(4, 1, Infinity, Infinity)),
      dropLast: flag(),
      optimizer: callback(() => root.sgd({learningRate: 0.01})),
      schedule: optional(callback(() => 0.1)),
      batches: optional(callback(() => [[0, 1]])),
      augment: optional(callback((v: unknown) => v)),
      bnVariance: choice('biased'),
      regularizers: flag(true),
      overfittingStop: optional(only(() => ({}), isTable)),
      averaging: either(
        choice('none'),
        only(() => ({ema: 0.9})),
      ),
      head: optional(callback((c: unknown) => c)),
    },
  ),
  longCall(
    'trainSelfDistilled',
    root.trainSelfDistilled,
    {},
    {
      createModel: required(callback(() => f.net())),
      dataset: required(f.data),
      rng: required(rng),
      gamma: either(real(1, {above: 0, max: 1e6}), choice('auto')),
      upsample: choice('repeat', 'with-replacement'),
      resample: choice('once', 'per-epoch'),
      teacher: base(only(() => ({epochs: 1, batchSize: 2}), isTable)),
      student: base(callback(() => ({epochs: 1, batchSize: 4}))),
      teacherCheckpoint: choice('last', 'best'),
      attack: f.attack,
      evaluate: f.RUN.evaluate,
      selectBy: f.RUN.selectBy,
      onEpoch: f.RUN.onEpoch,
      checkpoints: f.RUN.checkpoints,
      checkpointKey: f.RUN.checkpointKey,
      signal: f.RUN.signal,
      onProgress: f.RUN.onProgress,
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
];
