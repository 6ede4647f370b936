import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

import {createRng, type Rng} from '../../src/core/rng';

const l = layers.layers;

type Layer = layers.layers.Layer;
type Symbolic = layers.SymbolicTensor;

/** A functional net of layers of every kind, wired at random. */
export interface RandomNet {
  readonly model: layers.LayersModel;
  readonly x: tf.Tensor;
  /** What it is made of, for messages. */
  readonly story: string;
  /** Whether it has random layers, which training mode turns on. */
  readonly isRandom: boolean;
  /** Whether tfjs itself has right gradients of all of it on cpu. */
  readonly isPlain: boolean;
}

export const ACTIVATIONS = [
  ...(['elu', 'hardSigmoid', 'linear', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax'] as const),
  ...(['softplus', 'softsign', 'tanh', 'swish', 'mish', 'gelu', 'gelu_new'] as const),
];

/** A net in the making. */
export class Draft {
  readonly tensors: Symbolic[] = [];
  readonly story: string[] = [];
  isRandom = false;
  isPlain = true;

  constructor(readonly rng: Rng) {}

  int(from: number, to: number): number {
    return from + this.rng.integer(to - from + 1);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.rng.integer(items.length)] as T;
  }

  chance(p: number): boolean {
    return this.rng.uniform() < p;
  }

  /** A layer that tfjs differentiates wrongly or not at all. */
  ours<T>(layer: T): T {
    this.isPlain = false;
    return layer;
  }

  random<T>(layer: T): T {
    this.isRandom = true;
    return layer;
  }
}

type Make = (d: Draft, shape: number[]) => Layer | undefined;

const same = (d: Draft) => d.pick(['same', 'valid'] as const);

const norm = (d: Draft) => {
  const [scale, center] = [d.chance(0.6), d.chance(0.6)];
  const layer = l.batchNormalization({scale, center});
  return scale && center ? layer : d.ours(layer);
};

/** Of a sequence of one step, tfjs cannot put the gradients together again. */
const recurrent = <T>(d: Draft, steps: number, make: () => T): T | undefined =>
  steps > 8 ? undefined : steps > 1 ? make() : d.ours(make());

/** What keeps or changes values, of any rank. */
const ANYWHERE: readonly Make[] = [
  norm,
  () => l.layerNormalization(),
  (d) => l.activation({activation: d.pick(ACTIVATIONS)}),
  (d) => l.dense({units: d.int(2, 4), activation: d.pick(ACTIVATIONS), useBias: d.chance(0.7)}),
  () => l.leakyReLU({alpha: 0.2}),
  () => l.elu(),
  (d) => l.reLU(d.chance(0.5) ? {maxValue: 0.5} : {}),
  () => l.prelu({}),
  () => l.softmax({axis: -1}),
  (d) => d.ours(l.thresholdedReLU({theta: 0.1})),
  () => l.rescaling({scale: 1.5, offset: -0.2}),
  (d) => d.random(l.dropout({rate: 0.3})),
  (d) => d.random(l.gaussianNoise({stddev: 0.1})),
  (d) => d.random(l.gaussianDropout({rate: 0.2})),
  (d) => d.random(l.alphaDropout({rate: 0.2})),
];

const small = ([height = 0, width = 0]: number[]) => Math.min(height, width) < 4;

const IMAGE: readonly Make[] = [
  (d, shape) => {
    const dilationRate = !small(shape) && d.chance(0.4) ? d.pick([[2, 2], [1, 2], [2, 1]]) : 1; // prettier-ignore
    const strides = dilationRate === 1 && !small(shape) ? d.pick([1, 1, 2]) : 1;
    const layer = l.conv2d({
      ...{filters: d.int(1, 4), kernelSize: [d.int(1, 2), d.int(1, 2)], strides},
      padding: small(shape) ? 'same' : same(d),
      ...{useBias: d.chance(0.7), dilationRate: dilationRate as number},
      activation: d.pick(ACTIVATIONS),
    });
    return dilationRate === 1 ? layer : d.ours(layer);
  },
  // Of a shape that wasm SIMD handles by Winograd's convolution.
  (d) => l.conv2d({filters: 4, kernelSize: 3, padding: 'same', useBias: d.chance(0.5)}),
  (d, shape) =>
    l.depthwiseConv2d({
      ...{kernelSize: d.int(1, 3), depthMultiplier: d.int(1, 2), strides: small(shape) ? 1 : d.int(1, 2)},
      ...{padding: 'same' as const, activation: d.pick(['linear', 'relu', 'tanh'] as const)},
    }), // prettier-ignore
  (d) => {
    const dilationRate = d.pick([1, 2]);
    const layer = l.separableConv2d({
      ...{filters: d.int(1, 4), kernelSize: 2, padding: 'same' as const, dilationRate},
      activation: d.pick(ACTIVATIONS),
    });
    return dilationRate === 1 ? layer : d.ours(layer);
  },
  (d, [height = 0]) =>
    height > 6
      ? undefined
      : l.conv2dTranspose({
          ...{filters: d.int(1, 3), kernelSize: d.int(1, 3), strides: d.int(1, 2)},
          padding: same(d),
        }),
  (d, shape) =>
    small(shape)
      ? undefined
      : l.maxPooling2d({poolSize: d.int(2, 3), strides: 2, padding: same(d)}),
  (d, shape) =>
    small(shape)
      ? undefined
      : d.ours(l.averagePooling2d({poolSize: d.int(2, 3), strides: 2, padding: same(d)})),
  (d, [height = 0]) =>
    height > 5
      ? undefined
      : d.ours(l.upSampling2d({size: [2, d.int(1, 2)], interpolation: d.pick(['nearest', 'bilinear'])})), // prettier-ignore
  (d, shape) => (small(shape) ? undefined : l.cropping2D({cropping: [[d.int(0, 1), 1], [1, 0]]})), // prettier-ignore
  (d) => l.zeroPadding2d({padding: [[d.int(0, 1), 1], [1, 0]]}), // prettier-ignore
  () => l.permute({dims: [2, 1, 3]}),
  (d, [height = 0, width = 0, channels = 0]) =>
    d.chance(0.5) ? l.reshape({targetShape: [height * width, channels]}) : undefined,
  // Not here: resizing and centerCrop, which compute wrong shapes of symbolic tensors.
  () => l.timeDistributed({layer: l.dense({units: 3})}),
];

const SEQUENCE: readonly Make[] = [
  (d, [steps = 0]) => {
    const dilationRate = steps > 3 ? d.pick([1, 1, 2, 3]) : 1;
    const layer = l.conv1d({
      ...{filters: d.int(1, 4), kernelSize: 2, padding: same(d)},
      ...{dilationRate, activation: d.pick(ACTIVATIONS)},
    });
    return dilationRate === 1 ? layer : d.ours(layer);
  },
  (d, [steps = 0]) => (steps < 3 ? undefined : l.maxPooling1d({poolSize: 2, padding: same(d)})),
  (d, [steps = 0]) =>
    steps < 3 ? undefined : d.ours(l.averagePooling1d({poolSize: 2, padding: same(d)})),
  (d, [steps = 0]) =>
    recurrent(d, steps, () =>
      l.simpleRNN({
        recurrentInitializer: 'glorotUniform',
        units: d.int(2, 3),
        returnSequences: d.chance(0.6),
      }),
    ),
  (d, [steps = 0]) =>
    recurrent(d, steps, () =>
      l.lstm({
        recurrentInitializer: 'glorotUniform',
        units: d.int(2, 3),
        returnSequences: d.chance(0.6),
      }),
    ),
  (d, [steps = 0]) =>
    recurrent(d, steps, () =>
      l.gru({
        recurrentInitializer: 'glorotUniform',
        units: d.int(2, 3),
        returnSequences: d.chance(0.6),
      }),
    ),
  (d, [steps = 0]) =>
    recurrent(d, steps, () =>
      l.bidirectional({
        layer: l.gru({
          recurrentInitializer: 'glorotUniform',
          units: 2,
          returnSequences: d.chance(0.6),
        }),
        mergeMode: d.pick(['concat', 'sum', 'mul', 'ave']),
      }),
    ),
  (d) => l.timeDistributed({layer: l.dense({units: d.int(2, 3), activation: 'tanh'})}),
  // Not here: masking, whose masks tf.layers loses in merges and in models within models.
  (d) => d.random(l.spatialDropout1d({rate: 0.3})),
  () => l.permute({dims: [2, 1]}),
  () => l.globalAveragePooling1d({}),
  () => l.globalMaxPooling1d({}),
];

const VECTOR: readonly Make[] = [
  (d) => l.dense({units: d.int(2, 6), activation: d.pick(ACTIVATIONS)}),
  (d) => l.repeatVector({n: d.int(2, 4)}),
  (_, [size = 0]) => (size % 2 === 0 ? l.reshape({targetShape: [2, size / 2]}) : undefined),
];

const MERGES = {
  add: () => l.add(),
  average: () => l.average(),
  multiply: () => l.multiply(),
  maximum: () => l.maximum(),
  minimum: () => l.minimum(),
  concatenate: () => l.concatenate(),
};

const shapeOf = (tensor: Symbolic) => tensor.shape.slice(1) as number[];
const key = (tensor: Symbolic) => shapeOf(tensor).join();

function layerFor(d: Draft, tensor: Symbolic): Layer {
  const shape = shapeOf(tensor);
  const own = shape.length === 3 ? IMAGE : shape.length === 2 ? SEQUENCE : VECTOR;
  const draw = () => d.pick(d.chance(0.35) ? ANYWHERE : own)(d, shape);
  const leavesNothing = (layer: Layer) =>
    (layer.computeOutputShape(tensor.shape) as number[]).includes(0);
  let layer = draw();
  while (!layer || leavesNothing(layer)) layer = draw();
  d.story.push(`${layer.getClassName()}(${key(tensor)})`);
  return layer;
}

/** A model of one or two layers. */
function innerModel(d: Draft, tensor: Symbolic): layers.LayersModel {
  const input = layers.input({shape: shapeOf(tensor)});
  d.story.push('[');
  let output: Symbolic = input;
  for (let i = d.int(1, 2); i > 0; i--) output = layerFor(d, output).apply(output) as Symbolic;
  d.story.push(']');
  return layers.model({inputs: input, outputs: output});
}

/** Adds one thing: a layer, a model, a layer for the second time, or a merge. */
function grow(d: Draft): void {
  const last = d.tensors.at(-1) as Symbolic;
  const others = d.tensors.filter((tensor) => tensor !== last && key(tensor) === key(last));
  if (others.length > 0 && d.chance(0.7)) {
    const merge = d.pick(Object.keys(MERGES)) as keyof typeof MERGES;
    d.story.push(`${merge}(${key(last)})`);
    d.tensors.push(MERGES[merge]().apply([last, d.pick(others)]) as Symbolic);
    return;
  }
  if (last.rank === 3 && d.chance(0.1)) {
    d.story.push('dot');
    d.tensors.push(l.dot({axes: -1}).apply([last, last]) as Symbolic);
    return;
  }
  const layer = d.chance(0.15) ? innerModel(d, last) : layerFor(d, last);
  const output = layer.apply(last) as Symbolic;
  d.tensors.push(output);
  if (key(output) === key(last) && d.chance(0.3)) {
    d.story.push('again');
    d.tensors.push(layer.apply(output) as Symbolic);
  }
}

/** What a net can end in. */
export const HEADS = ['logits', 'softmax', 'softmax layer', 'sigmoid'] as const;
type Head = (typeof HEADS)[number];

/** The end of a net: to a vector, then to what models end in. */
export function headOf(d: Draft, heads: readonly Head[] = HEADS): Symbolic {
  let tensor = d.tensors.at(-1) as Symbolic;
  if (tensor.rank === 4) {
    const pool = d.pick([l.globalAveragePooling2d({}), l.globalMaxPooling2d({}), l.flatten()]);
    tensor = pool.apply(tensor) as Symbolic;
  } else if (tensor.rank > 2) tensor = l.flatten().apply(tensor) as Symbolic;
  const head = d.pick(heads);
  d.story.push(head);
  if (head === 'sigmoid')
    return l.dense({units: 1, activation: 'sigmoid'}).apply(tensor) as Symbolic;
  const activation = head === 'softmax' ? 'softmax' : 'linear';
  const scores = l.dense({units: 3, activation}).apply(tensor) as Symbolic;
  return head === 'softmax layer' ? (l.softmax({axis: -1}).apply(scores) as Symbolic) : scores;
}

/** Weights that depend on the seed only, of a size that keeps values moderate. */
export function setWeights(model: layers.LayersModel, rng: Rng): void {
  const values = model.weights.map((weight) => {
    const shape = weight.shape as number[];
    const size = tf.util.sizeFromShape(shape);
    const around = /variance|gamma/.test(weight.originalName) ? 1 : 0;
    const spread = around === 1 ? 0.4 : 1.5 / Math.sqrt(Math.max(1, size / (shape.at(-1) ?? 1)));
    return tf.tensor(
      Float32Array.from({length: size}, () => around + spread * (2 * rng.uniform() - 1)),
      shape,
    );
  });
  model.setWeights(values);
  tf.dispose(values);
}

/**
 * A net over the layers of tf.layers that have a gradient: skips and merges, layers that are used
 * twice, models in models, strides, dilations, batch norm with and without its parameters.
 */
export function randomNet(seed: number): RandomNet {
  const d = new Draft(createRng(seed));
  const shape = d.pick([
    [d.int(4, 7), d.int(4, 7), d.int(1, 4)],
    [d.int(4, 7), d.int(4, 7), d.int(1, 4)],
    [8, 8, 4],
    [d.int(3, 7), d.int(1, 4)],
    [d.int(3, 6)],
  ]);
  const input = layers.input({shape});
  d.story.push(`input(${shape.join()})`);
  d.tensors.push(input);
  for (let i = d.int(2, 6); i > 0; i--) grow(d);
  const model = layers.model({inputs: input, outputs: headOf(d)});
  setWeights(model, d.rng.fork('weights'));
  const values = d.rng.fork('x');
  const size = 2 * tf.util.sizeFromShape(shape);
  const x = tf.tensor(
    Float32Array.from({length: size}, () => values.uniform()),
    [2, ...shape],
  );
  const {isRandom, isPlain} = d;
  return {model, x, story: `${seed}: ${d.story.join(' ')}`, isRandom, isPlain};
}
