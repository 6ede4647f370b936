import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';

import {asClassifier, asTrainableClassifier} from '../../../src/core/classifier';
import {isInvalidArgumentError} from '../../../src/core/errors';
import {outputOf} from '../../../src/core/layers/layersModel';
import type {Loss} from '../../../src/core/loss';
import {passTensors} from '../../../src/core/pass';
import {inputGradient} from '../../../src/math/inputGradient';
import {seeded, tinyConvNet} from '../../support/models';
import {expectClose, expectNoLeak, int, numbers} from '../../support/tensors';

const {layers} = tfl;

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
});

const images = () => seeded<tf.Rank.R4>([3, 4, 4, 2], 5);
const glorot = (seed: number) => ({kernelInitializer: tfl.initializers.glorotNormal({seed})});
const body = () => [
  layers.conv2d({inputShape: [4, 4, 2], filters: 3, kernelSize: 3, ...glorot(1)}),
  layers.flatten(),
];

// Every way for a model on 4x4x2 images to end in a softmax over three classes.
const softmaxModels: Record<string, () => tfl.LayersModel> = {
  'a softmax layer': () =>
    tfl.sequential({layers: [...body(), layers.dense({units: 3, ...glorot(2)}), layers.softmax()]}),
  'a softmax layer over axis -1': () =>
    tfl.sequential({
      layers: [...body(), layers.dense({units: 3, ...glorot(2)}), layers.softmax({axis: -1})],
    }),
  'an activation layer': () =>
    tfl.sequential({
      layers: [
        ...body(),
        layers.dense({units: 3, ...glorot(2)}),
        layers.activation({activation: 'softmax'}),
      ],
    }),
  'a dense layer with softmax': () =>
    tfl.sequential({
      layers: [...body(), layers.dense({units: 3, activation: 'softmax', ...glorot(2)})],
    }),
  'a convolution with softmax, flattened': () =>
    tfl.sequential({
      layers: [
        layers.conv2d({
          inputShape: [4, 4, 2],
          filters: 3,
          kernelSize: 4,
          activation: 'softmax',
          ...glorot(3),
        }),
        layers.flatten(),
      ],
    }),
  'a softmax layer, reshaped (as MobileNet ends)': () =>
    tfl.sequential({
      layers: [
        layers.conv2d({inputShape: [4, 4, 2], filters: 3, kernelSize: 4, ...glorot(3)}),
        layers.softmax({axis: 3}),
        layers.reshape({targetShape: [3]}),
      ],
    }),
  'a nested model': () =>
    tfl.sequential({
      layers: [
        layers.activation({inputShape: [4, 4, 2], activation: 'tanh'}),
        tfl.sequential({
          layers: [...body(), layers.dense({units: 3, activation: 'softmax', ...glorot(2)})],
        }),
      ],
    }),
  'a functional model with branches': () => {
    const input = tfl.input({shape: [4, 4, 2]});
    const flat = layers.flatten().apply(input) as tfl.SymbolicTensor;
    const left = layers.dense({units: 4, activation: 'relu', ...glorot(4)}).apply(flat);
    const right = layers.dense({units: 4, ...glorot(5)}).apply(flat);
    const sum = layers.add().apply([left, right] as tfl.SymbolicTensor[]);
    const scores = layers.dense({units: 3, ...glorot(6)}).apply(sum) as tfl.SymbolicTensor;
    return tfl.model({
      inputs: input,
      outputs: layers.softmax().apply(scores) as tfl.SymbolicTensor,
    });
  },
};

const output = (model: tfl.LayersModel, x: tf.Tensor) => model.predict(x) as tf.Tensor2D;

describe('logitsOf a model that ends in a softmax', () => {
  for (const [name, create] of Object.entries(softmaxModels)) {
    it(`gives the scores before ${name}`, () => {
      const model = create();
      const x = images();
      const probabilities = output(model, x);
      const logits = asClassifier(model)(x);
      expectClose(tf.softmax(logits), numbers(probabilities), 1e-6);
      // Equal to the logarithm up to a constant per row.
      const shift = tf.sub(logits, tf.log(probabilities));
      expectClose(tf.sub(shift, tf.mean(shift, 1, true)), new Array<number>(9).fill(0), 2e-6);
      expect(numbers(tf.abs(tf.logSumExp(logits, 1))).some((z) => z > 1e-3)).toBe(true);
    });

    it(`leaves a model with ${name} as it was, also when it throws`, async () => {
      const model = create();
      const x = images();
      const before = numbers(output(model, x));
      const classify = asClassifier(model);
      const ownKeys = model.layers.map((layer) => Object.keys(layer));
      const wrongShape = tf.zeros<tf.Rank.R4>([1, 1, 1, 1]);
      await expectNoLeak(() => {
        classify(x).dispose();
        expect(() => classify(wrongShape)).toThrow();
      });
      expect(numbers(output(model, x))).toEqual(before);
      expect(model.layers.map((layer) => Object.keys(layer))).toEqual(ownKeys);
    });

    it(`differentiates to the input past ${name}`, () => {
      const first = (logits: tf.Tensor2D) => tf.sum(tf.slice(logits, [0, 0], [-1, 1]), 1);
      const model = create();
      const classify = asClassifier(model);
      const {gradient} = inputGradient(classify, images(), int([0, 0, 0]), first as Loss);
      expect(numbers(gradient).some((value) => value !== 0)).toBe(true);
    });
  }

  it('keeps extreme logits exact, where a logarithm of probabilities would be -Infinity', () => {
    const model = tfl.sequential({
      layers: [
        layers.dense({
          inputShape: [1],
          units: 2,
          useBias: false,
          activation: 'softmax',
        }),
      ],
    });
    model.setWeights([tf.tensor2d([[500, -500]])]);
    expect(numbers(asClassifier<tf.Tensor2D>(model)(tf.tensor2d([[1]])))).toEqual([500, -500]);
  });

  it('restores a call that the layer had of its own', () => {
    const softmax = layers.softmax();
    const model = tfl.sequential({layers: [layers.dense({inputShape: [2], units: 2}), softmax]});
    const own = (inputs: tf.Tensor | tf.Tensor[]) =>
      tf.softmax(([] as tf.Tensor[]).concat(inputs)[0] as tf.Tensor);
    softmax.call = own;
    const x = tf.tensor2d([[1, 2]]);
    const before = numbers(output(model, x));
    asClassifier<tf.Tensor2D>(model)(x);
    expect(softmax.call).toBe(own);
    expect(numbers(output(model, x))).toEqual(before);
  });
});

describe('logitsOf other models', () => {
  it('gives the output where it has no softmax', () => {
    const model = tinyConvNet();
    const x = seeded<tf.Rank.R4>([2, 8, 8, 1], 1);
    expect(numbers(asClassifier(model)(x))).toEqual(numbers(output(model, x)));
  });

  it('leaves a softmax that is not over the classes', () => {
    const perPixel = tfl.sequential({
      layers: [
        layers.conv2d({inputShape: [4, 4, 2], filters: 3, kernelSize: 3, activation: 'softmax'}),
        layers.flatten(),
      ],
    });
    const perRow = tfl.sequential({
      layers: [
        layers.reshape({inputShape: [4, 4, 2], targetShape: [8, 4]}),
        layers.softmax({axis: 2}),
        layers.flatten(),
      ],
    });
    for (const model of [perPixel, perRow]) {
      expect(numbers(asClassifier(model)(images()))).toEqual(numbers(output(model, images())));
    }
  });

  it('leaves a softmax in the middle', () => {
    const model = tfl.sequential({
      layers: [
        layers.dense({inputShape: [2], units: 3, activation: 'softmax'}),
        layers.dense({units: 2}),
      ],
    });
    const x = tf.tensor2d([[1, 2]]);
    expect(numbers(asClassifier<tf.Tensor2D>(model)(x))).toEqual(numbers(output(model, x)));
  });

  it('refuses a hard sigmoid', () => {
    const activation = 'hardSigmoid';
    const model = tfl.sequential({
      layers: [layers.dense({inputShape: [2], units: 1, activation, name: 'last_hard'})],
    });
    expect(() => asClassifier(model, 'pgdAttack')).toThrow(
      'pgdAttack: "model" must give logits [batch, classes], one score per class, found layer ' +
        '"last_hard" ending in hardSigmoid. A hard sigmoid has no logits.',
    );
  });

  it.each(['sigmoid', 'hardSigmoid'] as const)('refuses several units of %s', (activation) => {
    const last = layers.dense({
      inputShape: [2],
      units: 3,
      activation,
      name: `several_${activation}`,
    });
    const model = tfl.sequential({layers: [last]});
    expect(() => asClassifier(model, 'pgdAttack')).toThrow(
      `found several sigmoid units (layer "several_${activation}")`,
    );
  });

  it.each(['activation of the last layer', 'layer'])('gives [0, s] for one sigmoid %s', (form) => {
    const kernelInitializer = tfl.initializers.constant({value: 2});
    const dense = {inputShape: [2], units: 1, kernelInitializer};
    const model = tfl.sequential({
      layers:
        form === 'layer'
          ? [layers.dense(dense), layers.activation({activation: 'sigmoid'})]
          : [layers.dense({...dense, activation: 'sigmoid'})],
    });
    const x = tf.tensor2d([
      [1, 2],
      [-1, 0],
    ]);
    const before = numbers(output(model, x));
    const classify = asClassifier<tf.Tensor2D>(model);
    const tensors = tf.memory().numTensors;
    expect(tf.tidy(() => numbers(classify(x)))).toEqual([0, 6, 0, -2]);
    expect(tf.tidy(() => numbers(output(model, x)))).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    const pass = asTrainableClassifier<tf.Tensor2D>(model).training(x);
    expect(numbers(passTensors(pass).logits)).toEqual([0, 6, 0, -2]);
  });

  it('reshapes [batch, 1, 1, classes]', () => {
    const model = tfl.sequential({
      layers: [layers.conv2d({inputShape: [4, 4, 1], filters: 3, kernelSize: 4})],
    });
    const x = tf.ones<tf.Rank.R4>([2, 4, 4, 1]);
    const wanted = numbers(output(model, x));
    const logits = asClassifier(model)(x);
    expect(logits.shape).toEqual([2, 3]);
    expect(numbers(logits)).toEqual(wanted);
  });

  it('refuses a softmax layer that stands at several places, and puts it back', () => {
    for (const [shared, kind] of [
      [layers.softmax({name: 'shared_softmax'}), 'shared_softmax'],
      [layers.dense({units: 3, activation: 'softmax', name: 'shared_dense'}), 'shared_dense'],
    ] as const) {
      const input = tfl.input({shape: [3]});
      const once = shared.apply(input) as tfl.SymbolicTensor;
      const model = tfl.model({inputs: input, outputs: shared.apply(once) as tfl.SymbolicTensor});
      const x = tf.tensor2d([[1, 2, 3]]);
      const before = numbers(output(model, x));
      const classify = asClassifier<tf.Tensor2D>(model, 'pgdAttack');
      let error: unknown;
      try {
        classify(x);
      } catch (thrown) {
        error = thrown;
      }
      expect(isInvalidArgumentError(error)).toBe(true);
      expect(String(error)).toBe(
        `InvalidArgumentError: pgdAttack: "model" must use the layer of its final activation once, found layer "${kind}" at several places. Give the output an activation layer of its own, or pass a function from x to logits.`,
      );
      expect(numbers(output(model, x))).toEqual(before);
    }
  });

  it('accepts a softmax layer that another model uses, too', () => {
    const softmax = layers.softmax();
    const create = () =>
      tfl.sequential({layers: [layers.dense({inputShape: [2], units: 2}), softmax]});
    const [first, second] = [create(), create()];
    const x = tf.tensor2d([[1, 2]]);
    for (const model of [first, second]) {
      expectClose(tf.softmax(asClassifier<tf.Tensor2D>(model)(x)), numbers(output(model, x)), 1e-6);
    }
  });

  it('refuses several inputs or outputs, and a model without layers', () => {
    const [a, b] = [tfl.input({shape: [2]}), tfl.input({shape: [2]})];
    const sum = layers.add().apply([a, b]) as tfl.SymbolicTensor;
    expect(() => asClassifier(tfl.model({inputs: [a, b], outputs: sum}))).toThrow(
      /asClassifier: "model" must have exactly one of its inputs, found 2 inputs\. Fix the others: bindInputs/,
    );
    const left = layers.dense({units: 2}).apply(a) as tfl.SymbolicTensor;
    const right = layers.dense({units: 2}).apply(a) as tfl.SymbolicTensor;
    expect(() => asClassifier(tfl.model({inputs: a, outputs: [left, right]}))).toThrow(
      /exactly one of its outputs, found 2 outputs/,
    );
    expect(() => asClassifier(tfl.sequential())).toThrow(/found 0 inputs\. Add its layers first\./);
  });
});

describe('modes and variables of a layers model', () => {
  it('moves statistics in training, not in inference', () => {
    const {inference, training, variables, statistics} = asTrainableClassifier(tinyConvNet());
    const x = seeded<tf.Rank.R4>([4, 8, 8, 1], 1);
    const snapshot = () => statistics.map(numbers);
    const before = snapshot();
    expect(statistics.map((v) => v.shape)).toEqual([[4], [4]]);
    expect(variables.map((v) => v.shape)).toEqual([
      [3, 3, 1, 4],
      [4],
      [4],
      [4],
      [3, 3, 4, 6],
      [6],
      [96, 3],
      [3],
    ]);
    const weights = variables.map(numbers);
    const clean = numbers(inference(x));
    expect(snapshot()).toEqual(before);
    expect(numbers(passTensors(training(x)).logits)).not.toEqual(clean);
    expect(snapshot()).not.toEqual(before);
    expect(variables.map(numbers)).toEqual(weights);
  });

  it('reads the current weights', () => {
    const model = tfl.sequential({layers: [layers.dense({inputShape: [1], units: 2})]});
    const {inference, variables} = asTrainableClassifier<tf.Tensor2D>(model);
    variables[0]?.assign(tf.tensor2d([[2, 3]]));
    expect(numbers(inference(tf.tensor2d([[1]])))).toEqual([2, 3]);
    expect(variables[0]).toBe(model.trainableWeights[0]?.read());
  });

  it('lists a variable once that two inner models share', () => {
    const shared = layers.dense({units: 2, inputShape: [2], useBias: false});
    const inner = () => tfl.sequential({layers: [shared]});
    const model = tfl.sequential({layers: [inner(), inner()]});
    expect(asTrainableClassifier<tf.Tensor2D>(model).variables.length).toBe(1);
  });

  it('leaves frozen weights out of the variables', () => {
    const model = tfl.sequential({
      layers: [
        layers.dense({inputShape: [2], units: 2, trainable: false}),
        layers.dense({units: 2}),
      ],
    });
    const {variables, statistics} = asTrainableClassifier<tf.Tensor2D>(model);
    expect([variables.length, statistics.length]).toEqual([2, 0]);
  });

  it('trains past a final softmax, with dropout', () => {
    const model = tfl.sequential({
      layers: [
        layers.dropout({rate: 0.5, inputShape: [50]}),
        layers.dense({units: 2, activation: 'softmax', kernelInitializer: 'ones'}),
      ],
    });
    const {inference, training} = asTrainableClassifier<tf.Tensor2D>(model);
    const x = seeded<tf.Rank.R2>([1, 50], 1);
    const sum = numbers(tf.sum(x))[0] as number;
    expectClose(inference(x), [sum, sum], 1e-5);
    expect(Math.abs((numbers(passTensors(training(x)).logits)[0] as number) - sum)).toBeGreaterThan(
      1e-3,
    );
  });
});

describe('outputOf', () => {
  it('keeps the softmax and obeys the mode', () => {
    const model = tinyConvNet({activation: 'softmax'});
    const x = seeded<tf.Rank.R4>([4, 8, 8, 1], 1);
    expect(numbers(outputOf(model, false, 'f')(x))).toEqual(numbers(output(model, x)));
    expect(numbers(outputOf(model, true, 'f')(x))).not.toEqual(numbers(output(model, x)));
  });

  it('refuses several outputs', () => {
    const a = tfl.input({shape: [2]});
    const create = () => layers.dense({units: 2}).apply(a) as tfl.SymbolicTensor;
    const model = tfl.model({inputs: a, outputs: [create(), create()]});
    expect(() => outputOf(model, false, 'f')).toThrow(/f: "model" must have exactly one/);
  });
});

describe('the input of a layers model', () => {
  const rows = (shape: number[]) => () => asClassifier<tf.Tensor>(flexible(), 'f')(tf.zeros(shape));
  // Images of any height, 4 wide.
  const flexible = () =>
    tfl.sequential({
      layers: [
        layers.conv2d({batchInputShape: [null, null, 4, 1], filters: 2, kernelSize: 1}),
        layers.globalAveragePooling2d({}),
        layers.dense({units: 2}),
      ],
    });

  it('is looked at before tf.layers does, side by side', () => {
    expect(rows([2, 7, 4, 1])).not.toThrow();
    expect(rows([2, 7, 5, 1])).toThrow(
      'f: "x" must have the shape of the model\'s input, [batch, any, 4, 1], found float32 [2, 7, 5, 1]. Resize',
    );
    expect(rows([7, 4, 1])).toThrow(/tf\.expandDims\(x, 0\)/);
    expect(rows([7, 4, 4])).toThrow(/If it is one example/);
    expect(rows([2, 7])).toThrow(/Resize or reshape it/);
    const grey = tfl.sequential({
      layers: [layers.flatten({inputShape: [4, 4, 1]}), layers.dense({units: 2})],
    });
    expect(() => asClassifier<tf.Tensor>(grey)(tf.zeros([2, 4, 4]))).toThrow(
      /tf\.expandDims\(x, 3\)/,
    );
    expect(() => outputOf(grey, false, 'f')(tf.zeros([2, 4]))).toThrow(
      /^f: "x" must have the shape/,
    );
  });

  it('a model that was disposed is named', () => {
    const model = tfl.sequential({layers: [layers.dense({inputShape: [2], units: 2})]});
    model.dispose();
    expect(() => asClassifier(model, 'f')).toThrow(
      /^f: "model" must have its weights, found a model/,
    );
    expect(() => asTrainableClassifier(model, 'f')).toThrow(/found a model that was disposed/);
  });
});
