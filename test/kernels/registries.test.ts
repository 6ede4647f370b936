import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it, vi} from 'vitest';

import {KERNEL_SET} from '../../src/core/computedOn';
import {gradientOf, type Kernel} from '../../src/kernels/composed/kernel';
import {
  gradientReplacement,
  hasGradients,
  hasKernel,
  kernelReplacement,
  replaceGradient,
  replaceKernel,
} from '../../src/kernels/registries';
import {expectSameRegistries, registries} from './support';

const backend = tf.getBackend();
const returns = (value: number) => () => tf.scalar(value);
const read = (t: tf.Tensor) => t.dataSync()[0];

describe('replaceKernel', () => {
  it('replaces, without a warning, and puts back what was there', () => {
    const before = registries();
    const warn = vi.spyOn(console, 'warn');
    const undo = replaceKernel(tf.Sin, backend, returns(7));
    expect(read(tf.sin(1))).toBe(7);
    undo();
    undo();
    expectSameRegistries(before);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('leaves its own alone, unless the mark is another', () => {
    const mark = Symbol('around');
    const undo = [
      replaceKernel(tf.Sin, backend, returns(7)),
      replaceKernel(tf.Sin, backend, returns(8)),
    ];
    expect(read(tf.sin(1))).toBe(7);
    undo.push(
      replaceKernel(tf.Sin, backend, (call, shipped) => tf.add(1, shipped?.(call as never) as tf.Tensor), mark), // prettier-ignore
      replaceKernel(tf.Sin, backend, returns(9), mark),
    );
    expect(read(tf.sin(1))).toBe(8);
    undo.reverse().forEach((restore) => restore());
    expect(read(tf.sin(0))).toBe(0);
  });

  it('takes out again what no backend ships', () => {
    const undo = replaceKernel('NoSuchKernel', backend, returns(7));
    expect(hasKernel('NoSuchKernel', backend)).toBe(true);
    undo();
    expect(hasKernel('NoSuchKernel', backend)).toBe(false);
  });

  it('leaves a kernel that somebody else has registered since', () => {
    const shipped = tf.getKernel(tf.Sin, backend);
    const undo = replaceKernel(tf.Sin, backend, returns(7));
    tf.unregisterKernel(tf.Sin, backend);
    const own = {...shipped, kernelFunc: returns(3) as tf.KernelFunc};
    tf.registerKernel(own);
    undo();
    expect(tf.getKernel(tf.Sin, backend)).toBe(own);
    tf.unregisterKernel(tf.Sin, backend);
    tf.registerKernel(shipped);
  });
});

describe('kernelReplacement', () => {
  const more: Kernel = (call, shipped) => {
    const info = shipped?.(call) as tf.TensorInfo;
    const tensor = 'rank' in info ? info : tf.engine().makeTensorFromTensorInfo(info);
    return tf.add(1, tensor as tf.Tensor);
  };

  it('is made anew where another kernel stands there by now', () => {
    const shipped = tf.getKernel(tf.Sin, backend);
    const replace = kernelReplacement(tf.Sin, backend, more);
    let undo = replace();
    const first = tf.getKernel(tf.Sin, backend);
    expect(read(tf.sin(0))).toBe(1);
    undo();
    undo = replace();
    expect(tf.getKernel(tf.Sin, backend)).toBe(first);
    undo();
    const other = {...shipped, kernelFunc: returns(3) as tf.KernelFunc};
    tf.unregisterKernel(tf.Sin, backend);
    tf.registerKernel(other);
    try {
      undo = replace();
      expect(read(tf.sin(0))).toBe(4);
      undo();
      expect(tf.getKernel(tf.Sin, backend)).toBe(other);
    } finally {
      tf.unregisterKernel(tf.Sin, backend);
      tf.registerKernel(shipped);
    }
  });

  it('states its set, composed where none is named', () => {
    for (const [set, said] of [
      [undefined, 'composed'],
      ['plain SIMD', 'plain SIMD'],
    ] as const) {
      const undo = kernelReplacement(tf.Sin, backend, returns(7), undefined, set)();
      expect(Reflect.get(tf.getKernel(tf.Sin, backend).kernelFunc, KERNEL_SET)).toBe(said);
      undo();
    }
  });
});

describe('replaceGradient', () => {
  const seven = gradientOf([], () => ({x: () => tf.scalar(7)}));
  const slope = () => read(tf.grad((x: tf.Tensor) => tf.sin(x))(tf.scalar(0)));

  it('replaces and puts back, and leaves its own and those of others', () => {
    const before = registries();
    const undo = replaceGradient(tf.Sin, seven);
    const second = replaceGradient(
      tf.Sin,
      gradientOf([], () => ({x: () => tf.scalar(8)})),
    );
    expect(slope()).toBe(7);
    second();
    expect(slope()).toBe(7);
    const ours = tf.getGradient(tf.Sin);
    tf.unregisterGradient(tf.Sin);
    undo();
    expect(tf.getGradient(tf.Sin)).toBeUndefined();
    tf.registerGradient(ours);
    undo();
    expectSameRegistries(before);
    expect(slope()).toBe(1);
  });

  it('is made anew where another gradient stands there by now', () => {
    const shipped = tf.getGradient(tf.Sin);
    const replace = gradientReplacement(tf.Sin, seven);
    let undoFirst = replace();
    const first = tf.getGradient(tf.Sin);
    undoFirst();
    undoFirst = replace();
    // What is registered is the same each time, as long as the shipped one is.
    expect(tf.getGradient(tf.Sin)).toBe(first);
    undoFirst();
    const other = {...shipped, gradFunc: () => ({x: () => tf.scalar(3)})};
    tf.unregisterGradient(tf.Sin);
    tf.registerGradient(other);
    try {
      const undo = replace();
      expect(slope()).toBe(7);
      undo();
      expect(tf.getGradient(tf.Sin)).toBe(other);
    } finally {
      tf.unregisterGradient(tf.Sin);
      tf.registerGradient(shipped);
    }
  });

  it('adds one where there is none, if there are any', () => {
    expect(hasGradients()).toBe(true);
    const undo = replaceGradient('NoSuchKernel', seven);
    expect(tf.getGradient('NoSuchKernel').kernelName).toBe('NoSuchKernel');
    undo();
    expect(tf.getGradient('NoSuchKernel')).toBeUndefined();
    replaceGradient('NoSuchKernel', () => undefined)();
    const identity = tf.getGradient(tf.Identity);
    tf.unregisterGradient(tf.Identity);
    expect(hasGradients()).toBe(false);
    replaceGradient('NoSuchKernel', seven);
    expect(tf.getGradient('NoSuchKernel')).toBeUndefined();
    tf.registerGradient(identity);
  });
});

describe('hasKernel', () => {
  it('knows which kernels a backend has', () => {
    expect(hasKernel(tf.Sin, backend)).toBe(true);
    expect(hasKernel(tf.Sin, 'no such backend')).toBe(false);
  });
});
