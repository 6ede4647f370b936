import type * as tf from '@tensorflow/tfjs-core';

import * as root from '../../../src/index';
import {evaluateShard} from '../../../src/metrics/evaluateShard';
import {mergeShards} from '../../../src/metrics/mergeShards';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {
  flag,
  isEmptyTable,
  numbers,
  only,
  optional,
  real,
  tensor,
  text,
  whole,
  wholes,
} from '../kinds';

const {classCounts, model, rng} = f;
const predictions = wholes([0, 1, 2], 0, 3);
const confidence = real(0.9, {above: 0, below: 1});

const EVALUATION = {
  attacks: {...only(() => ({quick: f.quick}), isEmptyTable), skip: f.hasFunctions},
  groups: only(() => ({head: [0]}), isEmptyTable),
  tail: optional(wholes([2], 0, 3)),
  classCounts: optional(classCounts),
  batchSize: whole(4, 1, Infinity, Infinity),
  rng: optional(rng),
  strict: flag(),
  indices: optional(wholes([0, 1], 0, 8)),
  predictions: flag(),
  checkpoints: optional(f.checkpoints),
  checkpointKey: text('key'),
  signal: optional(f.signal),
  onProgress: optional(f.onProgress),
};
// Stands for the reports of both halves, which are made when the call is.
const HALVES = Symbol('halves');
const halves = () =>
  Promise.all(
    [1, 2].map((part) =>
      evaluateShard<tf.Tensor2D>(f.linear, f.data.valid() as never, {part, of: 2}),
    ),
  );

/** Metrics. */
export const METRICS: readonly Call[] = [
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
  call('evaluateRobustness', root.evaluateRobustness, {model, source: f.source}, EVALUATION),
  call(
    'evaluateShard',
    evaluateShard,
    {model, source: f.source, shard: only(() => ({part: 1, of: 2}))},
    {...EVALUATION, indices: optional(wholes([0, 1], 0, 8, (n) => n > 1))},
  ),
  call(
    'mergeShards',
    (async (shards: never) => mergeShards(shards === HALVES ? await halves() : shards)) as never,
    {shards: only(() => HALVES)},
  ),
];
