import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {simdBatchNorm} from '../../../src/kernels/wasm/fusedBatchNorm';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, FALLBACK, never, onRelaxedWasm, onWasm, shippedKernel} from '../support';

const SHAPES = [
  [1, 1],
  [7, 3],
  [2, 5, 4],
  [3, 3, 3, 8],
  [2, 3, 5, 19],
  [300, 17],
];
const attrs = {varianceEpsilon: 1e-3};

const inputsOf = (shape: number[], ofChannels = [shape.at(-1) ?? 1]) =>
  tf.tidy(() => ({
    x: tf.mul(seeded(shape, 1), 3),
    mean: seeded(ofChannels, 2),
    variance: tf.abs(seeded(ofChannels, 3)),
    scale: seeded(ofChannels, 4),
    offset: seeded(ofChannels, 5),
  }));

/** What tfjs's kernel gives, or `otherwise`. */
const shipped = (inputs: ReturnType<typeof inputsOf>) =>
  callKernel(() => shippedKernel(tf.FusedBatchNorm)?.({inputs, attrs, backend: tf.backend()}) ?? FALLBACK, inputs, attrs); // prettier-ignore

onWasm('simdBatchNorm, plain set', () => {
  it.each(SHAPES)('has the digits of the kernel that tfjs ships: %j', async (...shape) => {
    const inputs = inputsOf(shape);
    await expectNoLeak(() => {
      const [ours, theirs] = [callKernel(simdBatchNorm, inputs, attrs, never), shipped(inputs)];
      expect(ours.shape).toEqual(shape);
      expect(numbers(ours)).toEqual(numbers(theirs));
      tf.dispose([ours, theirs]);
    });
    tf.dispose({...inputs});
  });

  it('fills in a scale of 1 and an offset of 0', () => {
    tf.tidy(() => {
      const {x, mean, variance} = inputsOf([5, 6]);
      const y = callKernel(simdBatchNorm, {x, mean, variance}, attrs, never);
      const expected = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
      expectClose(y, numbers(expected), 1e-5);
    });
  });

  it('leaves other statistics to the kernel that tfjs ships', () => {
    const inputs = inputsOf([2, 3, 4], [3, 4]);
    expect(callKernel(simdBatchNorm, inputs, attrs, () => FALLBACK)).toBe(FALLBACK);
    tf.dispose({...inputs});
  });
});

onRelaxedWasm('simdBatchNorm', () => {
  it.each(SHAPES)('differs from the kernel that tfjs ships by rounding: %j', (...shape) => {
    const inputs = inputsOf(shape);
    const [ours, theirs] = [callKernel(simdBatchNorm, inputs, attrs, never), shipped(inputs)];
    expectClose(ours, numbers(theirs), 1e-5);
    tf.dispose([ours, theirs, {...inputs}]);
  });
});

describe('simdBatchNorm', () => {
  it('leaves other backends to their own', () => {
    const inputs = inputsOf([2, 3]);
    const call = {inputs, attrs, backend: {}};
    expect(simdBatchNorm(call, () => FALLBACK)).toBe(FALLBACK);
    tf.dispose({...inputs});
  });
});
