import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

import {fc, it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect} from 'vitest';

import {registerGradientKernels} from '../../../src/kernels/registerGradientKernels';
import {SIMD_GRADIENTS, SIMD_KERNELS} from '../../../src/kernels/wasm/simdKernels';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {numbers} from '../../support/tensors';
import {describeRelaxed} from '../support';

const l = layers.layers;
const PADDINGS = ['same', 'valid'] as const;
const init = () => layers.initializers.glorotUniform({seed: 5});
// Biases away from 0: the borders of a padded map would else be 0 but for rounding, a ReLU's kink.
const offset = () => layers.initializers.randomUniform({minval: 0.1, maxval: 0.6, seed: 6});

/** A layer that works on any map of at least 3x3. */
const layer: fc.Arbitrary<() => layers.layers.Layer> = fc.oneof(
  fc
    .record({
      // Often such that two of them run by Winograd.
      filters: fc.oneof(fc.integer({min: 1, max: 9}), fc.constantFrom(4, 8)),
      kernelSize: fc.constantFrom(1, 2, 3, 3, 3),
      strides: fc.constantFrom(1, 1, 2),
      padding: fc.constantFrom(...PADDINGS),
      activation: fc.constantFrom(
        'linear' as const,
        'relu' as const,
        'elu' as const,
        'tanh' as const,
      ),
    })
    .map(
      (options) => () =>
        l.conv2d({...options, kernelInitializer: init(), biasInitializer: offset()}),
    ),
  fc
    .record({
      kernelSize: fc.integer({min: 1, max: 3}),
      depthMultiplier: fc.integer({min: 1, max: 2}),
      padding: fc.constantFrom(...PADDINGS),
    })
    .map(
      (options) => () =>
        l.depthwiseConv2d({
          ...options,
          depthwiseInitializer: init(),
          biasInitializer: offset(),
        }),
    ),
  fc
    .record({
      poolSize: fc.integer({min: 1, max: 3}),
      strides: fc.integer({min: 1, max: 2}),
      padding: fc.constantFrom(...PADDINGS),
    })
    .chain((options) =>
      fc.constantFrom(
        () => l.maxPooling2d(options),
        () => l.averagePooling2d(options),
      ),
    ),
  fc.constantFrom(
    () => l.batchNormalization({betaInitializer: offset(), gammaInitializer: offset()}),
    () => l.leakyReLU(),
    () => l.activation({activation: 'softplus'}),
  ),
);

/** Input and weight gradients of a net, in inference and in training mode. */
function gradients(make: () => layers.LayersModel, shape: number[]): number[][] {
  const model = make();
  const x = seeded([...shape], 3);
  try {
    return tf.tidy(() => {
      const loss = (v: tf.Tensor, training: boolean) =>
        tf.sum(tf.sin(model.apply(v, {training}) as tf.Tensor)) as tf.Scalar;
      const input = withGradientKernels(() => tf.grad((v) => loss(v, false))(x));
      const variables = model.trainableWeights.map((w) => w.read() as tf.Variable);
      const {grads} = withGradientKernels(() => tf.variableGrads(() => loss(x, true), variables));
      return [input, ...variables.map(({name}) => grads[name] as tf.Tensor)].map(numbers);
    });
  } finally {
    model.dispose();
    x.dispose();
  }
}

describe('SIMD_KERNELS', () => {
  it('are these', () => {
    expect(Object.keys(SIMD_KERNELS).sort()).toEqual([
      'Add',
      'AvgPoolGrad',
      'BatchMatMul',
      'Conv2D',
      'Conv2DBackpropFilter',
      'Conv2DBackpropInput',
      'DepthwiseConv2dNativeBackpropFilter',
      'DepthwiseConv2dNativeBackpropInput',
      'FusedBatchNorm',
      'FusedConv2D',
      'LtRobustReluGradient',
      'LtRobustSgdStep',
      'MaxPool',
      'MaxPoolGrad',
      'Mean',
      'Relu',
      'Slice',
      'Sum',
      '_FusedMatMul',
    ]);
  });

  it('have gradients beside them', () => {
    expect(Object.keys(SIMD_GRADIENTS)).toEqual(['Relu']);
  });
});

// Random nets: cpu, composed kernels and SIMD kernels have the same gradients.
const compare = (set: 'plain' | 'relaxed', numRuns: number) => {
  it.prop(
    [fc.array(layer, {minLength: 1, maxLength: 4}), fc.integer({min: 1, max: 3}), fc.nat(2)],
    {numRuns},
  )('agree with the composed ones and with cpu on random nets', async (makers, channels, odd) => {
    const shape = [2, 12 + odd, 13, channels];
    const make = () =>
      layers.sequential({
        layers: [
          l.inputLayer({inputShape: shape.slice(1)}),
          // Padded back to a size that any layer takes.
          ...makers.flatMap((maker) => [maker(), l.zeroPadding2d({padding: 1})]),
          l.flatten(),
          l.dense({units: 3, kernelInitializer: init()}),
        ],
      });
    const current = tf.getBackend();
    let undo: () => void = () => undefined;
    try {
      await tf.setBackend('cpu');
      const expected = gradients(make, shape);
      await tf.setBackend('wasm');
      const composed = gradients(make, shape);
      undo = await registerGradientKernels({simd: set});
      const before = tf.memory().numTensors;
      const simd = gradients(make, shape);
      expect(tf.memory().numTensors).toBe(before);
      undo();
      // Weight gradients are compared on their common scale: before a batch norm they cancel.
      const largest = (lists: number[][]) => Math.max(1e-3, ...lists.flat().map(Math.abs));
      expected.forEach((values, i) => {
        const scale = i === 0 ? largest([values]) : largest(expected.slice(1));
        for (const actual of [composed[i] ?? [], simd[i] ?? []]) {
          expect(actual.length).toBe(values.length);
          const worst = Math.max(...values.map((v, k) => Math.abs(v - (actual[k] ?? NaN))));
          expect(worst / scale).toBeLessThan(1e-4);
        }
      });
    } finally {
      undo(); // the other set could not be registered while this one is
      await tf.setBackend(current);
    }
  });
};

describe('SIMD_KERNELS', () => compare('plain', 30));

describeRelaxed('SIMD_KERNELS of the relaxed set', () => compare('relaxed', 15));
