import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {createRng} from '../../src/core/rng';
import {ACTIVATIONS, Draft, HEADS, headOf, setWeights, type RandomNet} from './randomNets';

const l = layers.layers;

type Layer = layers.layers.Layer;
type Symbolic = layers.SymbolicTensor;

/** What a kind of net takes, and the layers that follow the input. */
interface Kind {
  readonly shape: (d: Draft) => number[];
  /** How many token numbers there are, where it takes those. */
  readonly tokens?: number;
  readonly layers: (d: Draft) => Layer[];
}

const size = (d: Draft) => d.int(4, 6);
const padding = (d: Draft) => d.pick(['same', 'valid'] as const);
const activation = (d: Draft) => d.pick(ACTIVATIONS);
const FIRST = {dataFormat: 'channelsFirst' as const};

// tf.layers draws recurrent kernels by a QR decomposition, which wasm computes slowly.
const recurrent = (d: Draft, returnSequences: boolean) => ({
  ...{units: d.int(2, 3), returnSequences},
  recurrentInitializer: 'glorotUniform' as const,
});

const cell = (d: Draft) => {
  const {units, recurrentInitializer} = recurrent(d, false);
  const make = d.pick([l.simpleRNNCell, l.gruCell, l.lstmCell] as const);
  return make({units, recurrentInitializer});
};

const recurrentLayer = (d: Draft, returnSequences: boolean): Layer =>
  d.pick([l.simpleRNN, l.gru, l.lstm] as const)(recurrent(d, returnSequences));

// A softmax layer takes the mask of the steps, which tf.layers hands on too far, for one of classes.
const UNMASKED = HEADS.filter((head) => head !== 'softmax layer');

/** A layer or none. */
const perhaps = (d: Draft, layer: () => Layer): Layer[] => (d.chance(0.5) ? [layer()] : []);

const KINDS = {
  volumes: {
    shape: (d) => [size(d), size(d), size(d), d.int(1, 2)],
    layers: (d) => [
      l.conv3d({
        ...{filters: d.int(1, 3), kernelSize: d.int(1, 2), strides: d.int(1, 2)},
        ...{padding: padding(d), useBias: d.chance(0.7), activation: activation(d)},
      }),
      ...perhaps(d, () => l.maxPooling3d({poolSize: 2, strides: d.int(1, 2), padding: padding(d)})),
      ...perhaps(d, () => l.conv3d({filters: 2, kernelSize: 2, padding: 'same'})),
      ...perhaps(d, () => d.ours(l.averagePooling3d({poolSize: 2, strides: 2, padding: 'same'}))),
      ...perhaps(d, () =>
        d.ours(l.conv3dTranspose({filters: 2, kernelSize: 2, strides: d.int(1, 2)})),
      ),
    ],
  },
  movies: {
    shape: (d) => [d.int(2, 3), size(d), size(d), d.int(1, 2)],
    layers: (d) => [
      ...perhaps(d, () => l.timeDistributed({layer: l.conv2d({filters: 2, kernelSize: 2})})),
      l.convLstm2d({
        ...{filters: 2, kernelSize: d.int(1, 2), padding: padding(d)},
        ...{returnSequences: d.chance(0.5), recurrentInitializer: 'glorotUniform' as const},
      }),
      l.activation({activation: activation(d)}),
    ],
  },
  cells: {
    shape: (d) => [d.int(2, 5), d.int(1, 4)],
    layers: (d) => [
      l.rnn({cell: Array.from({length: d.int(1, 3)}, () => cell(d)), returnSequences: true}),
      l.rnn({cell: cell(d), returnSequences: d.chance(0.5)}),
    ],
  },
  masks: {
    shape: (d) => [d.int(3, 5), d.int(1, 4)],
    layers: (d) => [
      // tfjs has no gradient of the mask, which is zero.
      d.ours(l.masking({maskValue: 0})),
      recurrentLayer(d, true),
      ...perhaps(d, () => l.timeDistributed({layer: l.dense({units: 2})})),
      recurrentLayer(d, false),
    ],
  },
  tokens: {
    ...{shape: (d: Draft) => [d.int(2, 5)], tokens: 6},
    layers: (d) => {
      const maskZero = d.chance(0.4);
      const embedding = l.embedding({inputDim: 6, outputDim: d.int(2, 4), maskZero});
      if (maskZero) return [embedding, recurrentLayer(d, false)];
      const rest = d.pick<() => Layer>([
        () => l.globalAveragePooling1d({}),
        () => l.conv1d({filters: 3, kernelSize: 2, activation: 'tanh'}),
        () => recurrentLayer(d, d.chance(0.5)),
        () => l.flatten(),
      ]);
      return [embedding, rest()];
    },
  },
  'channels first': {
    shape: (d) => [d.int(1, 3), size(d) + 2, size(d) + 2],
    layers: (d) => [
      l.conv2d({
        ...{filters: d.int(2, 4), kernelSize: d.int(1, 3), padding: padding(d), ...FIRST},
        ...{activation: activation(d) === 'softmax' ? 'tanh' : 'elu', useBias: d.chance(0.7)},
      }),
      // tfjs has no gradient of a norm along another axis than the last.
      ...perhaps(d, () => d.ours(l.batchNormalization({axis: 1}))),
      ...perhaps(d, () => l.depthwiseConv2d({kernelSize: 2, padding: padding(d), ...FIRST})),
      // Channels first, tf.layers adds a bias of separable convolutions along the wrong axis.
      ...perhaps(d, () =>
        l.separableConv2d({filters: 2, kernelSize: 2, padding: 'same', useBias: false, ...FIRST}),
      ),
      ...perhaps(d, () => l.zeroPadding2d({padding: 1, ...FIRST})),
      ...perhaps(d, () => l.conv2dTranspose({filters: 2, kernelSize: 2, ...FIRST})),
      ...perhaps(d, () => l.maxPooling2d({poolSize: 2, ...FIRST})),
      ...perhaps(d, () => d.ours(l.upSampling2d({size: [2, 2], ...FIRST}))),
      d.pick([() => l.globalAveragePooling2d(FIRST), () => l.globalMaxPooling2d(FIRST), () => l.flatten(FIRST)])(), // prettier-ignore
    ],
  },
} satisfies Readonly<Record<string, Kind>>;

type KindName = keyof typeof KINDS;

/** Kinds of nets that {@link randomNet} does not draw. */
export const RARE_KINDS = Object.keys(KINDS) as readonly KindName[];

/** A net of layers for volumes, movies, masked steps, tokens and the like. */
export function randomRareNet(seed: number, name: KindName): RandomNet {
  const d = new Draft(createRng(seed).fork(name));
  const kind: Kind = KINDS[name];
  const {tokens} = kind;
  const shape = kind.shape(d);
  const input = layers.input({shape, ...(tokens === undefined ? {} : {dtype: 'int32'})});
  d.story.push(`${name} input(${shape.join()})`);
  let tensor: Symbolic = input;
  for (const layer of kind.layers(d)) {
    d.story.push(`${layer.getClassName()}(${tensor.shape.slice(1).join()})`);
    tensor = layer.apply(tensor) as Symbolic;
  }
  d.tensors.push(tensor);
  const model = layers.model({
    inputs: input,
    outputs: headOf(d, name === 'masks' || name === 'tokens' ? UNMASKED : HEADS),
  });
  setWeights(model, d.rng.fork('weights'));
  const values = d.rng.fork('x');
  const batch = [2, ...shape];
  const length = tf.util.sizeFromShape(batch);
  // Steps of zeros are what a mask leaves out.
  const isLeftOut = (i: number) => name === 'masks' && Math.floor(i / (shape[1] ?? 1)) % 3 === 1;
  const x =
    tokens === undefined
      ? tf.tensor(Float32Array.from({length}, (_, i) => { const value = values.uniform(); return isLeftOut(i) ? 0 : value; }), batch) // prettier-ignore
      : tf.tensor(
          Int32Array.from({length}, () => values.integer(tokens)),
          batch,
          'int32',
        );
  const {isRandom, isPlain} = d;
  return {model, x, story: `${seed}: ${d.story.join(' ')}`, isRandom, isPlain};
}
