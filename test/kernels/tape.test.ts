import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {hookTape, isTaping, layerOf} from '../../src/kernels/tape';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {kernelsOf} from '../support/kernelsOf';
import {tinyConvNet} from '../support/models';

const own = () => Object.getOwnPropertyDescriptor(tf.engine(), 'addTapeNode')?.value as unknown;

describe('hookTape', () => {
  it('is one hook, however often it is asked for, and is undone', () => {
    expect(own()).toBeUndefined();
    const undo = hookTape();
    const hook = own();
    const second = hookTape();
    expect(own()).toBe(hook);
    second();
    expect(own()).toBe(hook);
    undo();
    expect(own()).toBeUndefined();
  });

  it('leaves a hook that somebody else has put on top', () => {
    const engine = tf.engine() as unknown as Record<string, unknown>;
    const undo = hookTape();
    const other = () => undefined;
    engine['addTapeNode'] = other;
    undo();
    expect(own()).toBe(other);
    delete engine['addTapeNode'];
  });

  it('does without where the engine has no such method', () => {
    const engine = tf.engine() as unknown as Record<string, unknown>;
    engine['addTapeNode'] = undefined;
    hookTape()();
    expect(own()).toBeUndefined();
    delete engine['addTapeNode'];
  });

  it('takes operations to be on a tape where the engine does not say', () => {
    const {state} = tf.engine() as unknown as {state: {gradientDepth: number | undefined}};
    const depth = state.gradientDepth;
    expect([
      isTaping(),
      tf
        .grad((x) => tf.mul(x, Number(isTaping())))(tf.scalar(1))
        .dataSync()[0],
    ]).toEqual([false, 1]);
    state.gradientDepth = undefined;
    try {
      expect(isTaping()).toBe(true);
    } finally {
      state.gradientDepth = depth;
    }
  });

  it('notes the layer in which an operation was run', () => {
    const model = tinyConvNet();
    const [input] = model.inputs;
    const x = tf.ones([1, ...(input?.shape.slice(1) as number[])]);
    const names = model.layers.map(({name}) => name);
    withGradientKernels(() => tf.grad((v) => tf.sum(model.apply(v) as tf.Tensor))(x));
    expect(names).toContain(layerOf('MaxPool') ?? layerOf('Relu') ?? layerOf('fusedMatMul__op'));
    expect(layerOf('Sum')).toBeUndefined();
    model.dispose();
  });

  it('lets a fused operation of another backend keep the gradient of tfjs', () => {
    // Nothing was taken down: the kernel of the backend is not recording.
    const undo = hookTape();
    const x = tf.ones([2, 2]);
    const names = kernelsOf(() => tf.grad((a) => tf.sum(tf.fused.matMul({a, b: x})))(x));
    expect(names.filter((name) => name === 'BatchMatMul').length).toBeGreaterThanOrEqual(2);
    undo();
  });
});
