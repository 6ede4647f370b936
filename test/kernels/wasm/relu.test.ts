import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect} from 'vitest';

import {passPositive, RELU_GRADIENT, reluGradient, simdRelu} from '../../../src/kernels/wasm/relu';
import {replaceGradient, replaceKernel} from '../../../src/kernels/registries';
import {seeded} from '../../support/models';
import {kernelsOf} from '../../support/kernelsOf';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, onWasm} from '../support';

/** Runs `body` with the gradient, and on wasm its kernel, in the registries. */
function installed<T>(body: () => T): T {
  const undo =
    tf.getBackend() === 'wasm'
      ? replaceKernel(RELU_GRADIENT, 'wasm', passPositive)
      : () => undefined;
  const undoGradient = replaceGradient(tf.Relu, reluGradient);
  try {
    return body();
  } finally {
    undoGradient();
    undo();
  }
}

describe('reluGradient', () => {
  it.prop([fc.integer({min: 1, max: 23}), fc.nat(1000)])(
    "is tfjs's, for any number of values, zeros included",
    async (size, seed) => {
      await expectNoLeak(() => {
        const x = tf.tidy(() =>
          tf.mul(
            seeded([size], seed),
            tf.cast(tf.greater(seeded([size], seed + 1), -0.3), 'float32'),
          ),
        );
        const dy = seeded([size], seed + 2);
        const of = () => tf.grad((v) => tf.relu(v))(x, dy);
        const [ours, theirs] = [installed(of), of()];
        expectClose(ours, numbers(theirs), 0);
        tf.dispose([x, dy, ours, theirs]);
      });
    },
  );

  it('can be differentiated itself', async () => {
    await expectNoLeak(() => {
      const x = tf.tensor1d([-1, 0.5, 2]);
      // Σ relu(x)³ has the slope 3 relu(x)², whose sum has the slope 6 relu(x).
      const slopes = (v: tf.Tensor) => tf.grad((w) => tf.sum(tf.pow(tf.relu(w), 3)))(v);
      const second = installed(() => tf.grad((v) => tf.sum(slopes(v)))(x));
      expectClose(second, [0, 3, 12], 1e-5);
      const third = installed(() =>
        tf.grad((v) => tf.sum(tf.grad((u) => tf.sum(slopes(u)))(v)))(x),
      );
      expectClose(third, [0, 6, 6], 1e-5);
      tf.dispose([x, second, third]);
    });
  });

  it.runIf(tf.getBackend() === 'wasm')('makes one sweep, and no step function', () => {
    const x = seeded([4, 3], 1);
    const names = kernelsOf(() => {
      installed(() => tf.grad((v) => tf.sum(tf.relu(v)))(x)).dispose();
    });
    expect(names).toContain(RELU_GRADIENT);
    expect(names).not.toContain('Step');
    x.dispose();
  });

  it('saves the output on wasm, and elsewhere what the registered gradient asks for', () => {
    const saves = installed(() => {
      const {inputsToSave, outputsToSave} = tf.getGradient(tf.Relu);
      return {inputsToSave, outputsToSave};
    });
    const ours = {inputsToSave: [], outputsToSave: [true]};
    const shipped = {inputsToSave: ['x'], outputsToSave: []};
    expect(saves).toEqual(tf.getBackend() === 'wasm' ? ours : shipped);
  });

  it.runIf(tf.getBackend() !== 'wasm')('leaves a gradient of the program its input', () => {
    const shipped = tf.getGradient(tf.Relu);
    tf.unregisterGradient(tf.Relu);
    const gradFunc: tf.GradFunc = (_, saved) => ({x: () => tf.square(saved[0] as tf.Tensor)});
    tf.registerGradient({kernelName: tf.Relu, inputsToSave: ['x'], gradFunc});
    const x = tf.tensor1d([-3, 0, 2]);
    try {
      const slope = installed(() => tf.grad((v) => tf.relu(v))(x));
      expectClose(slope, [9, 0, 4], 0);
      slope.dispose();
    } finally {
      tf.unregisterGradient(tf.Relu);
      tf.registerGradient(shipped);
      x.dispose();
    }
  });

  it("is tfjs's where its kernel is not registered, or a value is no float", () => {
    const shipped = tf.getGradient(tf.Relu);
    const own = reluGradient(shipped) as tf.GradConfig;
    const [x, whole] = [seeded([3], 1), tf.tensor1d([1, -1, 0], 'int32')];
    const stepsOf = (dy: tf.Tensor, saved: tf.Tensor) =>
      kernelsOf(() => {
        const gradients = own.gradFunc(dy, [saved], {}) as unknown as {x: () => tf.Tensor};
        gradients.x().dispose();
      });
    expect(stepsOf(x, x)).toContain('Step');
    expect(installed(() => stepsOf(x, whole))).toContain('Step');
    tf.dispose([x, whole]);
  });

  it.runIf(tf.getBackend() !== 'wasm')("leaves it to tfjs's elsewhere", () => {
    const x = seeded([4, 3], 1);
    const names = kernelsOf(() => {
      installed(() => tf.grad((v) => tf.sum(tf.relu(v)))(x)).dispose();
    });
    expect(names).toContain('Step');
    x.dispose();
  });
});

onWasm('simdRelu', () => {
  it("has tfjs's values, of zeros with signs, NaN and infinities too", async () => {
    const values = [NaN, -0, 0, -1, 1, Infinity, -Infinity, 1e-45, -1e-45, 3.4e38, -2];
    await expectNoLeak(() => {
      for (const count of [11, 8, 5, 4, 3, 1, 0]) {
        const x = tf.tensor1d(values.slice(0, count));
        const [ours, theirs] = [callKernel(simdRelu, {x}, {}), tf.relu(x)];
        expect(numbers(ours)).toEqual(numbers(theirs));
        tf.dispose([x, ours, theirs]);
      }
    });
  });
});
