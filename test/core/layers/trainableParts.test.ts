import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {expect, it} from 'vitest';

import {trainableParts} from '../../../src/core/layers/trainableParts';
import {expectClose} from '../../support/tensors';

const {layers, regularizers} = tfl;

it('lists variables and statistics in the order of the model, shared ones once', () => {
  const shared = tfl.sequential({layers: [layers.dense({inputShape: [3], units: 3})]});
  const input = tfl.input({shape: [3]});
  const output = layers.add().apply([shared.apply(input), shared.apply(input)] as never);
  const net = tfl.model({
    inputs: input,
    outputs: layers.batchNormalization().apply(output) as never,
  });
  const {variables, statistics, penalty} = trainableParts(net);
  expect(variables.map(({shape}) => shape)).toEqual([[3, 3], [3], [3], [3]]);
  expect(statistics).toHaveLength(2);
  expect(penalty).toBeUndefined();
  net.dispose();
});

it('adds up the regularisers at the weights of the moment, with gradients', () => {
  const net = tfl.sequential({
    layers: [
      layers.dense({
        ...{inputShape: [2], units: 2, useBias: false, kernelInitializer: 'ones'},
        kernelRegularizer: regularizers.l2({l2: 0.5}),
      }),
      layers.dense({
        ...{units: 1, kernelInitializer: 'ones'},
        kernelRegularizer: regularizers.l1({l1: 0.25}),
      }),
    ],
  });
  const {variables, penalty} = trainableParts(net);
  tf.tidy(() => {
    const {value, grads} = tf.variableGrads(penalty as () => tf.Scalar, variables.slice(0, 2));
    expectClose(value, [0.5 * 4 + 0.25 * 2]);
    expectClose(grads[variables[0]?.name ?? ''] as tf.Tensor, [1, 1, 1, 1]);
    variables[0]?.assign(tf.zeros([2, 2]));
    expectClose((penalty as () => tf.Scalar)(), [0.5]);
  });
  net.dispose();
});
