// Reports, theory, presets, experiments, kernels: what is plain data or a page.
import type * as tf from '@tensorflow/tfjs-core';

import * as kernels from '../../../src/kernels/index';
import {evaluateShard} from '../../../src/metrics/evaluateShard';
import {mergeShards} from '../../../src/metrics/mergeShards';
import * as presets from '../../../src/presets/index';
import * as registry from '../../../src/registry/index';
import * as report from '../../../src/report/index';
import * as theory from '../../../src/theory/index';
import {sampleReport} from '../../support/reports';
import {arrayDataset} from '../../../src/data/arrayDataset';
import {isPlainObject} from '../../../src/core/options';
import {call, longCall, type Call} from '../call';
import * as f from '../fixtures';
import {
  anything,
  base,
  callback,
  choice,
  flag,
  numbers,
  only,
  optional,
  real,
  required,
  text,
  whole,
  wholes,
} from '../kinds';

const isTable = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null) &&
  Object.keys(value).length === 0;

// Functions under any name are attacks of the caller's: what they throw is theirs.
const hasFunctions = (value: unknown): boolean =>
  isPlainObject(value) &&
  !('epsilon' in value) &&
  Object.values(value).some((entry) => typeof entry === 'function');

const given = sampleReport();
const reports = only(() => given);
const classNames = optional(f.classNames);
const MIXTURE = {
  eta: f.positive,
  dimensions: whole(2),
  imbalanceRatio: real(2, {min: 1}),
};
const pictures = arrayDataset(new Uint8Array(8 * 192), [0, 0, 0, 1, 1, 1, 2, 2], {
  shape: [8, 8, 3],
});
const imageData = only(() => pictures);
const preset = only(() => presets.presets()[0]);
const stage = only(() => presets.presets()[0]?.main);
const smallPreset = () =>
  presets.scalePreset(presets.presets()[0] as presets.Preset, {
    ...{epochs: 1, batchSize: 2, attackSteps: 1},
    network: {name: 'resnet18', width: 1},
  });
const experiment = {
  method: {name: 'pgd-at'},
  epochs: 1,
  batchSize: 4,
} as unknown as registry.WrittenExperiment;
const dataset = f.data;
const RUN = {
  evaluate: base(optional(callback(() => ({robust: 0.5})))),
  selectBy: optional(text('robust')),
  onEpoch: optional(callback(() => undefined)),
  checkpoints: optional(f.checkpoints),
  checkpointKey: text('key'),
  signal: optional(f.signal),
  onProgress: optional(f.onProgress),
};

/** Metrics in parts. */
export const SHARDS: readonly Call[] = [
  call(
    'evaluateShard',
    evaluateShard,
    {model: f.model, source: f.source, shard: only(() => ({part: 1, of: 2}))},
    {
      attacks: {...only(() => ({quick: f.quick}), isTable), skip: hasFunctions},
      groups: only(() => ({head: [0]}), isTable),
      tail: optional(wholes([2], 0, 3)),
      classCounts: optional(f.classCounts),
      batchSize: whole(4, 1, Infinity, Infinity),
      rng: optional(f.rng),
      strict: flag(),
      indices: optional(wholes([0, 1], 0, 8, (n) => n > 1)),
      predictions: flag(),
      checkpoints: optional(f.checkpoints),
      checkpointKey: text('key'),
      signal: optional(f.signal),
      onProgress: optional(f.onProgress),
    },
  ),
  call(
    'mergeShards',
    (async (shards: never) => mergeShards(shards === HALVES ? await halves() : shards)) as never,
    {shards: only(() => HALVES)},
  ),
];
const HALVES = Symbol('halves');
const halves = () =>
  Promise.all(
    [0, 1].map((index) =>
      evaluateShard<tf.Tensor2D>(f.linear, dataset.valid() as never, {part: index + 1, of: 2}),
    ),
  );

/** Reports. */
export const REPORT: readonly Call[] = [
  call('reportTable', report.reportTable, {reports}, {
    ...{format: choice('text', 'markdown'), classNames, perClass: flag(true)},
  }), // prettier-ignore
  call('reportHtml', report.reportHtml, {reports}, {
    title: text('title'),
    summary: optional(text('summary')),
    classNames,
    classCounts: optional(wholes([6, 3, 1], 1, Infinity, (n) => n === 3)),
    epsilons: only(() => ({weak: 0.1}), isPlainObject),
    labels: optional(only(() => [...new Array<number>(10).fill(0), ...new Array<number>(20).fill(1), ...new Array<number>(30).fill(2)])),
    examples: only(() => [], (v) => Array.isArray(v) && v.length === 0),
    range: numbers([0, 1], () => true, (n) => n === 2),
    command: optional(text('npx')),
    details: only(() => ({}), isPlainObject),
  }), // prettier-ignore
  call('hardestExamples', report.hardestExamples, {
    model: f.model,
    dataset,
    attack: callback(f.quick),
  }, {
    count: whole(2, 1, Infinity, Infinity),
    indices: optional(wholes([0, 1], 0, 8, () => true)),
    batchSize: whole(4, 1, Infinity, Infinity),
    rng: optional(f.rng),
    signal: optional(f.signal),
  }), // prettier-ignore
];

/** Theory. */
export const THEORY: readonly Call[] = [
  call('sampleGaussianMixture', theory.sampleGaussianMixture, {}, {
    ...{...MIXTURE, size: required(whole(4, 1, Infinity, 50)), rng: required(f.rng)},
  }), // prettier-ignore
  call('gaussianTheory', theory.gaussianTheory, {}, {
    ...{...MIXTURE, epsilon: real(0.1, {min: 0, below: 1})},
    eta: base({...real(1, {above: 0.1})}),
  }), // prettier-ignore
  call('linearErrors', theory.linearErrors, {
    classifier: only(() => ({weights: [1, 1], bias: 0})),
  }, {...MIXTURE, dimensions: base(only(() => 2)), epsilon: f.atLeastZero}), // prettier-ignore
  call('logisticRegression', theory.logisticRegression, {
    x: numbers([0, 1, 0.5, 0.2], undefined, (n) => n === 4),
    labels: wholes([0, 1, 0, 1], 0, 2, (n) => n === 4),
  }, {epsilon: base(real(0, {min: 0, max: 0.1})), maxSteps: whole(100, 20, Infinity, 200), tolerance: real(1e-10, {above: 0})}), // prettier-ignore
  call('normalCdf', theory.normalCdf, {x: real(0.5)}),
];

/** Presets. */
export const PRESETS: readonly Call[] = [
  call('experiments', presets.experiments, {}),
  call('presets', presets.presets, {}),
  call('preset', presets.preset, {id: only(() => presets.presets()[0]?.id)}),
  call('presetExperiment', presets.presetExperiment, {preset}),
  call('presetNetwork', presets.presetNetwork, {
    stage: only(() => ({network: {name: 'resnet18', width: 1}, head: 'linear'}) as never),
  }, {inputShape: base(only(() => [8, 8, 3])), numClasses: base(whole(3, 2)), seed: whole(1, 0, 0xffffffff, Infinity)}), // prettier-ignore
  call('presetRecipe', presets.presetRecipe, {
    stage,
    parts: only(() => ({dataset: dataset.valid(), teacher: f.linear})),
  }),
  call('scalePreset', presets.scalePreset, {preset}, {
    epochs: optional(whole(2, 1, Infinity, Infinity)),
    batchSize: optional(whole(2, 1, Infinity, Infinity)),
    attackSteps: optional(whole(2, 1, Infinity, Infinity)),
    learningRate: optional(real(0.1, {above: 0})),
    network: optional(only(() => presets.presets()[0]?.main.network)),
  }), // prettier-ignore
  longCall('trainPreset', presets.trainPreset, {preset: only(smallPreset), dataset: imageData}, {
    ...{...RUN, rng: required(f.rng), teacherKey: optional(text('teacher'))},
  }), // prettier-ignore
];

/** Experiments by name. */
export const REGISTRY: readonly Call[] = [
  call('checkExperiment', registry.checkExperiment, {value: only(() => experiment)}),
  call('experimentOf', registry.experimentOf, {recipe: anything({})}),
  call('recipeOf', registry.recipeOf, {
    experiment: only(() => experiment),
    parts: only(() => ({dataset: dataset.valid()})),
  }),
  call('registered', registry.registered, {kind: choice('method', 'loss', 'attack')}),
  longCall('trainExperiment', registry.trainExperiment, {experiment: only(() => experiment)}, {
    ...RUN,
    createModel: required(callback(() => f.net())),
    dataset: required(dataset),
    rng: required(f.rng),
    teachers: optional(only(() => ({}), isTable)),
  }), // prettier-ignore
];

/** Kernels. */
export const KERNELS: readonly Call[] = [
  call('withGradientKernels', kernels.withGradientKernels, {body: callback(() => 1)}),
];
