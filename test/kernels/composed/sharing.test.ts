import * as tf from '@tensorflow/tfjs-core';
import {expect, it} from 'vitest';

import {cast, identity} from '../../../src/kernels/composed/sharing';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {expectNoLeak, numbers} from '../../support/tensors';
import {callKernel, onWasm, shippedKernel} from '../support';

onWasm('identity and cast', () => {
  it('share the values of what they copy, which live as long as either', async () => {
    await expectNoLeak(() => {
      for (const copy of [
        (x: tf.Tensor) => callKernel(identity, {x}, undefined as never),
        (x: tf.Tensor) => callKernel(cast, {x}, {dtype: x.dtype} as tf.CastAttrs),
      ]) {
        for (const dtype of ['float32', 'int32', 'bool'] as const) {
          const x = tf.tensor1d([1, 0, 1], dtype);
          const copied = copy(x);
          expect(copied.dataId).toBe(x.dataId);
          expect([copied.shape, copied.dtype]).toEqual([[3], dtype]);
          x.dispose();
          expect(numbers(copied)).toEqual([1, 0, 1]);
          copied.dispose();
        }
      }
    });
  });

  it('leave other types, and strings, to the shipped kernel', () => {
    const x = tf.tensor1d([1.75, -2.5]);
    const whole = callKernel(cast, {x}, {dtype: 'int32'}, shippedKernel(tf.Cast));
    expect(whole.dtype).toBe('int32');
    expect(numbers(whole)).toEqual([1, -2]);
    const words = tf.tensor1d(['a', 'b']);
    const copy = callKernel(identity, {x: words}, undefined as never, shippedKernel(tf.Identity));
    expect(copy.dataId).not.toBe(words.dataId);
    expect(copy.dataSync()).toEqual(['a', 'b']);
    tf.dispose([x, whole, words, copy]);
  });

  it('are what a scope clones by', () => {
    const x = tf.tensor1d([1]);
    expect(withGradientKernels(() => tf.clone(x).dataId)).toBe(x.dataId);
    expect(withGradientKernels(() => tf.cast(x, 'float32').dataId)).toBe(x.dataId);
    expect(tf.clone(x).dataId).not.toBe(x.dataId);
  });

  it('leave a variable free to change', () => {
    const variable = tf.variable(tf.tensor1d([1]));
    const copy = withGradientKernels(() => tf.clone(variable));
    variable.assign(tf.tensor1d([2]));
    expect([...numbers(copy), ...numbers(variable)]).toEqual([1, 2]);
    tf.dispose([variable, copy]);
  });
});
