/*
 * Every operation that tfjs-core exports and every layer of tf.layers: in the audit's table, or with a
 * reason why it is not; and where a gradient is missing, the error says so.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {isMissingGradientsError} from '../../../src/core/errors';
import {disposeTapeOnThrow} from '../../../src/core/memory';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {OP_NAMES} from './ops';

/** Other names of what is in the table. */
const UNDER_ANOTHER: Readonly<Record<string, readonly string[]>> = {
  avgPool: ['avgPool1d', 'avgPool2d', 'avgPooling1d', 'avgPooling2d'],
  avgPool3d: ['avgPooling3d'],
  batchNorm: ['batchNorm2d', 'batchNorm3d', 'batchNorm4d'],
  booleanMask: ['booleanMaskAsync'],
  concat: ['concat1d', 'concat2d', 'concat3d', 'concat4d'],
  convLstm2d: ['convLstm2dCell'],
  globalMaxPooling1d: ['globalMaxPool1d'],
  globalMaxPooling2d: ['globalMaxPool2d'],
  maxPool: ['maxPool1d', 'maxPool2d'],
  pad: ['pad1d', 'pad2d', 'pad3d', 'pad4d'],
  reverse: ['reverse1d', 'reverse2d', 'reverse3d', 'reverse4d'],
  slice: ['slice1d', 'slice2d', 'slice3d', 'slice4d'],
};

const listed = (names: string) => names.trim().split(/\s+/);

/** What has no gradient in the table, by the reason. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  'makes tensors of numbers': listed(`
    broadcastArgs buffer cosineWindow enclosingPowerOfTwo eye fill linspace multinomial oneHot ones
    onesLike rand randomGamma randomNormal randomStandardNormal randomUniform randomUniformInt range
    scalar tensor tensor1d tensor2d tensor3d tensor4d tensor5d tensor6d truncatedNormal variable zeros
    zerosLike signal.hammingWindow signal.hannWindow`),
  'runs the engine, no operation': listed(`
    backend copyRegisteredKernels customGrad deprecationWarn disableDeprecationWarnings dispose
    disposeVariables enableDebugMode enableProdMode engine env findBackend findBackendFactory getBackend
    getGradient getKernel getKernelsForBackend grad grads keep memory nextFrame op print profile ready
    registerBackend registerGradient registerKernel removeBackend setBackend setPlatform sumOutType tidy
    time train unregisterGradient unregisterKernel upcastType valueAndGrad valueAndGrads variableGrads`),
  'awaits values, so that it cannot be on the tape': listed(`
    inTopKAsync setdiff1dAsync whereAsync image.nonMaxSuppressionAsync
    image.nonMaxSuppressionPaddedAsync image.nonMaxSuppressionWithScoreAsync`),
  'takes and gives whole numbers or texts': listed(`
    bitwiseAnd sparse.sparseReshape string.staticRegexReplace string.stringNGrams string.stringSplit
    string.stringToHashBucketFast`),
  'gives indices': listed('image.nonMaxSuppression'),
  'passes the gradient on as if it did not round: see below the table': ['floorDiv'],
  'is refused, with its name: below': listed(`
    bincount complex denseBincount fft ifft imag irfft raggedGather raggedRange raggedTensorToTensor
    real rfft sparseToDense unique image.nonMaxSuppressionPadded image.nonMaxSuppressionWithScore
    signal.stft sparse.sparseFillEmptyRows sparse.sparseSegmentMean sparse.sparseSegmentSum
    spectral.fft spectral.ifft spectral.irfft spectral.rfft`),
  'no layer that computes': listed('Layer RNN RNNCell input inputLayer'),
  'counts whole numbers: to the weights of the counts it is denseBincount': ['categoryEncoding'],
  'resizes to a random width, as resizing does': ['randomWidth'],
};

const GROUPS = [
  'image',
  'linalg',
  'losses',
  'signal',
  'sparse',
  'spectral',
  'string',
  'fused',
] as const;

/** Functions of tfjs-core, those of its groups with the name of the group. */
function coreNames(): string[] {
  const functions = (of: object) =>
    Object.entries(of)
      .filter(([name, value]) => typeof value === 'function' && !/^[A-Z]/.test(name))
      .map(([name]) => name);
  return [...functions(tf), ...GROUPS.flatMap((name) => functions(tf[name]).map((op) => `${name}.${op}`))]; // prettier-ignore
}

const known = new Set([
  ...OP_NAMES,
  ...Object.values(UNDER_ANOTHER).flat(),
  ...Object.values(REASONS).flat(),
]);

const isKnown = (name: string) =>
  known.has(name) || OP_NAMES.includes(name.split('.').at(-1) ?? '');

describe('the audit', () => {
  it('has every operation of tfjs-core, or a reason', () => {
    expect(coreNames().filter((name) => !isKnown(name))).toEqual([]);
    expect(coreNames().length).toBeGreaterThan(250);
  });

  it('has every layer of tf.layers, or a reason', () => {
    const names = Object.keys(layers.layers);
    expect(names.filter((name) => !isKnown(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(70);
  });

  it('gives no reason for what is in the table, and none twice', () => {
    const reasons = Object.values(REASONS).flat();
    expect(reasons.filter((name) => OP_NAMES.includes(name))).toEqual([]);
    expect(new Set(reasons).size).toBe(reasons.length);
    const others = Object.keys(UNDER_ANOTHER);
    expect(others.filter((name) => !OP_NAMES.includes(name))).toEqual([]);
  });
});

const ids = () => tf.tensor1d([0, 0, 1], 'int32');
const rows = () => tf.tensor1d([0, 1, 2], 'int32');
const flat = (x: tf.Tensor): tf.Tensor1D => tf.reshape(x, [-1]);
const sums = (...made: tf.Tensor[]): tf.Tensor => tf.addN(made.map((each) => tf.sum(each)));

/** Models that need a gradient that there is not, by the kernel that has none. */
const MISSING: readonly (readonly [kernel: RegExp, f: (x: tf.Tensor) => tf.Tensor])[] = [
  [/Bincount/, (x) => tf.bincount(tf.tensor1d([0, 1, 0, 2, 1, 2], 'int32'), flat(x), 3)],
  [/DenseBincount/, (x) => tf.denseBincount(tf.tensor2d([[0, 1], [0, 2], [1, 2]], [3, 2], 'int32'), x as tf.Tensor2D, 3)], // prettier-ignore
  [/Complex|FFT|Real|Imag/, (x) => tf.real(tf.complex(x, x))],
  [/Complex|FFT|Real|Imag/, (x) => tf.imag(tf.complex(x, x))],
  [/Complex|FFT|Real/, (x) => tf.real(tf.fft(tf.complex(x, tf.zerosLike(x))))],
  [/Complex|FFT|Real/, (x) => tf.real(tf.ifft(tf.complex(x, tf.zerosLike(x))))],
  [/Complex|FFT|Real/, (x) => tf.real(tf.rfft(x))],
  [/Complex|FFT|Real/, (x) => tf.irfft(tf.complex(x, tf.zerosLike(x)))],
  [/Complex|FFT|Real/, (x) => tf.abs(tf.signal.stft(flat(x), 4, 2))],
  [/SparseToDense/, (x) => tf.sparseToDense(tf.range(0, 6, 1, 'int32'), flat(x), [6])],
  [/Unique/, (x) => tf.unique(flat(x)).values],
  [/SparseSegmentSum/, (x) => tf.sparse.sparseSegmentSum(x as tf.Tensor2D, rows(), ids())],
  [/SparseSegmentMean/, (x) => tf.sparse.sparseSegmentMean(x as tf.Tensor2D, rows(), ids())],
  [/NonMaxSuppressionV5/, (x) => {
    const boxes = tf.tensor2d([[0, 0, 1, 1], [0, 0, 2, 2], [3, 3, 4, 4], [5, 5, 6, 6], [7, 7, 8, 8], [9, 9, 10, 10]]); // prettier-ignore
    return tf.image.nonMaxSuppressionWithScore(boxes, flat(x), 3)['selectedScores'] as tf.Tensor;
  }], // prettier-ignore
  [/NonMaxSuppressionV4/, (x) => {
    const boxes = tf.tensor2d([[0, 0, 1, 1], [0, 0, 2, 2], [3, 3, 4, 4], [5, 5, 6, 6], [7, 7, 8, 8], [9, 9, 10, 10]]); // prettier-ignore
    const found = tf.image.nonMaxSuppressionPadded(boxes, flat(x), 3);
    return tf.cast(found['selectedIndices'] as tf.Tensor, 'float32');
  }], // prettier-ignore
];

describe('a gradient that is missing', () => {
  it.each(MISSING.map(([kernel, f], i) => [i, kernel, f] as const))(
    'is refused by the name of its operation: %i, %s',
    (_, kernel, f) => {
      const x = tf.tensor2d([0.3, 0.9, 0.1, 0.8, 0.4, 0.6], [3, 2]);
      const before = tf.memory().numTensors;
      try {
        const gradient = () =>
          tf.tidy(() =>
            withGradientKernels(() => disposeTapeOnThrow(() => tf.grad((v) => sums(f(v)))(x))),
          );
        let error: unknown;
        try {
          gradient();
        } catch (thrown) {
          error = thrown;
        }
        // On a backend without the operation itself, tfjs says that.
        if (String(error).includes('not registered for backend')) return;
        expect(isMissingGradientsError(error), String(error)).toBe(true);
        expect(String(error)).toMatch(kernel);
        expect(String(error)).toMatch(/squareAttack|float32|Write/);
        expect(tf.memory().numTensors).toBe(before);
      } finally {
        x.dispose();
      }
    },
  );
});
