import {isPlainObject} from '../../../src/core/options';
import * as testing from '../../../src/testing/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {
  base,
  callback,
  choice,
  either,
  NULL,
  numbers,
  only,
  optional,
  real,
  whole,
  wholes,
} from '../kinds';

// An object with nothing: all defaults.
const isBare = (value: unknown): boolean => isPlainObject(value) && Object.keys(value).length === 0;
const isRange = (v: unknown) =>
  (Number.isInteger(v) && Number(v) >= 0) ||
  (Array.isArray(v) &&
    v.length === 2 &&
    v.every((end) => Number.isInteger(end) && Number(end) >= 0) &&
    v[0] <= v[1]);
const range = only(() => [1, 2], isRange);
const clip = either(numbers([0, 1], () => true, (n) => n === 2), NULL); // prettier-ignore
const norm = choice('linf', 'l2');
const SETTINGS = {
  attack: f.attack,
  norm,
  epsilon: base(real(0.01, {min: 0, max: 1})),
  clip,
  atLeast: base(real(0, {min: 0, max: 1})),
  perClass: optional(
    either(
      real(0, {min: 0, max: 1}),
      only(() => ({0: 0})),
    ),
  ),
  tail: optional(only(() => ({classes: [2], atLeast: 0}))),
  confidence: real(0.95, {above: 0, below: 1}),
  undecided: choice('fail', 'pass'),
  examples: base(whole(4, 1, Infinity, Infinity)),
  seed: whole(1, 0, 0xffffffff, Infinity),
  batchSize: whole(4, 1, Infinity, Infinity),
  timeLimitMs: base(real(1000, {above: 0})),
  counterexamples: whole(1, 0, Infinity, Infinity),
  classNames: optional(f.classNames),
  folder: optional(f.folder),
  signal: optional(f.signal),
  onProgress: optional(f.onProgress),
};
const threat = only(() => ({norm: 'linf', epsilon: 0.1, clip: [0, 1]}), isBare);
const THREATS = {
  norms: only(() => ['linf']),
  maxLevels: whole(8, 0, 255, Infinity),
  // null is no range at all.
  clips: only(
    () => [[0, 1]],
    (v) => Array.isArray(v) && v.length === 1 && v[0] === null,
  ),
};
const MAX_BATCH = {maxBatch: whole(2, 1, Infinity, Infinity)};
const problems = optional(only(() => testing.attackProblems({maxBatch: 2})));
const numClasses = whole(3, 2, Infinity, Infinity);
const verdictOf = callback(f.quick);

/** For test suites. */
export const TESTING: readonly Call[] = [
  call('ballPoints', testing.ballPoints, {
    center: only(() => ({shape: [1, 2], values: Float32Array.of(0.5, 0.5)})),
    threat: optional(threat),
  }),
  call('classCountLists', testing.classCountLists, {}, {numClasses: range, maxCount: whole(9, 1, Infinity, Infinity)}), // prettier-ignore
  call('longTailProfiles', testing.longTailProfiles, {}, {numClasses: only(() => [1, 2], (v) => isRange(v) && v !== 0), maxCount: whole(9, 1, Infinity, Infinity)}), // prettier-ignore
  call('imageBatches', testing.imageBatches, {}, {
    ...{count: range, height: range, width: range, channels: range},
    ...{range: numbers([0, 1], () => true, (n) => n === 2), levels: whole(2, 2, Infinity, Infinity)},
  }), // prettier-ignore
  call('labelArrays', testing.labelArrays, {}, {count: range, numClasses: whole(3, 1, Infinity, Infinity)}), // prettier-ignore
  call('latticePerturbations', testing.latticePerturbations, {shape: wholes([1, 2], 0)}, {
    ...{norm, epsilon: real(0.1, {min: 0}), clip, levels: whole(256, 2, Infinity, Infinity)},
  }), // prettier-ignore
  call('toTensor', testing.toTensor, {
    plain: only(() => ({shape: [1, 2], values: Float32Array.of(0.5, 0.5)})),
  }),
  call('smallModels', testing.smallModels, {inputSize: whole(3, 1, Infinity, Infinity)}, {
    ...{numClasses, maxHidden: whole(4, 0, Infinity, Infinity)},
  }), // prettier-ignore
  call('threatModels', testing.threatModels, {}, THREATS),
  call('attackProblems', testing.attackProblems, {}, {...THREATS, ...MAX_BATCH}),
  call('problemsOf', testing.problemsOf, {model: f.model, dataset: f.data}, {
    ...{...THREATS, ...MAX_BATCH, pool: whole(4, 1, Infinity, Infinity)},
  }), // prettier-ignore
  call('staysInBall', testing.staysInBall, {attack: verdictOf, problems}),
  call('batchOrderChangesNothing', testing.batchOrderChangesNothing, {attack: verdictOf, problems}),
  call('accuracyDoesNotRise', testing.accuracyDoesNotRise, {attack: verdictOf, problems}, {
    significance: real(0.01, {above: 0, below: 1}),
  }), // prettier-ignore
  call('judgeRobustness', testing.judgeRobustness, {model: f.model, dataset: f.data}, SETTINGS),
  call('assertRobust', testing.assertRobust, {model: f.model, dataset: f.data}, SETTINGS),
];
