import * as tf from '@tensorflow/tfjs-core';

import {type OpCase, distinct, opCase, positive} from './opCase';

type Unary = (x: tf.Tensor) => tf.Tensor;

// Vulkan and OpenGL ask for an absolute error below 2^-11 of sines, and SwiftShader uses that.
const COARSE = {coarseOn: ['webgl', 'webgpu']};

/** Functions of angles; the factors keep their arguments where they are smooth. */
const ANGLES: Readonly<Record<string, Unary>> = {
  sin: (x) => tf.sin(x),
  cos: (x) => tf.cos(x),
  tan: (x) => tf.tan(tf.mul(x, 0.8)),
  asin: (x) => tf.asin(tf.mul(x, 0.5)),
  acos: (x) => tf.acos(tf.mul(x, 0.5)),
  atan: (x) => tf.atan(x),
  sinh: (x) => tf.sinh(x),
  cosh: (x) => tf.cosh(x),
  asinh: (x) => tf.asinh(x),
  acosh: (x) => tf.acosh(tf.add(tf.square(x), 1.5)),
  atanh: (x) => tf.atanh(tf.mul(x, 0.5)),
};

/** Constant wherever they have a derivative: added to x, they leave its gradient alone. */
const STEPS: Readonly<Record<string, Unary>> = {
  ceil: (x) => tf.ceil(x),
  floor: (x) => tf.floor(x),
  round: (x) => tf.round(x),
  sign: (x) => tf.sign(x),
  step: (x) => tf.step(x, 0.1),
  isNaN: (x) => tf.cast(tf.isNaN(x), 'float32'),
  isInf: (x) => tf.cast(tf.isInf(x), 'float32'),
  isFinite: (x) => tf.cast(tf.isFinite(x), 'float32'),
  argMin: (x) => tf.cast(tf.expandDims(tf.argMin(x, 1), 1), 'float32'),
  lowerBound: (x) => tf.cast(tf.lowerBound(tf.tensor2d([[-0.9, 0, 0.9]]), row(x)), 'float32'),
  upperBound: (x) => tf.cast(tf.upperBound(tf.tensor2d([[-0.9, 0, 0.9]]), row(x)), 'float32'),
  searchSorted: (x) =>
    tf.cast(tf.searchSorted(tf.tensor2d([[-0.9, 0, 0.9]]), row(x), 'left'), 'float32'),
};

const row = (x: tf.Tensor) => tf.reshape(x, [1, -1]);
const sameShape = (x: tf.Tensor, y: tf.Tensor) => (y.size === x.size ? tf.reshape(y, x.shape) : y);

type Norm = Parameters<typeof tf.norm>[1];

/** Losses of tfjs, of predictions against labels or targets. */
const LOSSES: Readonly<Record<string, (predictions: tf.Tensor) => tf.Tensor>> = {
  'losses.absoluteDifference': (p) => tf.losses.absoluteDifference(tf.fill(p.shape, 0.05), p),
  'losses.meanSquaredError': (p) => tf.losses.meanSquaredError(tf.fill(p.shape, 0.3), p),
  'losses.huberLoss': (p) => tf.losses.huberLoss(tf.fill(p.shape, 0.05), p, undefined, 0.45),
  'losses.hingeLoss': (p) => tf.losses.hingeLoss(tf.ones(p.shape), p),
  'losses.cosineDistance': (p) => tf.losses.cosineDistance(tf.fill(p.shape, 0.4), p, 1),
  'losses.logLoss': (p) => tf.losses.logLoss(tf.fill(p.shape, 0.7), tf.sigmoid(p)),
  'losses.sigmoidCrossEntropy': (p) => tf.losses.sigmoidCrossEntropy(tf.fill(p.shape, 0.7), p),
  'losses.softmaxCrossEntropy': (p) =>
    tf.losses.softmaxCrossEntropy(tf.add(tf.zeros(p.shape), [0.8, 0.1, 0.1, 0]), tf.mul(p, 2)),
  'losses.computeWeightedLoss': (p) =>
    tf.losses.computeWeightedLoss(tf.square(p), tf.fill(p.shape, 0.5)),
};

/** What tfjs-core has beyond what layers are made of. */
export const FURTHER_OPS: readonly OpCase[] = [
  ...Object.entries(ANGLES).map(([name, f]) =>
    opCase(name, '[3, 5]', [[3, 5]], f, /^(sin|cos|tan)$/.test(name) ? COARSE : {}),
  ),
  ...Object.entries(STEPS).map(([name, f]) =>
    opCase(name, 'added to its input', [distinct(3, 5)], (x: tf.Tensor) =>
      tf.add(x, sameShape(x, f(x))),
    ),
  ),
  ...Object.entries(LOSSES).map(([name, f]) => opCase(name, 'mean', [distinct(3, 4)], f)),
  opCase('divNoNan', 'by a row', [[3, 4], positive(4)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.divNoNan(a, b),
  ),
  // All of them positive, no two the same.
  ...([1, 2, 'euclidean', Infinity, -Infinity] as Norm[]).map((ord) =>
    opCase('norm', `${String(ord)}, axis 1`, [distinct(3, 4)], (x: tf.Tensor) =>
      tf.norm(tf.add(x, 1), ord, 1),
    ),
  ),
  opCase('norm', 'euclidean, of a matrix', [[3, 4]], (x: tf.Tensor) =>
    tf.norm(x, 'euclidean', [0, 1], true),
  ),
  opCase('euclideanNorm', 'axis 0', [[3, 4]], (x: tf.Tensor) => tf.euclideanNorm(x, 0)),
  opCase('outerProduct', 'vectors', [[3], [4]], (a: tf.Tensor1D, b: tf.Tensor1D) =>
    tf.outerProduct(a, b),
  ),
  opCase('movingAverage', 'with a step', [[3], [3]], (v: tf.Tensor, x: tf.Tensor) =>
    tf.movingAverage(v, x, 0.9, 3),
  ),
  opCase(
    'basicLSTMCell',
    'one step',
    [[5, 8], [8], [2, 3], [2, 2], [2, 2]],
    (kernel: tf.Tensor2D, bias: tf.Tensor1D, x: tf.Tensor2D, c: tf.Tensor2D, h: tf.Tensor2D) =>
      tf.concat(tf.basicLSTMCell(tf.scalar(1), kernel, bias, x, c, h), 1),
  ),
  opCase(
    'multiRNNCell',
    'two cells',
    [
      [2, 3],
      [5, 8],
      [4, 8],
      [2, 2],
    ],
    (x: tf.Tensor2D, first: tf.Tensor2D, second: tf.Tensor2D, state: tf.Tensor2D) => {
      const bias = tf.zeros<tf.Rank.R1>([8]);
      const cells = [first, second].map(
        (kernel): Parameters<typeof tf.multiRNNCell>[0][number] =>
          (data, c, h) =>
            tf.basicLSTMCell(tf.scalar(1), kernel, bias, data, c, h),
      );
      return tf.concat(tf.multiRNNCell(cells, x, [state, state], [state, state]).flat(), 1);
    },
  ),
  opCase(
    'batchToSpaceND',
    'with crops',
    [[4, 2, 3, 1]],
    (x: tf.Tensor4D) =>
    tf.batchToSpaceND(x, [2, 2], [[0, 1], [1, 0]]), // prettier-ignore
  ),
  ...(['avg', 'max'] as const).map((kind) =>
    opCase('pool', `${kind}, dilated`, [distinct(1, 6, 6, 1)], (x: tf.Tensor4D) =>
      tf.pool(x, [2, 2], kind, 'valid', [2, 2]),
    ),
  ),
  opCase('squeeze', 'axis 1', [[3, 1, 4]], (x: tf.Tensor) => tf.squeeze(x, [1])),
  opCase('clone', '[3, 4]', [[3, 4]], (x: tf.Tensor) => tf.clone(x)),
  opCase('ensureShape', '[3, 4]', [[3, 4]], (x: tf.Tensor) => tf.ensureShape(tf.neg(x), [3, 4])),
  opCase('cast', 'float32', [[3, 4]], (x: tf.Tensor) => tf.cast(x, 'float32')),
  opCase('meshgrid', 'of two', [[3], [4]], (x: tf.Tensor, y: tf.Tensor) =>
    tf.concat(tf.meshgrid(x, y) as tf.Tensor2D[], 1),
  ),
  opCase('signal.frame', 'overlapping', [[9]], (x: tf.Tensor1D) => tf.signal.frame(x, 4, 2)),
  opCase('signal.frame', 'padded', [[9]], (x: tf.Tensor1D) => tf.signal.frame(x, 4, 3, true)),
  opCase('linalg.gramSchmidt', 'matrix', [[3, 4]], (x: tf.Tensor2D) =>
    tf.concat([tf.linalg.gramSchmidt(x)].flat()),
  ),
  opCase('linalg.qr', 'matrix', [[3, 3]], (x: tf.Tensor2D) => tf.concat(tf.linalg.qr(x))),
  opCase('image.threshold', 'binary', [positive(4, 2, 1)], (x: tf.Tensor3D) => {
    const dark: tf.Tensor3D = tf.mul(x, tf.tensor3d([20, 200], [1, 2, 1]));
    return tf.add(x, tf.cast(tf.image.threshold(dark, 'binary', false, 0.3), 'float32'));
  }),
];
