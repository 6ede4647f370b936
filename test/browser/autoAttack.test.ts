import * as tf from '@tensorflow/tfjs-core';
import {afterEach, describe, expect, it} from 'vitest';

import {autoAttack} from '../../src/attacks/autoAttack/autoAttack';
import {createRng} from '../../src/core/rng';
import {soundExamples, soundModel} from '../support/brokenModels';

// Every part and every way of padding, on a model that decides clearly: few steps will do.
async function verdicts(norm: 'linf' | 'l2') {
  const {x, labels} = soundExamples(6);
  const report = await autoAttack(soundModel, x, labels, {
    ...{norm, epsilon: norm === 'linf' ? 0.05 : 0.15, steps: 4, queries: 12, numTargets: 2},
    ...{rng: createRng(5), batchSize: 4},
  });
  tf.dispose([x, labels]);
  return report.samples.map(({verdict, attack}) => `${verdict} ${attack ?? ''}`);
}

describe('autoAttack', () => {
  afterEach(async () => {
    await tf.setBackend('cpu');
  });

  it.each(['webgl', 'webgpu', 'wasm'])('gives the verdicts of cpu on %s', async (backend) => {
    for (const norm of ['linf', 'l2'] as const) {
      await tf.setBackend('cpu');
      const expected = await verdicts(norm);
      expect(new Set(expected.map((each) => each.split(' ')[0]))).toEqual(
        new Set(['broken', 'robust']),
      );
      expect(await tf.setBackend(backend)).toBe(true);
      const before = tf.memory().numTensors;
      expect(await verdicts(norm)).toEqual(expected);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});
