import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {type OpCase, distinct, negative, opCase, positive} from './opCase';

const l = layers.layers;

/** A whole layer with seeded weights, made for one call. */
const whole =
  (make: () => layers.layers.Layer) =>
  (x: tf.Tensor): tf.Tensor => {
    const layer = make();
    try {
      return layer.apply(x) as tf.Tensor;
    } finally {
      if (layer.weights.length > 0) layer.dispose();
    }
  };

const init = () => layers.initializers.randomUniform({minval: -0.8, maxval: 0.8, seed: 5});

const POOLS = (['maxPool', 'avgPool'] as const).flatMap((op) =>
  (
    [
      ['2x2, stride 2, valid', [2, 4, 6, 2], [2, 2], [2, 2], 'valid'],
      ['3x3, stride 2, same, odd size', [1, 5, 7, 2], [3, 3], [2, 2], 'same'],
      ['3x2, stride 1x2, same', [2, 5, 4, 1], [3, 2], [1, 2], 'same'],
      ['3x3, stride 1, padding 1', [1, 4, 4, 3], [3, 3], [1, 1], 1],
    ] as [string, number[], [number, number], [number, number], 'same' | 'valid' | number][]
  ).flatMap(([variant, shape, window, stride, pad]) =>
    [distinct(...shape), negative(...shape)].map((input) =>
      opCase(
        op,
        input.values === 'negative' ? `${variant}, all negative` : variant,
        [input],
        (x: tf.Tensor4D) => tf[op](x, window, stride, pad),
      ),
    ),
  ),
);

const POOLS_3D = (['maxPool3d', 'avgPool3d'] as const).flatMap((op) =>
  (['valid', 'same'] as const).flatMap((pad) =>
    [distinct(1, 4, 4, 5, 1), negative(2, 4, 3, 5, 2)].map((input) =>
      opCase(
        op,
        `2x2x2, stride 2, ${pad}${input.values === 'negative' ? ', all negative' : ''}`,
        [input],
        (x: tf.Tensor5D) => tf[op](x, 2, 2, pad),
        op === 'maxPool3d' ? {refusedOn: ['wasm']} : {},
      ),
    ),
  ),
);

const RESIZES = (['resizeNearestNeighbor', 'resizeBilinear'] as const).flatMap((op) =>
  (
    [
      ['up by 2', [2, 3, 4, 2], [6, 8], false, false],
      ['corners aligned', [1, 3, 3, 1], [5, 4], true, false],
      ['pixel centres', [1, 3, 4, 2], [5, 7], false, true],
      ['down', [1, 6, 5, 1], [3, 2], false, false],
    ] as [string, number[], [number, number], boolean, boolean][]
  ).map(([variant, shape, size, corners, centres]) =>
    opCase(op, variant, [shape], (x: tf.Tensor4D) => tf.image[op](x, size, corners, centres)),
  ),
);

/** Products, pooling, normalisation, resizing, and whole layers. */
export const LAYERS_OPS: readonly OpCase[] = [
  ...(
    [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as [boolean, boolean][]
  ).flatMap(([transposeA, transposeB]) => {
    const variant = `${transposeA ? 'Aᵀ' : 'A'}${transposeB ? 'Bᵀ' : 'B'}`;
    const [a, b] = [transposeA ? [4, 3] : [3, 4], transposeB ? [5, 4] : [4, 5]];
    const f = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);
    return [
      opCase('matMul', variant, [a, b], f),
      opCase(
        'matMul',
        `${variant}, batch of 2`,
        [
          [2, ...a],
          [2, ...b],
        ],
        f,
      ),
    ];
  }),
  opCase(
    'matMul',
    'batch broadcast',
    [
      [2, 3, 4],
      [1, 4, 2],
    ],
    (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b),
  ),
  ...(['linear', 'relu', 'elu', 'sigmoid', 'leakyrelu'] as const).map((activation) =>
    opCase(
      'fused.matMul',
      activation,
      [positive(3, 4), positive(4, 5), positive(5)],
      (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) =>
        tf.fused.matMul({
          // Far from every kink, on both sides of it.
          ...{a, b: tf.mul(b, [1, 1, -1, 1, -1]), bias: tf.mul(bias, [1, 1, -1, 1, -1])},
          leakyreluAlpha: 0.3,
          activation,
        }),
    ),
  ),
  opCase('dot', 'vectors', [[5], [5]], (a: tf.Tensor, b: tf.Tensor) => tf.dot(a, b)),
  opCase('dot', 'matrix and vector', [[3, 4], [4]], (a: tf.Tensor, b: tf.Tensor) => tf.dot(a, b)),
  ...POOLS,
  ...POOLS_3D,
  opCase(
    'batchNorm',
    'per channel, 4-D',
    [[2, 3, 2, 3], [3], positive(3), [3], [3]],
    (x: tf.Tensor4D, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D, scale) =>
      tf.batchNorm4d(x, mean, variance, offset, scale, 1e-3),
  ),
  opCase(
    'batchNorm',
    'per channel, 2-D, without scale',
    [[4, 3], [3], positive(3), [3]],
    (x: tf.Tensor2D, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D) =>
      tf.batchNorm2d(x, mean, variance, offset, undefined, 1e-3),
  ),
  opCase(
    'batchNorm',
    'per channel, 4-D, without offset',
    [[1, 2, 3, 3], [3], positive(3), [3]],
    (x: tf.Tensor4D, mean: tf.Tensor1D, variance: tf.Tensor1D, scale: tf.Tensor1D) =>
      tf.batchNorm4d(x, mean, variance, undefined, scale, 1e-3),
  ),
  opCase(
    'batchNorm',
    'per channel, 3-D, without scale and offset',
    [[2, 2, 3], [3], positive(3)],
    (x: tf.Tensor3D, mean: tf.Tensor1D, variance: tf.Tensor1D) =>
      tf.batchNorm3d(x, mean, variance, undefined, undefined, 1e-3),
  ),
  opCase('batchNorm', 'layer in training', [[4, 3, 2]], (x: tf.Tensor) => {
    const layer = l.batchNormalization({gammaInitializer: 'ones'});
    try {
      return tf.square(layer.apply(x, {training: true}) as tf.Tensor);
    } finally {
      layer.dispose();
    }
  }),
  opCase('layerNormalization', 'layer', [[3, 5]], (x: tf.Tensor) =>
    tf.square(whole(() => l.layerNormalization())(x)),
  ),
  ...([1, 2] as const).map((radius) =>
    opCase('localResponseNormalization', `radius ${radius}`, [[1, 2, 3, 5]], (x: tf.Tensor4D) =>
      tf.localResponseNormalization(x, radius, 1, 0.7, 0.6),
    ),
  ),
  ...RESIZES,
  opCase('embedding', 'layer, to its weights', [[4, 3]], (weights: tf.Tensor2D) => {
    // As the layer does: gather rows, then shape.
    const ids = tf.tensor2d([1, 3, 1, 0], [2, 2], 'int32');
    return tf.reshape(tf.gather(weights, tf.reshape(ids, [-1])), [2, 2, 3]);
  }),
  opCase(
    'dense',
    'layer',
    [[3, 4]],
    whole(() => l.dense({units: 3, activation: 'tanh', kernelInitializer: init()})),
  ),
  opCase(
    'upSampling2d',
    'layer, nearest',
    [[1, 3, 2, 2]],
    whole(() => l.upSampling2d({})),
  ),
  opCase(
    'upSampling2d',
    'layer, bilinear',
    [[1, 3, 2, 2]],
    whole(() => l.upSampling2d({size: [2, 3], interpolation: 'bilinear'})),
  ),
  opCase(
    'cropping2D',
    'layer',
    [[1, 5, 6, 2]],
    whole(() =>
      l.cropping2D({
        cropping: [
          [1, 1],
          [2, 0],
        ],
      }),
    ),
  ),
  opCase(
    'globalMaxPooling2d',
    'layer',
    [negative(2, 3, 3, 2)],
    whole(() => l.globalMaxPooling2d({})),
  ),
  opCase(
    'globalAveragePooling2d',
    'layer',
    [[2, 3, 3, 2]],
    whole(() => l.globalAveragePooling2d({})),
  ),
  opCase(
    'simpleRNN',
    'layer',
    [[2, 3, 2]],
    whole(() => l.simpleRNN({units: 3, kernelInitializer: init(), recurrentInitializer: init()})),
  ),
  opCase(
    'gru',
    'layer',
    [[2, 3, 2]],
    whole(() => l.gru({units: 3, kernelInitializer: init(), recurrentInitializer: init()})),
  ),
  opCase(
    'lstm',
    'layer',
    [[2, 3, 2]],
    whole(() => l.lstm({units: 3, kernelInitializer: init(), recurrentInitializer: init()})),
  ),
];
