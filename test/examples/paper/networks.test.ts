import * as tf from '@tensorflow/tfjs-core';
import {beforeAll, describe, expect, it} from 'vitest';

import {networksOf} from '../../../examples/paper/networks';
import type {PaperReport} from '../../../examples/paper/report';
import type {RunResult} from '../../../examples/paper/runRow';
import {DEFAULT_SETTINGS} from '../../../examples/paper/settings';
import {experimentOf} from '../../../examples/paper/targets';
import {networksPage, type Evaluation} from '../../../examples/shared/networksPage';
import {fgsmAttack} from '../../../src/attacks/fgsmAttack';
import type {Attack} from '../../../src/core/attack';
import {arrayDataset} from '../../../src/data/arrayDataset';
import {evaluateRobustness} from '../../../src/metrics/evaluateRobustness';

const CLASS_NAMES = ['dark', '<bright>'];
const pixels = Float32Array.from({length: 40}, (_, i) => i / 39);
const data = arrayDataset(
  pixels,
  Array.from(pixels, (pixel) => Number(pixel > 0.5)),
  {shape: [1, 1, 1], numClasses: 2},
);
const attack: Attack = (model, x, y) => fgsmAttack(model, x, y, {epsilon: 0.1});

// It answers "bright" from `threshold` on.
async function evaluation(threshold: number): Promise<Evaluation> {
  const model = (x: tf.Tensor4D): tf.Tensor2D => {
    const above: tf.Tensor2D = tf.sub(tf.reshape(x, [-1, 1]), threshold);
    return tf.concat([tf.neg(above), above], 1);
  };
  const options = {attacks: {pgd20: attack}, predictions: true, tail: [1]};
  const report = await evaluateRobustness(model, data, options);
  return {report, labels: Array.from(data.labels)};
}

const experiment = experimentOf('table1');
const report: PaperReport = {
  ...{command: 'npm run paper -- table1', experiment, settings: DEFAULT_SETTINGS},
  ...{scale: {epochs: 3}, seeds: [3, 4], versions: {node: 'v20'}, machine: {cores: 2}},
  ...{rows: [], runs: []},
};
const idOf = (row: number) => experiment.rows[row]?.preset.id ?? '';
const run = (row: number, seed: number, of: Evaluation, over: Partial<RunResult> = {}): RunResult =>
  // What the page does not read is left out.
  ({
    ...{id: idOf(row), seed, classNames: CLASS_NAMES, classCounts: [30, 3], evaluation: of},
    ...over,
  }) as RunResult;

describe('the networks of npm run paper beside each other', () => {
  let good: Evaluation;
  let poor: Evaluation;
  beforeAll(async () => {
    [good, poor] = [await evaluation(0.5), await evaluation(0.9)];
  });

  it('are those of the first seed that has been run, by the labels of their rows', () => {
    const runs = [run(1, 4, poor), run(0, 4, good)];
    const networks = networksOf(report, runs);
    expect(networks?.seed).toBe(4);
    const labels = experiment.rows.slice(0, 2).map(({label}) => label);
    expect(Object.keys(networks?.evaluations ?? {})).toEqual(labels);
    expect(networksOf(report, [...runs, run(0, 3, poor)])?.seed).toBe(3);
    expect(networksOf(report, [])).toBeUndefined();
  });

  it('say the counts of training only where all have the same, and leave other tasks out', () => {
    const runs = [run(0, 3, good), run(1, 3, poor, {classCounts: [30, 30]})];
    expect(networksOf(report, runs.slice(0, 1))?.classCounts).toEqual([30, 3]);
    expect(networksOf(report, runs)?.classCounts).toBeUndefined();
    const other = run(1, 3, poor, {classNames: ['a', 'b']});
    expect(Object.keys(networksOf(report, [run(0, 3, good), other])?.evaluations ?? {})).toEqual([
      experiment.rows[0]?.label,
    ]);
  });

  it('make a page with every class, its name escaped, and the paired test', () => {
    const networks = networksOf(report, [run(0, 3, good), run(1, 3, poor)]);
    if (networks === undefined) throw new Error('there are runs');
    const page = networksPage(networks);
    expect(page).toContain('&lt;bright&gt;');
    expect(page).not.toContain('<bright>');
    expect(page).toContain('McNemar');
    expect(page).toContain('npm run paper -- table1');
    expect(page).toContain('The networks of seed 3 after their last epoch');
  });
});
