import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {foldBatchNorm} from '../../../src/core/layers/foldBatchNorm';
import {kernelsOf} from '../../support/kernelsOf';
import {seeded} from '../../support/models';
import {expectClose, expectNoLeak, numbers} from '../../support/tensors';

const {layers} = tfl;
type Symbolic = tfl.SymbolicTensor;

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

const SHAPE: [number, number, number] = [6, 6, 2];
const glorot = (seed: number) => tfl.initializers.glorotNormal({seed});
const conv = (options: object = {}) =>
  layers.conv2d({
    ...{filters: 3, kernelSize: 3, kernelInitializer: glorot(1), biasInitializer: glorot(2)},
    ...options,
  });
const norm = (options: object = {}) => layers.batchNormalization(options);

/** Batch norms with statistics and factors that a mistake would show in. */
function trained<M extends tfl.LayersModel>(model: M): M {
  let seed = 20;
  const visit = (layer: tfl.layers.Layer): void => {
    if ('layers' in layer) (layer as tfl.LayersModel).layers.forEach(visit);
    if (layer.getClassName() !== 'BatchNormalization') return;
    layer.setWeights(layer.getWeights().map((w) => tf.add(1.2, seeded(w.shape, seed++))));
  };
  model.layers.forEach(visit);
  return model;
}

const sequence = (...all: tfl.layers.Layer[]) =>
  trained(
    tfl.sequential({
      layers: [layers.inputLayer({inputShape: SHAPE}), ...all],
    }),
  );

function graph(build: (x: Symbolic) => Symbolic | Symbolic[]): tfl.LayersModel {
  const input = tfl.input({shape: SHAPE});
  return trained(tfl.model({inputs: input, outputs: build(input)}));
}

const apply = (layer: tfl.layers.Layer, ...inputs: Symbolic[]) =>
  layer.apply(inputs.length === 1 ? (inputs[0] as Symbolic) : inputs) as Symbolic;

const image = () => seeded<tf.Rank.R4>([2, ...SHAPE], 5);
const run = (model: tfl.LayersModel) => model.apply(image(), {training: false}) as tf.Tensor;

const normsIn = (body: () => void) =>
  kernelsOf(body).filter((name) => name === 'FusedBatchNorm').length;

/** Same values with `count` batch norms (called `calls` times) fewer; the model is as it was. */
function expectFolded(model: tfl.LayersModel, count: number, calls = count): void {
  const expected = numbers(run(model));
  const total = normsIn(() => run(model));
  const layersOf = (of: tfl.LayersModel): object[] =>
    of.layers.flatMap((layer) => [layer, ...('layers' in layer ? layersOf(layer as never) : [])]);
  const before = layersOf(model).map((layer) => ({...layer}));
  const weights = model.getWeights().map(numbers);
  const folded = foldBatchNorm(model);
  expect(folded.count).toBe(count);
  let actual: number[] = [];
  expect(normsIn(() => (actual = folded.within(() => numbers(run(model)))))).toBe(total - calls);
  const scale = Math.max(...expected.map(Math.abs));
  expectClose(
    actual.map((v) => v / scale),
    expected.map((v) => v / scale),
    1e-5,
  );
  expect(layersOf(model).map((layer) => ({...layer}))).toEqual(before);
  expect(model.getWeights().map(numbers)).toEqual(weights);
  expect(numbers(run(model))).toEqual(expected);
  folded.dispose();
}

describe('foldBatchNorm', () => {
  const linear: Record<string, () => tfl.layers.Layer[]> = {
    'a convolution': () => [conv()],
    'a convolution without bias': () => [conv({useBias: false})],
    'a strided convolution with padding': () => [conv({strides: 2, padding: 'same'})],
    'a dilated convolution': () => [conv({dilationRate: 2})],
    'a depthwise convolution': () => [
      layers.depthwiseConv2d({kernelSize: 2, depthMultiplier: 3, depthwiseInitializer: glorot(3)}),
    ],
    'a depthwise convolution without bias': () => [
      layers.depthwiseConv2d({kernelSize: 2, useBias: false, depthwiseInitializer: glorot(3)}),
    ],
    'a separable convolution': () => [
      layers.separableConv2d({
        ...{filters: 4, kernelSize: 3, depthwiseInitializer: glorot(1)},
        pointwiseInitializer: glorot(2),
      }),
    ],
    'a separable convolution without bias': () => [
      layers.separableConv2d({filters: 4, kernelSize: 3, useBias: false}),
    ],
    'a dense layer': () => [
      layers.flatten(),
      layers.dense({units: 4, kernelInitializer: glorot(4), biasInitializer: 'ones'}),
    ],
    'a dense layer over channels': () => [
      layers.dense({units: 4, useBias: false, kernelInitializer: glorot(4)}),
    ],
    'a 1-D convolution': () => [
      layers.reshape({targetShape: [36, 2]}),
      layers.conv1d({filters: 3, kernelSize: 3, kernelInitializer: glorot(4)}),
    ],
  };
  for (const [name, make] of Object.entries(linear)) {
    it(`folds batch norm into ${name}`, () => {
      expectFolded(sequence(...make(), norm(), layers.reLU()), 1);
    });
  }

  it('folds batch norm without scale or center, at the end, with its own epsilon', () => {
    expectFolded(sequence(conv(), norm({scale: false, epsilon: 0.3})), 1);
    expectFolded(sequence(conv(), norm({center: false})), 1);
    expectFolded(sequence(conv(), norm({scale: false, center: false, axis: 3})), 1);
  });

  it('folds all of a net with skip connections', () => {
    const model = graph((x) => {
      const block = (v: Symbolic) => {
        const once = apply(layers.reLU(), apply(norm(), apply(conv({padding: 'same'}), v)));
        const twice = apply(norm(), apply(conv({padding: 'same', useBias: false}), once));
        const skip = apply(norm(), apply(conv({kernelSize: 1}), v));
        return apply(layers.reLU(), apply(layers.add(), twice, skip));
      };
      return apply(layers.dense({units: 3}), apply(layers.flatten(), block(block(x))));
    });
    expectFolded(model, 6);
  });

  it('folds inside models that are layers of another, where they are used once', () => {
    const inner = () => sequence(conv(), norm());
    expectFolded(sequence(inner() as tfl.layers.Layer, layers.flatten()), 1);
    expectFolded(
      graph((x) => apply(layers.flatten(), apply(inner() as tfl.layers.Layer, x))),
      1,
    );
    // Both places run the same pair.
    const shared = sequence(conv(), norm()) as tfl.layers.Layer;
    const both = graph((x) => apply(layers.add(), apply(shared, x), apply(shared, x)));
    expectFolded(both, 1, 2);
  });

  const unfolded: Record<string, () => tfl.LayersModel> = {
    'an activation before it': () => sequence(conv({activation: 'relu'}), norm()),
    'another layer before it': () => sequence(conv(), layers.maxPooling2d({}), norm()),
    'nothing before it': () => sequence(norm(), conv()),
    'another axis': () => sequence(conv({filters: 4}), norm({axis: 1})),
    'channels first': () => sequence(conv({dataFormat: 'channelsFirst', padding: 'same'}), norm()),
    'a transposed convolution': () =>
      sequence(layers.conv2dTranspose({filters: 2, kernelSize: 2}), norm()),
    'an output that others use, too': () =>
      graph((x) => {
        const y = apply(conv(), x);
        return apply(layers.add(), apply(norm(), y), y);
      }),
    'a convolution used twice': () =>
      graph((x) => {
        const shared = conv({filters: 2, padding: 'same'});
        return apply(shared, apply(norm(), apply(shared, x)));
      }),
    'a batch norm used twice': () =>
      graph((x) => {
        const shared = norm();
        const y = apply(shared, apply(conv({padding: 'same'}), x));
        return apply(shared, apply(layers.reLU(), y));
      }),
    'a convolution that also stands in a wrapper': () => {
      const dense = layers.dense({units: 2, kernelInitializer: glorot(3)});
      return graph((x) => {
        const y = apply(norm(), apply(dense, x));
        return apply(layers.timeDistributed({layer: dense}), y);
      });
    },
  };
  for (const [name, make] of Object.entries(unfolded)) {
    it(`leaves batch norm alone with ${name}`, () => {
      expectFolded(make(), 0);
    });
  }

  it('leaves a convolution alone whose output the model gives, too', () => {
    const model = graph((x) => {
      const y = apply(conv(), x);
      return [y, apply(norm(), y)];
    });
    expect(foldBatchNorm(model).count).toBe(0);
  });

  it('leaves layers alone that compute something else', () => {
    const patched = conv();
    const own = patched.call.bind(patched);
    patched.call = (inputs, kwargs) => tf.mul(2, own(inputs, kwargs) as tf.Tensor);
    expectFolded(sequence(patched, norm()), 0);

    const Conv2D = conv().constructor as new (options: object) => tfl.layers.Layer;
    class Standardised extends Conv2D {
      override call(inputs: tf.Tensor, kwargs: object): tf.Tensor {
        return tf.neg(super.call(inputs, kwargs) as tf.Tensor);
      }
    }
    const derived = new Standardised({filters: 3, kernelSize: 3, kernelInitializer: glorot(1)});
    expectFolded(sequence(derived, norm()), 0);
  });

  it('uses weights that have changed since', () => {
    const model = sequence(conv(), norm());
    const folded = foldBatchNorm(model);
    for (const index of [0, 1, 2, 3, 4, 5]) {
      const weights = model.getWeights();
      const before = weights.map((w) => tf.clone(w));
      weights[index] = tf.add(weights[index] as tf.Tensor, 0.5);
      model.setWeights(weights);
      const expected = numbers(run(model));
      expect(folded.within(() => numbers(run(model)))).toEqual(expected);
      model.setWeights(before);
    }
    folded.dispose();
  });

  it('can be within itself, and another of the same model', () => {
    const model = sequence(conv(), norm());
    const expected = numbers(run(model));
    const [one, other] = [foldBatchNorm(model), foldBatchNorm(model)];
    const results = one.within(() => {
      const inner = other.within(() => one.within(() => numbers(run(model))));
      return [inner, numbers(run(model))];
    });
    results.forEach((result) => expectClose(result, expected, 1e-5));
    expect(numbers(run(model))).toEqual(expected);
    one.dispose();
    other.dispose();
  });

  it('puts the model back when its call throws, and leaks nothing', async () => {
    const model = sequence(conv(), norm(), layers.flatten());
    const expected = numbers(run(model));
    await expectNoLeak(() => {
      const folded = foldBatchNorm(model);
      const fail = () => {
        throw new Error('amid');
      };
      expect(() => folded.within(fail)).toThrow('amid');
      folded.dispose();
    });
    expect(numbers(run(model))).toEqual(expected);
    expect(normsIn(() => run(model))).toBe(1);
  });

  it('outlives the tf.tidy in which it was made', () => {
    const model = sequence(conv(), norm());
    const expected = numbers(run(model));
    const {folded} = tf.tidy(() => ({folded: foldBatchNorm(model)}) as never) as unknown as {
      folded: ReturnType<typeof foldBatchNorm>;
    };
    expectClose(
      folded.within(() => numbers(run(model))),
      expected,
      1e-5,
    );
    folded.dispose();
  });
});
