import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {copyOf, isObserved, KernelRecorder} from '../../src/kernels/kernelRecorder';
import {kernelOf, replaceKernel} from '../../src/kernels/registries';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {seeded} from '../support/models';
import {expectNoLeak} from '../support/tensors';

const x = seeded<tf.Rank.R2>([2, 2], 1);
const w = seeded<tf.Rank.R2>([2, 2], 2);

/** Records a function of x. */
function recorded(f: () => tf.Tensor, weights: tf.Tensor[] = [w]): KernelRecorder {
  const recorder = new KernelRecorder(x, undefined, weights);
  withGradientKernels(() => {
    tf.tidy(() => {
      recorder.resultOf(recorder.record(f));
    });
  });
  return recorder;
}

describe('KernelRecorder', () => {
  it('writes down which kernels run, on what, and which read it last', () => {
    const {steps, storages, kernels, backend} = recorded(() => tf.mul(tf.exp(tf.add(x, w)), w));
    expect([...kernels.keys()]).toEqual(['Add', 'Exp', 'Multiply']);
    expect(kernels.get('Exp')?.run).toBe(kernelOf('Exp', tf.getBackend())?.kernelFunc);
    expect(backend).toBe(tf.backend());
    const [input, weight, sum, exponential, product] = storages;
    expect(storages.map(({origin}) => origin.kind)).toEqual([
      'x',
      'weight',
      'made',
      'made',
      'made',
    ]);
    expect(storages.map(({lastUse}) => lastUse)).toEqual([0, 2, 1, 2, -1]);
    expect(steps.map(({outputs}) => outputs)).toEqual([[sum], [exponential], [product]]);
    expect(Object.values(steps[0]?.inputs ?? {})).toEqual([input?.slots[0], weight?.slots[0]]);
  });

  it('takes a view for another shape of the same data, and nothing to compute', () => {
    const {steps, storages} = recorded(() => tf.exp(tf.reshape(tf.clone(x), [4])));
    expect(steps.length).toBe(1);
    expect(storages[0]?.slots.map(({shape}) => shape)).toEqual([[2, 2], [4]]);
  });

  it('writes down what a kernel was given, and not what it added to that', () => {
    const undo = replaceKernel('Exp', tf.getBackend(), (call, shipped) => {
      Object.assign(call.inputs, {more: w});
      if (!shipped) throw new Error('There is none.');
      return shipped(call);
    });
    const {steps} = recorded(() => tf.exp(x));
    undo();
    expect(Object.keys(steps[0]?.inputs ?? {})).toEqual(['x']);
  });

  it('keeps small values of the program, and refuses what it does not know', async () => {
    const {storages} = recorded(() => tf.mul(x, 3));
    expect(storages.map(({origin}) => origin)).toContainEqual({
      ...{kind: 'constant', values: Float32Array.of(3)},
    });
    await expectNoLeak(() => {
      expect(() => recorded(() => tf.mul(x, w), [])).toThrow('neither a weight nor made');
      const large = () => tf.tensor2d(new Float32Array(2 * 4096), [2, 4096]);
      expect(() => recorded(() => tf.matMul(x, large()))).toThrow('neither a weight nor made');
    });
  });

  it('leaves the engine as it was, also after an error', () => {
    const own = () => Object.keys(tf.engine()).length;
    const before = own();
    recorded(() => tf.exp(x));
    expect(() =>
      recorded(() => {
        throw new Error('broken');
      }),
    ).toThrow('broken');
    expect(own()).toBe(before);
  });
});

describe('copyOf', () => {
  it('copies names and lists', () => {
    const named = {a: x};
    expect(copyOf(named)).toEqual(named);
    expect(copyOf(named)).not.toBe(named);
    const list = [x, w];
    expect(copyOf(list)).toEqual([x, w]);
    expect(copyOf(list)).not.toBe(list);
  });
});

describe('isObserved', () => {
  it('is true while tfjs profiles', async () => {
    expect(isObserved()).toBe(false);
    let during = false;
    await tf.profile(() => {
      during = isObserved();
      return tf.scalar(1);
    });
    expect([during, isObserved()]).toEqual([true, false]);
  });
});
