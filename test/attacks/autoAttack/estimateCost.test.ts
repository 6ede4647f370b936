import * as tf from '@tensorflow/tfjs-core';
import {afterAll, describe, expect, it} from 'vitest';

import {autoAttack} from '../../../src/attacks/autoAttack/autoAttack';
import {estimateCost} from '../../../src/attacks/autoAttack/estimateCost';
import {createRng} from '../../../src/core/rng';
import {soundExamples, soundModel} from '../../support/brokenModels';
import {expectNoLeak} from '../../support/tensors';

const {x, labels} = soundExamples(7);
afterAll(() => tf.dispose([x, labels]));
const options = {epsilon: 1e-5, steps: 4, queries: 6, rng: createRng(1), batchSize: 5};

describe('estimateCost', () => {
  it('says what each example that survives costs in fact', async () => {
    await expectNoLeak(async () => {
      const estimate = await estimateCost(soundModel, x, labels, options);
      const report = await autoAttack(soundModel, x, labels, options);
      expect(report.robustAccuracy).toBe(1);
      const [sample] = report.samples;
      expect(estimate.perExample).toEqual({forward: sample?.forward, backward: sample?.backward});
      expect(estimate.components).toEqual(
        report.components.map(({name, forward, backward}) => ({
          ...{name, forward: forward / 7, backward: backward / 7},
        })),
      );
      expect(estimate.examples).toBe(7);
      expect(estimate.measured.batchSize).toBe(5);
    });
  });

  it('adds time up from the passes it measured', async () => {
    const estimate = await estimateCost(soundModel, x, labels, {...options, survivors: 0.5});
    const {forwardMs, gradientMs} = estimate.measured;
    expect(forwardMs).toBeGreaterThan(0);
    expect(gradientMs).toBeGreaterThan(0);
    const {forward, backward} = estimate.perExample;
    const each = (forward - backward) * forwardMs + backward * gradientMs;
    expect(estimate.elapsedMs).toBeCloseTo(3.5 * each, 9);
  });

  it('measures times that fit into that of the call', async () => {
    const start = performance.now();
    const {measured, elapsedMs} = await estimateCost(soundModel, x, labels, options);
    const passed = performance.now() - start;
    const {batchSize, forwardMs, gradientMs} = measured;
    expect(batchSize * (forwardMs + gradientMs)).toBeLessThanOrEqual(passed);
    expect(Number.isFinite(elapsedMs)).toBe(true);
  });

  it('runs four forward passes and four gradients', async () => {
    let calls = 0;
    const counting = (input: tf.Tensor4D) => {
      calls++;
      return soundModel(input);
    };
    await estimateCost(counting, x, labels, options);
    expect(calls).toBe(8);
  });

  it('cannot know what an attack of the caller costs', async () => {
    const attacks = ['apgd-ce', {name: 'own', attack: (_m: unknown, b: tf.Tensor4D) => b}] as const;
    const {components, perExample} = await estimateCost(soundModel, x, labels, {
      ...{...options, attacks},
    });
    expect(components[1]).toEqual({name: 'own', forward: null, backward: null});
    expect(perExample).toEqual({forward: 6, backward: 4});
  });

  it('refuses what autoAttack refuses', async () => {
    await expectNoLeak(async () => {
      await expect(estimateCost(soundModel, x, labels, {...options, survivors: 2})).rejects.toThrow(
        /estimateCost: "survivors"/,
      );
      await expect(estimateCost(soundModel, x, labels, {...options, steps: 0})).rejects.toThrow(
        /estimateCost: "steps"/,
      );
      const wrong = (input: tf.Tensor4D) => tf.mul(soundModel(input), NaN) as tf.Tensor2D;
      await expect(estimateCost(wrong, x, labels, options)).rejects.toThrow(/finite logits/);
      await expect(
        estimateCost(soundModel, x, labels, {...options, signal: AbortSignal.abort()}),
      ).rejects.toThrow(/abort/i);
    });
  });
});
