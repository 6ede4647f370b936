import * as tf from '@tensorflow/tfjs-core';
import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import {attackProblems, examplesOf, problemsOf, tensorsOf} from '../../src/testing/attackProblems';
import {brightness, brightnessData, spread} from '../support/onePixel';
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

  it('have up to four images of 3 x 3, of three classes', () => {
    const drawn = fc.sample(attackProblems(), {numRuns: 300, seed: 1});
    for (const [axis, most] of [4, 3, 3, 1].entries()) {
      const sides = drawn.map(({batch}) => batch.shape[axis] ?? NaN);
      expect([Math.min(...sides), Math.max(...sides)]).toEqual([1, most]);
    }
    expect(new Set(drawn.flatMap(({labels}) => labels))).toEqual(new Set([0, 1, 2]));
    const seeds = drawn.map(({seed}) => seed);
    expect([Math.min(...seeds) < 50, Math.max(...seeds) > 950]).toEqual([true, true]);
  });

  it('have pixels of the whole range that is asked for', () => {
    const drawn = fc.sample(attackProblems({clips: [[-2, 6]]}), {numRuns: 200, seed: 1});
    const values = drawn.flatMap(({batch}) => Array.from(batch.values));
    expect([Math.min(...values), Math.max(...values)]).toEqual([-2, 6]);
    for (const {threat} of drawn) expect(threat.clip).toEqual([-2, 6]);
    const free = fc.sample(attackProblems({clips: [null]}), {numRuns: 200, seed: 1});
    expect(Math.max(...free.flatMap(({batch}) => Array.from(batch.values)))).toBe(1);
  });

  it('are refused at once where an option is wrong', () => {
    expect(() => attackProblems({maxBatch: 0})).toThrow('attackProblems: "maxBatch" must');
    expect(() => attackProblems({maxLevels: 256})).toThrow('"maxLevels" must');
    expect(() => attackProblems({batch: 2} as never)).toThrow('attackProblems: ');
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

it('problemsOf refuses what it cannot draw from', async () => {
  const data = brightnessData(pixels);
  await expect(problemsOf(brightness, data, {maxBatch: 0})).rejects.toThrow(
    'problemsOf: "maxBatch" must',
  );
  await expect(problemsOf(brightness, data, {pool: 0})).rejects.toThrow('problemsOf: "pool" must');
  await expect(problemsOf(brightness, {} as never)).rejects.toThrow('problemsOf: "dataset" must');
  await expect(problemsOf({} as never, data)).rejects.toThrow('problemsOf: "model" must');
});

it('problemsOf takes a hundred examples, four at a time', async () => {
  const many = await problemsOf(brightness, brightnessData(spread(250)));
  const drawn = fc.sample(many, {numRuns: 400, seed: 1});
  expect(Math.max(...drawn.map(({labels}) => labels.length))).toBe(4);
  expect(new Set(drawn.flatMap(({batch}) => Array.from(batch.values))).size).toBe(100);
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
