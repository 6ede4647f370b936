import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {type OpCase, distinct, opCase, positive} from './opCase';

type ActivationIdentifier = Parameters<typeof layers.layers.activation>[0]['activation'];
type Unary = (x: tf.Tensor) => tf.Tensor;

/** Elementwise functions; their `any` values lie on both sides of zero, not near it. */
const UNARY: Readonly<Record<string, Unary>> = {
  relu: (x) => tf.relu(x),
  elu: (x) => tf.elu(x),
  selu: (x) => tf.selu(x),
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  tanh: (x) => tf.tanh(x),
  sigmoid: (x) => tf.sigmoid(x),
  softplus: (x) => tf.softplus(x),
  abs: (x) => tf.abs(x),
  exp: (x) => tf.exp(x),
  expm1: (x) => tf.expm1(x),
  square: (x) => tf.square(x),
  neg: (x) => tf.neg(x),
  erf: (x) => tf.erf(x),
  logSigmoid: (x) => tf.logSigmoid(x),
};

/** Elementwise functions of positive values. */
const POSITIVE: Readonly<Record<string, Unary>> = {
  log: (x) => tf.log(x),
  log1p: (x) => tf.log1p(x),
  sqrt: (x) => tf.sqrt(x),
  rsqrt: (x) => tf.rsqrt(x),
  reciprocal: (x) => tf.reciprocal(x),
};

/** What tf.layers composes itself. */
const COMPOSED: readonly ActivationIdentifier[] = ['softsign', 'swish', 'mish', 'gelu', 'gelu_new'];

const activation = (name: ActivationIdentifier) => (x: tf.Tensor) =>
  layers.layers.activation({activation: name}).apply(x) as tf.Tensor;

/** Activations and other elementwise functions of one tensor. */
export const ACTIVATIONS: readonly OpCase[] = [
  ...Object.entries(UNARY).map(([name, f]) => opCase(name, '[2, 3, 5]', [[2, 3, 5]], f)),
  ...Object.entries(POSITIVE).map(([name, f]) => opCase(name, '[3, 5]', [positive(3, 5)], f)),
  ...COMPOSED.map((name) => opCase(name, '[3, 9]', [[3, 9]], activation(name))),
  // Kinks lie halfway between two values of the grid.
  opCase('hardSigmoid', 'both kinks', [distinct(4, 9)], (x: tf.Tensor) =>
    activation('hardSigmoid')(tf.mul(x, 2.5 / 0.6)),
  ),
  opCase('relu6', 'both kinks', [distinct(4, 9)], (x: tf.Tensor) => tf.relu6(tf.mul(x, 10))),
  opCase('clipByValue', 'inside and outside', [distinct(4, 9)], (x: tf.Tensor) =>
    tf.clipByValue(x, -0.6, 0.3),
  ),
  opCase('prelu', 'slope per channel', [[2, 3, 3, 4], [4]], (x: tf.Tensor, alpha: tf.Tensor) =>
    tf.prelu(x, alpha),
  ),
  opCase('pow', 'positive base', [positive(3, 4), [3, 4]], (x: tf.Tensor, y: tf.Tensor) =>
    tf.pow(x, y),
  ),
  opCase('pow', 'cube, negative base', [[3, 4]], (x: tf.Tensor) => tf.pow(x, 3)),
  opCase('softmax', '[3, 5]', [[3, 5]], (x: tf.Tensor) => tf.softmax(x)),
  opCase('softmax', '[1, 2, 2, 4]', [[1, 2, 2, 4]], (x: tf.Tensor) => tf.softmax(x)),
  opCase('logSoftmax', '[3, 5]', [[3, 5]], (x: tf.Tensor) => tf.logSoftmax(x)),
  opCase('logSumExp', 'axis 1', [distinct(3, 5)], (x: tf.Tensor) => tf.logSumExp(x, 1)),
  opCase(
    'dropout',
    'at inference',
    [[2, 5]],
    (x: tf.Tensor) => layers.layers.dropout({rate: 0.5}).apply(x, {training: false}) as tf.Tensor,
  ),
];
