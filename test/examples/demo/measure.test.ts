import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {underPgd} from '../../../examples/demo/measure';
import {takeSamples} from '../../../examples/demo/samples';
import {pgdAttack} from '../../../src/attacks/pgdAttack';
import type {Attack} from '../../../src/core/attack';
import {createRng} from '../../../src/core/rng';
import {arrayDataset} from '../../../src/data/arrayDataset';

const data = arrayDataset(
  Float32Array.from({length: 16}, (_, i) => i / 16),
  [0, 1, 2, 1],
  {shape: [2, 2, 1], numClasses: 3},
);
const attack: Attack = (model, x, labels, context) =>
  pgdAttack(model, x, labels, {...context, epsilon: 0.1, steps: 2});

// What a network gives whose units are all dead.
const constant = (x: tf.Tensor4D): tf.Tensor2D =>
  tf.tidy(() => tf.add(tf.mul(tf.sum(tf.reshape(x, [-1, 4]), 1, true), 0), [[0, 2, 0]]));

describe('a network that has collapsed to a constant', () => {
  it('is scored, not refused: under attack it says what it says without', async () => {
    const before = tf.memory().numTensors;
    const {clean, attacks} = await underPgd(constant, data, attack, {});
    expect(clean.accuracy).toBe(0.5);
    expect(attacks['pgd20']?.accuracy).toBe(0.5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has samples', async () => {
    const samples = await takeSamples(constant, data, attack, createRng(1));
    expect(samples.map(({adversarialPrediction}) => adversarialPrediction)).toEqual([1, 1, 1]);
    for (const {clean, adversarial} of samples) expect(adversarial).toEqual(clean);
  });
});

describe('underPgd', () => {
  it('throws on what is wrong otherwise', async () => {
    const failing: Attack = () => {
      throw new Error('broken');
    };
    await expect(underPgd(constant, data, failing, {})).rejects.toThrow('broken');
  });
});
