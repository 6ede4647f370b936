import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {type OpCase, distinct, opCase} from './opCase';

const l = layers.layers;
type Layer = layers.layers.Layer;

/** What a layer or several give, made with seeded weights for one call. */
const made =
  (make: () => Layer, training = false) =>
  (...inputs: tf.Tensor[]): tf.Tensor => {
    const layer = make();
    try {
      const given = inputs.length > 1 ? inputs : (inputs[0] as tf.Tensor);
      return layer.apply(given, {training}) as tf.Tensor;
    } finally {
      if (layer.weights.length > 0) layer.dispose();
    }
  };

const init = () => layers.initializers.randomUniform({minval: -0.8, maxval: 0.8, seed: 5});
const weights = () => ({kernelInitializer: init(), recurrentInitializer: init()});

const IMAGES = [2, 4, 4, 2];
const SEQUENCES = [2, 5, 3];

const CELLS = {
  simpleRNNCell: () => l.simpleRNNCell({units: 2, ...weights()}),
  // Without the kinks of a hard sigmoid.
  gruCell: () => l.gruCell({units: 2, recurrentActivation: 'sigmoid', ...weights()}),
  lstmCell: () => l.lstmCell({units: 2, ...weights()}),
};

const MERGES = {
  average: () => l.average(),
  multiply: () => l.multiply(),
  concatenate: () => l.concatenate({axis: 1}),
  add: () => l.add(),
  maximum: () => l.maximum(),
  minimum: () => l.minimum(),
};

/** Layers of one input, and the shape of it. */
const OF_ONE: Readonly<Record<string, readonly [shape: readonly number[], make: () => Layer]>> = {
  activation: [[3, 4], () => l.activation({activation: 'tanh'})],
  batchNormalization: [IMAGES, () => l.batchNormalization({gammaInitializer: init()})],
  bidirectional: [
    SEQUENCES,
    () => l.bidirectional({layer: l.gru({units: 2, ...weights()}), mergeMode: 'concat'}),
  ],
  convLstm2d: [
    [1, 2, 4, 4, 2],
    () => l.convLstm2d({filters: 2, kernelSize: 2, padding: 'same', ...weights()}),
  ],
  flatten: [IMAGES, () => l.flatten()],
  globalAveragePooling1d: [SEQUENCES, () => l.globalAveragePooling1d({})],
  leakyReLU: [[3, 4], () => l.leakyReLU({alpha: 0.2})],
  permute: [SEQUENCES, () => l.permute({dims: [2, 1]})],
  repeatVector: [[2, 3], () => l.repeatVector({n: 3})],
  rescaling: [IMAGES, () => l.rescaling({scale: 2, offset: -0.5})],
  rnn: [SEQUENCES, () => l.rnn({cell: CELLS.gruCell(), returnSequences: true})],
  stackedRNNCells: [
    SEQUENCES,
    () => l.rnn({cell: l.stackedRNNCells({cells: [CELLS.lstmCell(), CELLS.gruCell()]})}),
  ],
  timeDistributed: [SEQUENCES, () => l.timeDistributed({layer: l.dense({units: 2, ...init1()})})],
  zeroPadding2d: [IMAGES, () => l.zeroPadding2d({padding: [[1, 0], [0, 2]]})], // prettier-ignore
};
function init1() {
  return {kernelInitializer: init()};
}

/** Layers that pick values: of what they choose from, no two are the same. */
const PICKING: Readonly<Record<string, readonly [shape: readonly number[], make: () => Layer]>> = {
  averagePooling1d: [SEQUENCES, () => l.averagePooling1d({poolSize: 2, padding: 'same'})],
  averagePooling2d: [IMAGES, () => l.averagePooling2d({poolSize: 3, padding: 'same'})],
  averagePooling3d: [[1, 3, 4, 4, 1], () => l.averagePooling3d({poolSize: 2})],
  globalMaxPooling1d: [SEQUENCES, () => l.globalMaxPooling1d({})],
  maxPooling1d: [SEQUENCES, () => l.maxPooling1d({poolSize: 2, padding: 'same'})],
  maxPooling2d: [IMAGES, () => l.maxPooling2d({poolSize: 3, strides: 1})],
  maxPooling3d: [[1, 3, 4, 4, 1], () => l.maxPooling3d({poolSize: 2})],
  reLU: [[3, 4], () => l.reLU({maxValue: 0.24})],
};

/** Layers of chance, which do nothing but in training. */
const OF_CHANCE: Readonly<Record<string, () => Layer>> = {
  alphaDropout: () => l.alphaDropout({rate: 0.3}),
  gaussianDropout: () => l.gaussianDropout({rate: 0.3}),
  gaussianNoise: () => l.gaussianNoise({stddev: 0.3}),
  spatialDropout1d: () => l.spatialDropout1d({rate: 0.3, seed: 3}),
};

/** The layers of tf.layers that the other parts of the table do not have. */
export const FURTHER_LAYERS: readonly OpCase[] = [
  ...Object.entries(OF_ONE).map(([name, [shape, make]]) =>
    opCase(name, 'layer', [[...shape]], made(make)),
  ),
  ...Object.entries(PICKING).map(([name, [shape, make]]) =>
    opCase(name, 'layer', [distinct(...shape)], made(make)),
  ),
  ...Object.entries(MERGES).map(([name, make]) =>
    opCase(name, 'layer', [distinct(2, 3), [2, 3]], (a: tf.Tensor, b: tf.Tensor) =>
      made(make)(a, tf.add(b, 0.005)),
    ),
  ),
  ...Object.entries(CELLS).map(([name, make]) =>
    opCase(
      name,
      'layer',
      [SEQUENCES],
      made(() => l.rnn({cell: make()})),
    ),
  ),
  ...Object.entries(OF_CHANCE).map(([name, make]) =>
    opCase(name, 'layer, in inference', [SEQUENCES], made(make)),
  ),
  opCase('spatialDropout1d', 'layer, in training', [SEQUENCES], made(OF_CHANCE['spatialDropout1d'] as () => Layer, true)), // prettier-ignore
  opCase('conv2d', 'layer, channels first', [[1, 2, 5, 5]], made(() =>
    l.conv2d({filters: 2, kernelSize: 3, dataFormat: 'channelsFirst', ...init1()}),
  )), // prettier-ignore
  opCase('conv2d', 'layer, dilated', [[1, 5, 5, 2]], made(() =>
    l.conv2d({filters: 2, kernelSize: 2, dilationRate: 2, ...init1()}),
  )), // prettier-ignore
];
