import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {SGD_STEP} from '../../../src/core/sgdStep';
import {replaceKernel} from '../../../src/kernels/registries';
import {sgdStep} from '../../../src/kernels/wasm/sgdStep';
import {sgd, type SgdOptions} from '../../../src/optimizers/sgd';
import {kernelsOf} from '../../support/kernelsOf';
import {seeded} from '../../support/models';
import {expectNoLeak, numbers} from '../../support/tensors';
import {onWasm} from '../support';

const SETTINGS: readonly SgdOptions[] = [
  {learningRate: 0.1},
  {learningRate: 0.1, weightDecay: 5e-4},
  {learningRate: 0.03, momentum: 0.9},
  {learningRate: 0.03, momentum: 0.9, dampening: 0.3, weightDecay: 5e-4},
  {learningRate: 0.03, momentum: 0.9, nesterov: true, weightDecay: 5e-4},
];

/** Values of a variable over three steps, the names of the kernels that ran, and the momentum. */
async function steps(settings: SgdOptions, size: number) {
  const variable = tf.tidy(() => tf.variable(seeded([size], 1)));
  const optimizer = sgd(settings);
  const seen: number[][] = [];
  const names = kernelsOf(() => {
    for (let step = 0; step < 3; step++) {
      const gradient = seeded([size], 2 + step);
      optimizer.applyGradients({[variable.name]: gradient});
      gradient.dispose();
      seen.push(numbers(variable));
    }
  });
  const weights = await optimizer.getWeights();
  seen.push(...weights.slice(1).map(({tensor}) => numbers(tensor)));
  weights[0]?.tensor.dispose();
  optimizer.dispose();
  variable.dispose();
  return {seen, names};
}

onWasm('sgdStep', () => {
  it.each(
    SETTINGS.flatMap((settings) => [1, 3, 4, 8, 13].map((size) => [settings, size] as const)),
  )("gives the values of tfjs's operations to the bit: %j, %d values", async (settings, size) => {
    const expected = await steps(settings, size);
    const undo = replaceKernel(SGD_STEP, 'wasm', sgdStep);
    try {
      await expectNoLeak(async () => {
        const {seen, names} = await steps(settings, size);
        expect(seen).toEqual(expected.seen);
        expect(names).toContain(SGD_STEP);
        expect(names).not.toContain('Multiply');
      });
    } finally {
      undo();
    }
    expect(expected.names).not.toContain(SGD_STEP);
  });

  it("leaves a gradient of another shape to tfjs's operations", () => {
    const undo = replaceKernel(SGD_STEP, 'wasm', sgdStep);
    const variable = tf.variable(tf.ones([2, 3]));
    const gradient = tf.ones([3]);
    const optimizer = sgd({learningRate: 0.5});
    optimizer.applyGradients({[variable.name]: gradient});
    expect(numbers(variable)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    undo();
    optimizer.dispose();
    tf.dispose([variable, gradient]);
  });
});

describe('sgdStep', () => {
  it('says so where it cannot run', () => {
    const inputs = {variable: tf.ones([1]), gradient: tf.ones([1])};
    const attrs = {rate: 1, weightDecay: 0, momentum: 0, share: 1, nesterov: false};
    expect(() => sgdStep({inputs, attrs, backend: {}}, undefined)).toThrow('cannot run');
    tf.dispose({...inputs});
  });
});
