import * as tf from '@tensorflow/tfjs-core';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {attackBatch} from '../../../src/attacks/autoAttack/attackBatch';
import type {Component} from '../../../src/attacks/autoAttack/components';
import {emptyOutcome, type Problem} from '../../../src/attacks/search/problem';
import {soundModel} from '../../support/brokenModels';
import {ensembleRun} from '../../support/ensembleRuns';
import {expectNoLeak, numbers} from '../../support/tensors';

const report = () => Promise.resolve();
const EPSILON = 0.3;

describe('attackBatch', () => {
  let run: ReturnType<typeof ensembleRun>;
  beforeEach(() => {
    run = ensembleRun(4, {epsilon: EPSILON, exampleIds: [7, 8, 9, 10], adversarial: true});
  });
  afterEach(() => {
    run.dispose();
  });

  // Claims a point on its second example: `towards` the corner where the model is wrong, or x.
  const claiming = (
    name: string,
    moves: boolean,
    {seen = [], isCustom = false}: {seen?: Problem<tf.Tensor4D>[]; isCustom?: boolean} = {},
  ) =>
    ({
      ...{name, isCustom},
      run: async (problem) => {
        seen.push(problem);
        await problem.pause(1);
        const outcome = emptyOutcome(2);
        const label = problem.labels[1] as number;
        const direction = tf.grad((x: tf.Tensor) =>
          tf.sum(
            tf.mul(soundModel(x as tf.Tensor4D), tf.oneHot(tf.tensor1d([0, label], 'int32'), 4)),
          ),
        );
        const point = tf.tidy(() =>
          numbers(
            tf.clipByValue(
              tf.sub(problem.x, tf.mul(moves ? EPSILON : 0, tf.sign(direction(problem.x)))),
              0,
              1,
            ),
          ).slice(36),
        );
        outcome.points.set(1, Float32Array.from(point));
        outcome.targets.set(1, (label + 1) % 4);
        outcome.forward.set([3, 5]);
        outcome.backward.set([2, 4]);
        outcome.queries.set([1, 0]);
        outcome.zeroGradient.set([1, 0]);
        outcome.nonFinite.set([1, 0]);
        return outcome;
      },
      passes: () => undefined,
    }) satisfies Component<tf.Tensor4D>;

  it('states the problem of its rows, and notes what was found and spent', async () => {
    const seen: Problem<tf.Tensor4D>[] = [];
    await expectNoLeak(() => attackBatch(run, claiming('apgd-t', true, {seen}), [3, 1], report));
    const [problem] = seen;
    expect(problem).toMatchObject({where: 'autoAttack (apgd-t)', earlyStop: true});
    expect([...(problem?.ids ?? [])]).toEqual([10, 8]);
    expect([...(problem?.labels ?? [])]).toEqual([run.labels[3], run.labels[1]]);
    const {samples, components, points, unconfirmed, nonFinite} = run.state;
    expect(samples[1]).toMatchObject({
      ...{verdict: 'broken', component: 0, target: ((run.labels[1] as number) + 1) % 4},
      ...{forward: 1 + 5 + 1, backward: 4, queries: 0}, // clean, search, verification
    });
    expect(samples[1]?.distance).toBeCloseTo(EPSILON, 6);
    expect(samples[1]?.prediction).not.toBe(run.labels[1]);
    expect(samples[3]).toMatchObject({verdict: 'robust', forward: 1 + 3, backward: 2, queries: 1});
    expect(samples[0]).toMatchObject({verdict: 'robust', forward: 1});
    expect(components[0]).toMatchObject({forward: 9, backward: 6, queries: 1, zeroGradient: 1});
    expect(Object.keys(points)).toEqual(['1']);
    expect([unconfirmed, nonFinite]).toEqual([0, [3]]);
  });

  it("counts one of ours that is not confirmed; a custom component's is no claim", async () => {
    await attackBatch(run, claiming('square', false), [3, 1], report);
    expect(run.state.samples[1]?.verdict).toBe('robust');
    expect(run.state.unconfirmed).toBe(1);
    await attackBatch(run, claiming('square', false, {isCustom: true}), [3, 1], report);
    expect(run.state.unconfirmed).toBe(1);
    expect(run.state.nonFinite).toEqual([3]); // seen twice, listed once
    expect(run.state.components[0]).toMatchObject({forward: 18, backward: 12, queries: 2});
  });

  it('asks the model as it is, not the frozen one that was attacked', async () => {
    const wrong = (x: tf.Tensor4D) => tf.neg(soundModel(x));
    await attackBatch({...run, frozen: wrong}, claiming('fab', false), [3, 1], report);
    expect(run.state.samples[1]?.verdict).toBe('robust');
    await attackBatch({...run, classify: wrong}, claiming('fab', false), [3, 1], report);
    expect(run.state.samples[1]).toMatchObject({verdict: 'broken', distance: 0});
  });

  it('keeps points where the caller wants them, and the time', async () => {
    const settings = {...run.settings, adversarial: false};
    await attackBatch({...run, settings}, claiming('fab', true), [3, 1], report);
    expect(run.state.samples[1]?.verdict).toBe('broken');
    expect(run.state.points).toEqual({});
    expect(run.state.components[0]?.elapsedMs).toBeGreaterThan(0);
    expect(run.state.components[0]?.elapsedMs).toBeLessThan(600_000);
  });

  it('leaves the state as it was when the search throws, or was aborted', async () => {
    const before = JSON.stringify(run.state);
    const failing: Component<tf.Tensor4D> = {
      ...claiming('fab', true),
      run: () => Promise.reject(new Error('half-way')),
    };
    await expectNoLeak(() =>
      expect(attackBatch(run, failing, [0], report)).rejects.toThrow('half-way'),
    );
    const signal = AbortSignal.abort(new Error('enough'));
    const aborted = {...run, settings: {...run.settings, signal}};
    await expect(attackBatch(aborted, claiming('fab', true), [0], report)).rejects.toThrow(
      'enough',
    );
    expect(JSON.stringify(run.state)).toBe(before);
  });
});
