import {fc, test} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  layers,
  model,
  sequential,
  type LayersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {createRng} from '../../../src/core/rng';
import {featureOrders} from '../../../src/models/pytorch/featureOrders';
import {loadStateDict} from '../../../src/models/pytorch/loadStateDict';
import {stateDict} from '../../../src/models/pytorch/stateDict';
import type {StateTensor} from '../../../src/models/pytorch/stateTensor';
import {expectClose, expectNoLeak} from '../../support/tensors';

type Place = SymbolicTensor;

const through = (layer: layers.Layer, x: Place | Place[]) => layer.apply(x) as Place;

/** A network of a few layers in a row from a map of this shape to a dense layer "fc". */
const net = (shape: number[], ...between: layers.Layer[]): LayersModel => {
  const images = input({shape});
  const features = between.reduce((x, layer) => through(layer, x), images);
  return model({inputs: images, outputs: through(layers.dense({name: 'fc', units: 2}), features)});
};

const orderIn = (network: LayersModel, name = 'fc') => {
  const order = featureOrders(network).get(network.getLayer(name));
  network.dispose();
  return order;
};

const first = {dataFormat: 'channelsFirst'} as const;
const flatten = () => layers.flatten({});
const HWC = {shape: [2, 2, 3], axes: [1, 2, 0]}; // of a map [2, 3, 2]

describe('featureOrders behind a map [2, 3, 2]', () => {
  it.each<[name: string, between: layers.Layer[]]>([
    ['flatten', [flatten()]],
    ['reshape', [layers.reshape({targetShape: [12]})]],
    ['activations', [flatten(), layers.elu(), layers.thresholdedReLU(), layers.softmax()]],
    ['noise', [flatten(), layers.gaussianNoise({stddev: 1}), layers.gaussianDropout({rate: 0.5})]],
    ['dropout', [flatten(), layers.alphaDropout({rate: 0.5}), layers.dropout({rate: 0.5})]],
    ['batch norm', [flatten(), layers.batchNormalization({})]],
    ['pooling', [layers.maxPooling2d({poolSize: 1}), flatten()]],
    ['a reshape there and back', [layers.reshape({targetShape: [12]}), layers.reshape({targetShape: [2, 3, 2]}), flatten()]], // prettier-ignore
  ])('%s: channels last', (_name, between) => {
    expect(orderIn(net([2, 3, 2], ...between))).toMatchObject(HWC);
  });

  it.each<[name: string, shape: number[], between: layers.Layer[]]>([
    ['a convolution', [3, 2, 3], [layers.conv2d({...first, filters: 2, kernelSize: 1}), flatten()]],
    ['pooling', [2, 2, 3], [layers.averagePooling2d({...first, poolSize: 1}), flatten()]],
    ['batch norm', [2, 2, 3], [layers.batchNormalization({axis: 1}), flatten()]],
    ['a later convolution', [2, 2, 3], [layers.reLU(), layers.conv2d({...first, filters: 2, kernelSize: 1}), flatten()]], // prettier-ignore
    ['a permutation', [2, 3, 2], [layers.permute({dims: [3, 1, 2]}), flatten()]],
  ])('%s with the channels first: as in PyTorch', (_name, shape, between) => {
    expect(orderIn(net(shape, ...between))).toMatchObject({shape: [2, 2, 3], axes: [0, 1, 2]});
  });

  it('is channels first where the convolutions of another branch say so', () => {
    const images = input({shape: [2, 2, 3]});
    const left = through(layers.dense({name: 'fc', units: 2}), through(flatten(), images));
    const pool = layers.globalAveragePooling2d(first);
    const outputs = through(layers.add(), [left, through(pool, images)]);
    expect(orderIn(model({inputs: images, outputs}))).toMatchObject({axes: [0, 1, 2]});
  });

  it('follows tfjs in moving channels that it takes to be first', () => {
    const pooling = layers.maxPooling2d({...first, poolSize: 1});
    expect(orderIn(net([2, 2, 3], pooling, layers.flatten(first)))).toMatchObject(HWC);
    // Of a map with its channels last it moves the height behind: [width, channels, height].
    const odd = net([2, 3, 2], layers.flatten(first));
    expect(orderIn(odd)).toMatchObject({shape: [2, 2, 3], axes: [2, 0, 1]});
  });
});

describe('what featureOrders does not follow', () => {
  class Custom extends layers.Layer {
    static readonly className = 'Custom';
    override call(inputs: tf.Tensor | tf.Tensor[]) {
      return Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
    }
  }
  const custom = () => new Custom({name: 'own'});
  const repeated = () => layers.repeatVector({n: 2, name: 'again'});

  const joined = (shape: number[], join = layers.concatenate({name: 'both'})) => {
    const images = input({shape});
    const halves = [0, 1].map(() => through(flatten(), images));
    const features = through(join, halves);
    return model({inputs: images, outputs: through(layers.dense({name: 'fc', units: 2}), features)}); // prettier-ignore
  };

  it.each<[name: string, network: () => LayersModel, lost: string]>([
    ['a layer of the user', () => net([2, 3, 2], flatten(), custom()), 'layer "own", a Custom'],
    ['a repeated vector', () => net([2, 3, 2], flatten(), repeated(), flatten()), 'layer "again", a RepeatVector'], // prettier-ignore
    ['joined maps', () => joined([2, 3, 2]), 'layer "both", a Concatenate'],
    ['a reshape to other axes', () => net([2, 3, 2], layers.reshape({targetShape: [6, 2], name: 'r'}), flatten()), 'layer "r", a Reshape'], // prettier-ignore
  ])('%s', (_name, network, lost) => {
    expect(orderIn(network())).toEqual({lost});
  });

  it.each<[name: string, network: () => LayersModel]>([
    ['one place', () => net([1, 1, 4], flatten(), custom())],
    ['one channel', () => net([2, 3, 1], flatten(), custom())],
    ['one channel, joined', () => joined([2, 3, 1])],
    ['a vector', () => net([4], custom())],
    ['pooled places', () => net([2, 3, 4], layers.globalMaxPooling2d({}), custom())],
  ])('%s: there is nothing to follow', (_name, network) => {
    expect(orderIn(network())).toMatchObject({axes: [0]});
  });

  it('a dense layer as the channels of a map', () => {
    const network = net(
      [4],
      layers.dense({units: 12}),
      layers.reshape({targetShape: [2, 3, 2]}),
      layers.conv2d({name: 'conv', filters: 2, kernelSize: 1}),
      layers.globalAveragePooling2d({}),
    );
    const lost = /^layer "conv", that looks for channels on another axis/;
    expect(orderIn(network, 'conv')).toEqual({lost: expect.stringMatching(lost) as string});
  });

  it('a layer that is called on two orders', () => {
    const images = input({shape: [2, 3, 2]});
    const fc = layers.dense({name: 'fc', units: 2});
    const ways = [flatten(), layers.flatten(first)].map((way) => through(fc, through(way, images)));
    const network = model({inputs: images, outputs: through(layers.add(), ways)});
    expect(orderIn(network)).toEqual({lost: 'layer "fc", that is called on features in several orders'}); // prettier-ignore
  });
});

describe('maps that featureOrders does follow', () => {
  it('sums of one order, and a gate that is broadcast', () => {
    const images = input({shape: [2, 3, 2]});
    const pooled = through(layers.globalAveragePooling2d({}), images);
    const gate = through(layers.reshape({targetShape: [1, 1, 2]}), pooled);
    const gated = through(layers.multiply(), [images, gate]);
    const sum = through(layers.add(), [gated, images]);
    const outputs = through(layers.dense({name: 'fc', units: 2}), through(flatten(), sum));
    expect(orderIn(model({inputs: images, outputs}))).toMatchObject(HWC);
  });

  it('maps joined along their channels', () => {
    const images = input({shape: [2, 3, 1]});
    const both = through(layers.concatenate(), [images, images]);
    const outputs = through(layers.dense({name: 'fc', units: 2}), through(flatten(), both));
    expect(orderIn(model({inputs: images, outputs}))).toMatchObject(HWC);
  });

  it('sequences that are pooled', () => {
    const pooling = layers.averagePooling1d({poolSize: 1});
    expect(orderIn(net([3, 2], pooling, flatten()))).toMatchObject({shape: [2, 3], axes: [1, 0]});
    expect(orderIn(net([3, 2], flatten()))).toMatchObject({axes: [0, 1]});
  });

  it('into models in models', () => {
    const fc = layers.dense({name: 'fc', inputShape: [12], units: 2});
    const inner = sequential({layers: [layers.reLU({inputShape: [12]}), sequential({layers: [fc]})]}); // prettier-ignore
    const network = sequential({layers: [layers.flatten({inputShape: [2, 3, 2]}), inner]});
    expect(featureOrders(network).get(fc)).toMatchObject(HWC);
    expect(featureOrders(inner).get(fc)).toMatchObject({axes: [0]});
    network.dispose();
  });

  it('out of models, of which each output is another', () => {
    const images = input({shape: [2, 3, 2]});
    const pooled = through(layers.globalAveragePooling2d({}), images);
    const body = model({inputs: images, outputs: [pooled, through(flatten(), images)]});
    const x = input({shape: [2, 3, 2]});
    const outputs = (body.apply(x) as Place[]).map((features, i) =>
      through(layers.dense({name: `fc${i}`, units: 2}), features),
    );
    const network = model({inputs: x, outputs});
    const orders = featureOrders(network);
    expect(orders.get(network.getLayer('fc0'))).toMatchObject({axes: [0]});
    expect(orders.get(network.getLayer('fc1'))).toMatchObject(HWC);
    network.dispose();
  });
});

// What PyTorch computes, by hand: the map as [channels, height, width], and one entry after another.
interface Norm {
  readonly weight: number[];
  readonly bias: number[];
  readonly running_mean: number[];
  readonly running_var: number[];
}

const EPSILON = 1e-3;
const CLASSES = 3;

const afterNorm = (x: number[], norm: Norm) =>
  x.map((value, i) => {
    const of = (key: keyof Norm) => norm[key][i] ?? NaN;
    return ((value - of('running_mean')) / Math.sqrt(of('running_var') + EPSILON)) * of('weight') + of('bias'); // prettier-ignore
  });

const relu = (x: number[]) => x.map((value) => Math.max(0, value));
const same = (x: number[]) => x;

const STEPS = {
  relu: [relu, () => layers.reLU()],
  elu: [(x: number[]) => x.map((value) => (value > 0 ? value : Math.expm1(value))), () => layers.elu()], // prettier-ignore
  threshold: [(x: number[]) => x.map((value) => (value > 0.1 ? value : 0)), () => layers.thresholdedReLU({theta: 0.1})], // prettier-ignore
  leaky: [(x: number[]) => x.map((value) => (value > 0 ? value : 0.3 * value)), () => layers.leakyReLU()], // prettier-ignore
  dropout: [same, () => layers.dropout({rate: 0.5})],
  noise: [same, () => layers.gaussianNoise({stddev: 1})],
  alpha: [same, () => layers.alphaDropout({rate: 0.5})],
} as const;

type Step = keyof typeof STEPS | 'norm';

const cases = fc.record({
  sides: fc.tuple(...[3, 3, 3].map((max) => fc.integer({min: 1, max}))),
  isFirst: fc.boolean(),
  flattening: fc.constantFrom('flatten', 'reshape', 'moved'),
  steps: fc.array(fc.constantFrom<Step>('norm', 'norm', ...(Object.keys(STEPS) as Step[])), {
    maxLength: 4,
  }),
  nestedFrom: fc.nat({max: 6}),
  seed: fc.nat(),
});

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

/** A network of these layers, those from `nestedFrom` on in a model of their own. */
function nested(shape: number[], all: layers.Layer[], nestedFrom: number): LayersModel {
  const images = input({shape});
  const chain = (x: Place, of: layers.Layer[]) => of.reduce((y, layer) => through(layer, y), x);
  const x = chain(images, all.slice(0, nestedFrom));
  if (nestedFrom >= all.length) return model({inputs: images, outputs: x});
  const start = input({shape: x.shape.slice(1)});
  const inner = model({inputs: start, outputs: chain(start, all.slice(nestedFrom))});
  return model({inputs: images, outputs: through(inner as unknown as layers.Layer, x)});
}

/** A network with the weights that PyTorch has for it, an image and PyTorch's logits, by hand. */
function sample({sides, isFirst, flattening, steps, nestedFrom, seed}: Case) {
  const [channels = 1, height = 1, width = 1] = sides;
  const size = channels * height * width;
  const rng = createRng(seed);
  const state = new Map<string, StateTensor>();
  const draw = (n: number, from = -1) =>
    Array.from({length: n}, () => Math.fround(from + rng.uniform() * (1 - from)));
  const weight = (name: string, shape: number[], from?: number) => {
    const values = draw(
      shape.reduce((a, b) => a * b, 1),
      from,
    );
    state.set(name, {shape, values: Float32Array.from(values)});
    return values;
  };
  const flat = {
    flatten: () => layers.flatten({}),
    reshape: () => layers.reshape({targetShape: [size]}),
    moved: () => layers.flatten(first),
  };
  const format = isFirst ? first : {};
  const all: layers.Layer[] = [
    layers.averagePooling2d({...format, poolSize: 1}),
    flat[flattening](),
  ];
  const pixels = draw(size);
  const features = steps.reduce((x, step, i) => {
    if (step !== 'norm') {
      all.push(STEPS[step][1]());
      return STEPS[step][0](x);
    }
    const name = `bn${i}`;
    all.push(layers.batchNormalization({name, epsilon: EPSILON}));
    return afterNorm(x, {
      weight: weight(`${name}.weight`, [size]),
      bias: weight(`${name}.bias`, [size]),
      running_mean: weight(`${name}.running_mean`, [size]),
      running_var: weight(`${name}.running_var`, [size], 0.5),
    });
  }, pixels);
  const kernel = weight('fc.weight', [CLASSES, size]);
  const logits = weight('fc.bias', [CLASSES]).map((bias, row) =>
    features.reduce((sum, value, i) => sum + value * (kernel[row * size + i] ?? NaN), bias),
  );
  all.push(layers.dense({name: 'fc', units: CLASSES}));
  const shape = isFirst ? [channels, height, width] : [height, width, channels];
  const network = nested(shape, all, nestedFrom);
  const image = tf.tidy(() => {
    const map = tf.tensor(pixels, [1, channels, height, width]);
    return isFirst ? tf.clone(map) : tf.transpose(map, [0, 2, 3, 1]);
  });
  return {network, state, image, logits};
}

describe('weights of PyTorch behind a flattened map', () => {
  test.prop([cases])('give what PyTorch computes, and come back to the last bit', (drawn) =>
    expectNoLeak(async () => {
      const {network, state, image, logits} = sample(drawn);
      loadStateDict(network, state);
      tf.tidy(() => {
        expectClose(network.predict(image) as tf.Tensor, logits, 1e-4);
      });
      expect(await stateDict(network)).toEqual(state);
      tf.dispose(image);
      network.dispose();
    }),
  );
});
