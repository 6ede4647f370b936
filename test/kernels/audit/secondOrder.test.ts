/*
 * Gradients of gradients of every operation: right, against differences of the first gradient, or
 * refused by an error that says so. tfjs itself gives wrong ones without a word.
 */
import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {disposeTapeOnThrow} from '../../../src/core/memory';
import {isMissingGradientsError} from '../../../src/core/errors';
import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {onWasm} from '../support';
import {forwardCases} from './forwardCases';
import {inputsOf, type OpCase} from './opCase';
import {OPS} from './ops';

const STEP = 0.01;
const REASON = 'the model computes a gradient itself';

/** Operations whose gradients have none in turn, and which gradient that is. */
const REFUSED: Readonly<Record<string, string>> = {
  avgPool: 'AvgPoolGrad',
  avgPool3d: 'AvgPool3DGrad',
  averagePooling1d: 'AvgPoolGrad',
  averagePooling2d: 'AvgPoolGrad',
  averagePooling3d: 'AvgPool3DGrad',
  depthwiseConv2d: 'DepthwiseConv2dNativeBackpropInput',
  dilation2d: 'Dilation2DBackpropInput',
  elu: 'EluGrad',
  'fused.conv2d': 'EluGrad',
  'fused.depthwiseConv2d': 'DepthwiseConv2dNativeBackpropInput',
  'fused.matMul': 'EluGrad',
  localResponseNormalization: 'LRNGrad',
  'losses.softmaxCrossEntropy': 'softmaxCrossEntropy',
  maxPool: 'MaxPoolGrad',
  maxPool3d: 'MaxPool3DGrad',
  maxPooling1d: 'MaxPoolGrad',
  maxPooling2d: 'MaxPoolGrad',
  maxPooling3d: 'MaxPool3DGrad',
  maxPoolWithArgmax: 'MaxPoolGrad',
  pool: 'MaxPoolGrad',
  separableConv2d: 'DepthwiseConv2dNativeBackpropInput',
};

const product = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);

/** The gradient of |f|² / 2 to the first input. */
const slope =
  ({f}: OpCase, rest: readonly tf.Tensor[]) =>
  (x: tf.Tensor): tf.Tensor =>
    tf.grad((v: tf.Tensor) => tf.mul(tf.sum(tf.square(f(v, ...rest))), 0.5))(x);

/** What a second gradient differs by along one direction, relative to its size. */
function secondError(one: OpCase, x: tf.Tensor, rest: readonly tf.Tensor[]): number {
  return tf.tidy(() => {
    const [v, e] = [seeded(x.shape, 3), seeded(x.shape, 9)];
    const first = slope(one, rest);
    const found = withGradientKernels(() =>
      disposeTapeOnThrow(() => tf.grad((u: tf.Tensor) => tf.sum(tf.mul(first(u), v)))(x)),
    );
    const along = (by: number) =>
      withGradientKernels(() => product(first(tf.add(x, tf.mul(e, by))).dataSync(), v.dataSync()));
    const across = (by: number) => along(by) - along(-by);
    const wanted = (8 * across(STEP) - across(2 * STEP)) / (12 * STEP);
    const [own, direction] = [found.dataSync(), e.dataSync()];
    const size = Math.hypot(...own) * Math.hypot(...direction);
    return Math.abs(product(own, direction) - wanted) / Math.max(1e-2, Math.abs(wanted), size / 20);
  });
}

/** Of each operation that is refused, the gradient that has none in turn. */
function refusals(): {refused: Record<string, string>; problems: string[]; right: number} {
  const refused: Record<string, string> = {};
  const problems: string[] = [];
  let right = 0;
  for (const one of forwardCases(OPS).filter(({noGradient}) => noGradient !== true)) {
    const [x, ...rest] = inputsOf(one);
    const before = tf.memory().numTensors;
    try {
      const error = secondError(one, x as tf.Tensor, rest);
      if (error < 1e-2) right++;
      else problems.push(`${one.op}, ${one.variant}: off by ${error}`);
    } catch (error) {
      if (isMissingGradientsError(error) && error.message.includes(REASON)) {
        refused[one.op] = error.operation;
      } else problems.push(`${one.op}, ${one.variant}: ${String(error)}`);
    }
    const leaked = tf.memory().numTensors - before;
    if (leaked !== 0) problems.push(`${one.op}, ${one.variant}: ${leaked} tensors leaked`);
    tf.dispose([x as tf.Tensor, ...rest]);
  }
  return {refused, problems, right};
}

describe('gradients of gradients of every operation', () => {
  it('are right, or refused', () => {
    const {refused, problems, right} = refusals();
    expect(problems).toEqual([]);
    expect(right).toBeGreaterThan(250);
    const ran = new Set(forwardCases(OPS).map(({op}) => op));
    expect(refused).toEqual(
      Object.fromEntries(Object.entries(REFUSED).filter(([op]) => ran.has(op))),
    );
  });
});

onWasm('gradients of gradients of every operation, for good', () => {
  it('are right, or refused', async () => {
    const undo = await registerGradientKernels();
    const {problems} = refusals();
    undo();
    expect(problems).toEqual([]);
  });
});
