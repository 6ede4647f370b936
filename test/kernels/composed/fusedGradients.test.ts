import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {FUSED} from '../../../src/kernels/composed/fusedGradients';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {kernelsOf} from '../../support/kernelsOf';
import {seeded} from '../../support/models';
import {expectClose, numbers} from '../../support/tensors';
import {expectGradients, finiteDifferences, weighted} from '../support';

type Pad = 'same' | 'valid' | number;

describe('gradients of fused operations', () => {
  it('are of these', () => {
    expect(Object.entries(FUSED).map(([op, {kernelName}]) => [kernelName, op])).toEqual([
      ['FusedConv2D', 'fusedConv2d__op'],
      ['FusedDepthwiseConv2D', 'fusedDepthwiseConv2d__op'],
      ['_FusedMatMul', 'fusedMatMul__op'],
    ]);
  });

  it.each([
    [1, 'same'],
    [2, 'valid'],
    [1, 1],
  ] as [number, Pad][])('differentiate convolutions, stride %s, padding %s', (strides, pad) => {
    const x = seeded([2, 5, 4, 2], 1);
    const bias = seeded([3], 3);
    const conv =
      (op: typeof tf.fused.conv2d) =>
      (...[v, filter, b]: tf.Tensor[]) =>
        op({
          ...{x: v as tf.Tensor4D, filter: filter as tf.Tensor4D, strides, pad},
          ...(b ? {bias: b} : {}),
          ...(typeof pad === 'number' ? {dimRoundingMode: 'floor' as const} : {}),
        });
    expectGradients(conv(tf.fused.conv2d), [x, seeded([3, 3, 2, 3], 2), bias]);
    expectGradients(conv(tf.fused.conv2d), [x, seeded([3, 3, 2, 3], 2)]);
    const depthwise = tf.fused.depthwiseConv2d as unknown as typeof tf.fused.conv2d;
    expectGradients(conv(depthwise), [x, seeded([2, 2, 2, 1], 2), seeded([2], 3)]);
  });

  it('differentiate the convolution of a single image', () => {
    const filter = seeded<tf.Rank.R4>([2, 2, 2, 3], 2);
    const conv = (x: tf.Tensor) =>
      tf.fused.conv2d({x: x as tf.Tensor3D, filter, strides: 1, pad: 'valid'});
    const [image] = [seeded([4, 4, 2], 1)];
    const gradient = withGradientKernels(() =>
      tf.grad((x) => weighted(conv(x)))(image as tf.Tensor),
    );
    expect(gradient.shape).toEqual([4, 4, 2]);
    expectClose(
      gradient,
      finiteDifferences((x) => weighted(conv(x)), image as tf.Tensor),
      5e-3,
    );
  });

  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      it(`differentiate products (transposed: ${transposeA}, ${transposeB})`, () => {
        const a = seeded(transposeA ? [3, 4] : [4, 3], 1);
        const b = seeded(transposeB ? [2, 3] : [3, 2], 2);
        const product = (...[u, v, bias]: tf.Tensor[]) =>
          tf.fused.matMul({
            ...{a: u as tf.Tensor, b: v as tf.Tensor, transposeA, transposeB},
            ...(bias ? {bias} : {}),
          });
        expectGradients(product, [a, b]);
        // Of a transposed factor, wasm adds a bias wrongly in the forward pass.
        if (!transposeA && !transposeB) expectGradients(product, [a, b, seeded([2], 3)]);
      });
    }
  }

  it('differentiate both factors where both come from the input', () => {
    const x = seeded([3, 3], 1);
    const square = (v: tf.Tensor) => tf.fused.matMul({a: v, b: tf.sin(v)});
    const filtered = (v: tf.Tensor) =>
      tf.fused.conv2d({
        ...{x: tf.reshape(v, [1, 3, 3, 1]) as tf.Tensor4D, strides: 1, pad: 'valid'},
        filter: tf.reshape(tf.cos(v), [3, 3, 1, 1]) as tf.Tensor4D,
        bias: tf.mul(tf.sum(v), tf.ones([1])),
      });
    expectGradients(square, [x]);
    expectGradients(filtered, [x]);
  });

  it('compute nothing that is not asked for', () => {
    const x = seeded<tf.Rank.R4>([1, 4, 4, 2], 1);
    const bias = seeded([2], 3);
    const filter = seeded<tf.Rank.R4>([2, 2, 2, 2], 2);
    const b = seeded([18, 2], 4);
    const net = (v: tf.Tensor) => {
      const map = tf.fused.conv2d({x: v as tf.Tensor4D, filter, strides: 1, pad: 'valid', bias});
      return tf.fused.matMul({a: tf.reshape(map, [1, 18]), b, bias});
    };
    const names = kernelsOf(() => withGradientKernels(() => tf.grad(net)(x)));
    expect(names.filter((name) => name === 'Conv2DBackpropInput')).toHaveLength(1);
    expect(names).not.toContain('Conv2DBackpropFilter');
    expect(names).not.toContain('Sum');
    // One product forward (fused), and one back.
    const products = names.filter((name) => name === 'BatchMatMul');
    expect(products.length).toBeLessThanOrEqual(2); // composed, the transposed one calls another
    expect(names.filter((name) => name === '_FusedMatMul')).toHaveLength(1);
  });

  it('leave a gradient of the user around a fused operation alone', () => {
    const x = seeded([2, 2], 1);
    const own = tf.customGrad((v, save) => {
      (save as tf.GradSaveFunc)([v as tf.Tensor]);
      return {
        value: tf.fused.matMul({a: v as tf.Tensor, b: v as tf.Tensor}),
        gradFunc: () => tf.fill([2, 2], 7),
      };
    });
    const gradient = withGradientKernels(() => tf.grad((v) => tf.sum(own(v)))(x));
    expect(numbers(gradient)).toEqual([7, 7, 7, 7]);
  });

  it('refuse images with channels first', () => {
    const gradient = FUSED['fusedConv2d__op']?.gradientOf as (attrs: object) => tf.GradFunc;
    const x = seeded([1, 2, 5, 5], 1);
    const attrs = {dataFormat: 'NCHW', dilations: 1};
    expect(() => gradient(attrs)(x, [x, x, x], {})).toThrow(
      'No gradient of the operation FusedConv2D: there is none for images of the format NCHW.',
    );
  });

  it('know dilation', () => {
    const conv = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
      tf.fused.conv2d({
        ...{x: x as tf.Tensor4D, filter: filter as tf.Tensor4D, bias},
        ...{strides: 1, pad: 'same' as const, dilations: [2, 1] as [number, number]},
      });
    expectGradients(conv as never, [
      seeded([1, 5, 4, 2], 1),
      seeded([2, 2, 2, 3], 2),
      seeded([3], 3),
    ]);
  });
});
