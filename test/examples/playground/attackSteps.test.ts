import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {attackSteps, SEED} from '../../../examples/playground/src/worker/attackSteps';
import type {AttackSettings, Frame} from '../../../examples/playground/src/protocol';
import {pgdAttack} from '../../../src/attacks/pgdAttack';
import {asClassifier} from '../../../src/core/classifier';
import {createRng} from '../../../src/core/rng';
import {seeded, tinyConvNet} from '../../support/models';

const image = () => tf.tidy(() => tf.sigmoid(seeded<tf.Rank.R4>([1, 8, 8, 1], 4)));

async function framesOf(settings: AttackSettings, signal = new AbortController().signal) {
  const model = tinyConvNet();
  const x = image();
  const frames: Frame[] = [];
  try {
    await attackSteps(asClassifier(model), x, 1, settings, (frame) => frames.push(frame), signal);
    return frames;
  } finally {
    x.dispose();
    model.dispose();
  }
}

/** What one call with all the steps returns. */
async function inOneCall({
  randomStart,
  target,
  ...settings
}: AttackSettings): Promise<Float32Array> {
  const model = tinyConvNet();
  const x = image();
  const labels = tf.tensor1d([1], 'int32');
  const targets = target === null ? undefined : tf.tensor1d([target], 'int32');
  const rng = randomStart ? createRng(SEED) : undefined;
  const adversarial = pgdAttack(model, x, labels, {...settings, targets, rng});
  const values = await adversarial.data<'float32'>();
  tf.dispose([x, labels, targets ?? [], adversarial]);
  model.dispose();
  return values;
}

describe('an attack shown step by step', () => {
  it.each<AttackSettings>([
    {norm: 'linf', epsilon: 0.1, steps: 6, randomStart: false, target: null},
    {norm: 'linf', epsilon: 0.1, steps: 6, randomStart: true, target: null},
    {norm: 'l2', epsilon: 0.5, steps: 6, randomStart: true, target: 2},
    {norm: 'l2', epsilon: 0, steps: 2, randomStart: false, target: null},
  ])('ends where one call of pgdAttack does: $norm, random $randomStart', async (settings) => {
    const before = tf.memory().numTensors;
    const frames = await framesOf(settings);
    expect(frames.map(({step}) => step)).toEqual([
      ...[null, 0],
      ...Array.from({length: settings.steps}, (_, i) => i + 1),
    ]);
    const expected = await inOneCall(settings);
    const last = frames.at(-1)!;
    expect(Math.max(...last.pixels.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(
      1e-6,
    );
    const sum = last.probabilities.reduce((total, value) => total + value, 0);
    expect(sum).toBeCloseTo(1, 5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('can be stopped, and leaves nothing', async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const settings = {
      norm: 'linf',
      epsilon: 0.1,
      steps: 6,
      randomStart: false,
      target: null,
    } as const;
    controller.abort(new Error('enough'));
    await expect(framesOf(settings, controller.signal)).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });
});
