import * as tf from '@tensorflow/tfjs-core';
import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {attackProblems, examplesOf, problemsOf, tensorsOf} from '../../src/testing/attackProblems';
import {brightness, brightnessData} from '../support/onePixel';
import {shrunk} from '../support/shrunk';
import {expectClose, expectNoLeak} from '../support/tensors';

const pixels = [0.1, 0.3, 0.6, 0.9];
const ours = await problemsOf(brightness, brightnessData(pixels), {maxBatch: 3, norms: ['linf']});

describe('attackProblems', () => {
  it.prop([attackProblems({maxBatch: 3})])('fit together', async (problem) => {
    const {batch, labels, classify} = problem;
    expect(labels).toHaveLength(batch.shape[0]!);
    expect(labels.length).toBeLessThanOrEqual(3);
    await expectNoLeak(() => {
      const {x, labels: classes} = tensorsOf(problem);
      const logits = tf.tidy(() => classify(x));
      expect(logits.shape).toEqual([labels.length, 3]);
      tf.dispose([x, classes, logits]);
    });
  });

  it('shrink toward one pixel, a linear model and epsilon 0', () => {
    const {batch, labels, threat} = shrunk(attackProblems(), () => true);
    expect(batch.values).toEqual(Float32Array.of(0));
    expect(labels).toEqual([0]);
    expect(threat).toMatchObject({norm: 'linf', epsilon: 0});
  });

  it('print without the source of the model', () => {
    const [problem] = fc.sample(attackProblems(), {numRuns: 1, seed: 1});
    expect(fc.stringify(problem)).toMatch(/"model":smallModels\(/);
    expect(fc.stringify(problem)).not.toContain('=>');
  });
});

describe('problemsOf', () => {
  it.prop([ours])('are examples of the dataset', ({batch, labels, threat}) => {
    const known = pixels.map(Math.fround);
    expect(new Set(batch.values).size).toBe(labels.length);
    labels.forEach((label, i) => {
      expect(known).toContain(batch.values[i]);
      expect(label).toBe(Number(batch.values[i]! > 0.5));
    });
    expect(threat.norm).toBe('linf');
  });

  it('leave no tensor behind, and name the examples', async () => {
    await expectNoLeak(async () => {
      fc.sample(await problemsOf(brightness, brightnessData(pixels)), 20);
    });
    expect(fc.stringify(fc.sample(ours, 1)[0])).toContain('"examples":[');
  });
});

it('problemsOf takes a pool of examples from all over the dataset', async () => {
  const few = await problemsOf(brightness, brightnessData(pixels), {pool: 2, maxBatch: 9});
  const seen = new Set(fc.sample(few, 30).flatMap(({batch}) => [...batch.values]));
  expect([...seen].sort()).toEqual([0.1, 0.6].map(Math.fround));
});

describe('examplesOf', () => {
  it.prop([attackProblems()])('takes rows out of a batch', (problem) => {
    const rows = problem.labels.map((_, row) => row).reverse();
    const {batch, labels} = examplesOf(problem, rows);
    expect(labels).toEqual([...problem.labels].reverse());
    expectClose(examplesOf({...problem, batch, labels}, rows).batch.values, problem.batch.values);
  });
});
