import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {fabConstants, fabStepper} from '../../../src/attacks/fab/fabStep';
import {withSweptFabSteps} from '../../../src/kernels/wasm/fab';
import {expectClose, expectNoLeak} from '../../support/tensors';
import {onWasm} from '../support';

// Many pixels at their bounds, where half of the directions end.
const pixel = fc.oneof(fc.constantFrom(0, 1), fc.float({min: 0, max: 1, noNaN: true}));
const slope = fc.oneof(fc.constant(0), fc.float({min: -2, max: 2, noNaN: true}));
const example = fc.integer({min: 1, max: 40}).chain((size) => {
  const array = (of: fc.Arbitrary<number>) =>
    fc.array(of, {minLength: size, maxLength: size}).map((values) => Float32Array.from(values));
  return fc.record({current: array(pixel), clean: array(pixel), w: array(slope)});
});
const threat = fc.record({
  norm: fc.constantFrom<'linf' | 'l2'>('linf', 'l2'),
  clip: fc.constantFrom<[number, number] | null>([0, 1], [-1, 2], null),
});

onWasm('withSweptFabSteps', () => {
  it.prop([example, threat, fc.float({min: -3, max: 3, noNaN: true}), fc.constantFrom(0.1, 1)], {
    numRuns: 400,
  })('steps as the code without SIMD does', async ({current, clean, w}, norms, value, alphaMax) => {
    const constants = fabConstants(w.length, norms, {alphaMax, overshoot: 1.05});
    const [expected, actual] = [current.slice(), current.slice()];
    fabStepper(constants)(expected, clean, w, value);
    await expectNoLeak(() => {
      const used = withSweptFabSteps(constants, (step) => {
        step(actual, clean, w, value);
      });
      expect(used).toBe(true);
    });
    expectClose(actual, expected, 1e-5);
  });

  it('steps example after example, and reads nothing of the one before', () => {
    const constants = fabConstants(3, {norm: 'l2', clip: null}, {alphaMax: 0.1, overshoot: 1});
    const points = [Float32Array.of(9, 9, 9), Float32Array.of(1, 1, 1), Float32Array.of(1, 1, 1)];
    withSweptFabSteps(constants, (step) => {
      for (const point of points) step(point, point.slice(), Float32Array.of(0, 0, 2), 2);
    });
    // To where 2 (z - z0) + 2 = 0.
    expectClose(
      points.flatMap((point) => [...point]),
      [9, 9, 8, 1, 1, 0, 1, 1, 0],
    );
  });
});

describe.skipIf(tf.getBackend() === 'wasm')('withSweptFabSteps', () => {
  it('says that it did nothing on other backends', () => {
    const constants = fabConstants(1, {norm: 'l2', clip: null}, {alphaMax: 0.1, overshoot: 1});
    const used = withSweptFabSteps(constants, () => {
      throw new Error('called');
    });
    expect(used).toBe(false);
  });
});
