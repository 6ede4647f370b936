import {it} from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {afterAll, beforeAll, describe, expect} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {asClassifier, type Classifier} from '../../src/core/classifier';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {crossEntropy} from '../../src/losses/crossEntropy';
import {freezeWeights} from '../../src/math/freezeWeights';
import {inputGradient} from '../../src/math/inputGradient';
import {logitsAt} from '../../src/math/logitsAt';
import {cosineHead} from '../../src/models/cosineHead';
import {layersClassifier} from '../../src/models/layersClassifier';
import {kernelsOf} from '../support/kernelsOf';
import {seeded, tinyConvNet} from '../support/models';
import {expectNoLeak, int, numbers} from '../support/tensors';

const labels = int([0, 2]);
const image = (seed = 4) => seeded<tf.Rank.R4>([2, 8, 8, 1], seed);
const l = tfl.layers;

type AnyClassifier = Classifier;

/** Logits and gradient of a step, and logits of a forward pass. */
function valuesOf(classify: AnyClassifier, x: tf.Tensor4D): number[][] {
  return tf.tidy(() => {
    const {logits, losses, gradient} = inputGradient(classify, x, labels, crossEntropy);
    return [logits, losses, gradient, logitsAt('test', classify, x)].map(numbers);
  });
}

/** Passes after which a recording is used. */
const WARM = 22;

function warmUp(classify: AnyClassifier, x: tf.Tensor4D): void {
  for (let i = 0; i < WARM; i++) valuesOf(classify, x);
}

/** How many operations tfjs's engine sees of a step and a forward pass. */
const operations = (classify: AnyClassifier, x: tf.Tensor4D): number =>
  kernelsOf(() => void valuesOf(classify, x)).length;

/** Data that a backend holds, those that the engine does not know of among them. */
const dataIds = (): number => tf.backend().numDataIds();

/** Puts values into the weights of a model. */
function fill(model: tfl.LayersModel, factor = 0.5): void {
  tf.tidy(() => {
    model.setWeights(
      model.weights.map(({name, shape}, i) =>
        name.includes('moving_variance')
          ? tf.add(1.2, seeded(shape as number[], i))
          : tf.mul(factor, seeded(shape as number[], i)),
      ),
    );
  });
}

/** A model of some layers, on an input of 8x8. */
function modelOf(...parts: tfl.layers.Layer[]): tfl.LayersModel {
  const model = tfl.sequential();
  model.add(l.inputLayer({inputShape: [8, 8, 1]}));
  for (const part of parts) model.add(part);
  const {shape} = (model.outputs as tfl.SymbolicTensor[])[0] as tfl.SymbolicTensor;
  if (shape.length > 2) model.add(l.flatten());
  model.add(l.dense({units: 3}));
  fill(model);
  return model;
}

const conv = () => l.conv2d({filters: 4, kernelSize: 3, padding: 'same'});

/** Two branches that meet. */
function joined(join: {apply: (x: tfl.SymbolicTensor[]) => unknown}): tfl.LayersModel {
  const inputs = tfl.input({shape: [8, 8, 1]});
  const branches = [conv(), conv()].map((each) => each.apply(inputs) as tfl.SymbolicTensor);
  const flat = l.flatten().apply(join.apply(branches) as tfl.SymbolicTensor);
  const outputs = l.dense({units: 3}).apply(flat) as tfl.SymbolicTensor;
  const model = tfl.model({inputs, outputs});
  fill(model);
  return model;
}

/** A model for each layer, and each activation, that may be recorded. */
const MODELS: Readonly<Record<string, () => tfl.LayersModel>> = {
  ...Object.fromEntries(
    (
      [
        ...['elu', 'selu', 'relu', 'relu6', 'linear', 'sigmoid', 'hardSigmoid', 'softplus'],
        ...['softsign', 'tanh', 'softmax', 'logSoftmax', 'gelu', 'gelu_new', 'mish', 'swish'],
      ] as const
    ).map((activation) => [
      `activation ${activation}`,
      () => modelOf(conv(), l.activation({activation: activation as 'relu'})),
    ]),
  ),
  'conv, batch norm, ReLU': () =>
    modelOf(conv(), l.batchNormalization(), l.activation({activation: 'relu'})),
  'batch norm alone': () => modelOf(l.batchNormalization()),
  'batch norm without scale': () => modelOf(l.batchNormalization({scale: false})),
  'batch norm without offset': () =>
    modelOf(conv(), l.batchNormalization({center: false, axis: 1})),
  'layer normalization': () => modelOf(conv(), l.layerNormalization({})),
  depthwise: () => modelOf(l.depthwiseConv2d({kernelSize: 3, depthMultiplier: 2})),
  separable: () => modelOf(l.separableConv2d({filters: 3, kernelSize: 3})),
  transposed: () => modelOf(l.conv2dTranspose({filters: 3, kernelSize: 3, strides: 2})),
  'conv 1d': () => modelOf(l.reshape({targetShape: [8, 8]}), l.conv1d({filters: 3, kernelSize: 3})),
  'leaky ReLU': () => modelOf(conv(), l.leakyReLU({alpha: 0.1})),
  PReLU: () => modelOf(conv(), l.prelu()),
  ELU: () => modelOf(conv(), l.elu()),
  'thresholded ReLU': () => modelOf(conv(), l.thresholdedReLU({theta: 0.2})),
  'ReLU with a maximum': () => modelOf(conv(), l.reLU({maxValue: 0.4})),
  softmax: () => modelOf(l.flatten(), l.dense({units: 4}), l.softmax()),
  permute: () => modelOf(l.permute({dims: [2, 1, 3]})),
  'repeat vector': () => modelOf(l.flatten(), l.dense({units: 4}), l.repeatVector({n: 3})),
  'zero padding': () => modelOf(l.zeroPadding2d({padding: [[1, 0], [0, 2]]})), // prettier-ignore
  cropping: () => modelOf(l.cropping2D({cropping: [[1, 2], [0, 1]]})), // prettier-ignore
  upsampling: () => modelOf(conv(), l.upSampling2d({size: [2, 2]})),
  'max pooling 1d': () => modelOf(l.reshape({targetShape: [8, 8]}), l.maxPooling1d({poolSize: 2})),
  'average pooling 1d': () =>
    modelOf(l.reshape({targetShape: [8, 8]}), l.averagePooling1d({poolSize: 2})),
  'max pooling': () => modelOf(l.maxPooling2d({})),
  'average pooling': () => modelOf(conv(), l.averagePooling2d({poolSize: 3, padding: 'same'})),
  'global average 1d': () =>
    modelOf(l.reshape({targetShape: [8, 8]}), l.globalAveragePooling1d({})),
  'global maximum 1d': () => modelOf(l.reshape({targetShape: [8, 8]}), l.globalMaxPooling1d({})),
  'global average': () => modelOf(conv(), l.globalAveragePooling2d({})),
  'global maximum': () => modelOf(conv(), l.globalMaxPooling2d({})),
  add: () => joined(l.add()),
  multiply: () => joined(l.multiply()),
  average: () => joined(l.average()),
  maximum: () => joined(l.maximum()),
  minimum: () => joined(l.minimum()),
  concatenate: () => joined(l.concatenate()),
  'a model within': () => modelOf(tinyConvNet(), l.reshape({targetShape: [3, 1]})),
  'softmax at the end': () => tinyConvNet({activation: 'softmax'}),
  'cosine head': () => {
    const inputs = tfl.input({shape: [8, 8, 1]});
    const flat = l.flatten().apply(inputs) as tfl.SymbolicTensor;
    const model = tfl.model({
      inputs,
      outputs: cosineHead(3).apply(flat) as tfl.SymbolicTensor,
    });
    fill(model);
    return model;
  },
};

let undo: () => void;

beforeAll(async () => {
  undo = await registerGradientKernels();
});

afterAll(() => {
  undo();
});

describe('repeatedPasses', () => {
  it.each(Object.entries(MODELS))('%s: the same digits, and less work', async (_, make) => {
    const model = make();
    const [x, other] = [image(), image(5)];
    const frozen = freezeWeights(asClassifier(model));
    valuesOf(frozen.classify, x);
    const expected = [x, other].map((each) => valuesOf(frozen.classify, each));
    const before = operations(frozen.classify, x);
    warmUp(frozen.classify, x);
    const [tensors, data] = [tf.memory().numTensors, dataIds()];
    expect([x, other].map((each) => valuesOf(frozen.classify, each))).toEqual(expected);
    expect(operations(frozen.classify, x)).toBeLessThan(before);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(dataIds()).toBe(data);
    frozen.dispose();
    tf.dispose([x, other]);
    model.dispose();
  });

  it('follows weights from attack to attack, and within one', async () => {
    const [model, same] = [tinyConvNet(), tinyConvNet()];
    const x = image();
    for (const factor of [1, 0.7, -0.4]) {
      const frozen = freezeWeights(asClassifier(model));
      warmUp(frozen.classify, x);
      fill(model, factor);
      fill(same, factor);
      // After a change batch norm is no longer folded.
      const reference = freezeWeights(asClassifier(same));
      const plain = asClassifier(same);
      valuesOf(frozen.classify, x);
      const changed = valuesOf(frozen.classify, x);
      warmUp(frozen.classify, x);
      expect(valuesOf(frozen.classify, x)).toEqual(changed);
      const close = valuesOf(plain, x).flat();
      changed.flat().forEach((value, i) => expect(value).toBeCloseTo(close[i] ?? NaN, 4));
      const next = freezeWeights(asClassifier(model));
      valuesOf(reference.classify, x);
      valuesOf(next.classify, x);
      expect(valuesOf(next.classify, x)).toEqual(valuesOf(reference.classify, x));
      for (const each of [frozen, reference, next]) each.dispose();
    }
    x.dispose();
    model.dispose();
    same.dispose();
  });
});

class Moody extends tfl.layers.Layer {
  static readonly className: string = 'Moody';
  calls = 0;
  override computeOutputShape(shape: tfl.layers.Layer['outputShape']) {
    return shape;
  }
  override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
    this.calls++;
    return tf.mul(Array.isArray(x) ? (x[0] as tf.Tensor) : x, this.calls);
  }
}

describe('what is never recorded', () => {
  const expectSeen = (model: tfl.LayersModel, classify = asClassifier(model)) => {
    const x = image();
    const frozen = freezeWeights(classify);
    [1, 2, 3].forEach(() => valuesOf(frozen.classify, x));
    const before = operations(frozen.classify, x);
    warmUp(frozen.classify, x);
    expect(operations(frozen.classify, x)).toBe(before);
    frozen.dispose();
    x.dispose();
    model.dispose();
  };

  it('a layer of the program, whatever it does', () => {
    const moody = new Moody({});
    const model = modelOf(moody);
    const x = image();
    const frozen = freezeWeights(asClassifier(model));
    warmUp(frozen.classify, x);
    const calls = moody.calls;
    valuesOf(frozen.classify, x);
    expect(moody.calls).toBe(calls + 2);
    frozen.dispose();
    x.dispose();
    model.dispose();
  });

  it('a class derived from one of tf.layers, under no name of its own', () => {
    class Mine extends (l.dense({units: 1}).constructor as new (
      config: object,
    ) => tfl.layers.Layer) {}
    expectSeen(modelOf(l.flatten(), new Mine({units: 2})));
  });

  it('a layer whose call was replaced, and one inside a wrapper', () => {
    const layer = conv();
    const call = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => call(inputs, kwargs);
    expectSeen(modelOf(layer));
    expectSeen(
      modelOf(l.reshape({targetShape: [8, 8]}), l.timeDistributed({layer: l.dense({units: 2})})),
    );
  });

  it('a class of the program under a name of tf.layers, and dropout', () => {
    class ReLU extends Moody {
      static override readonly className = 'ReLU';
    }
    expectSeen(modelOf(new ReLU({})));
    expectSeen(modelOf(l.dropout({rate: 0.5})));
  });

  it('a layer that a program watches', () => {
    const layer = l.dense({units: 2});
    const seen: tf.Tensor[] = [];
    layer.setCallHook((inputs) => {
      seen.push(...[inputs].flat());
    });
    expectSeen(modelOf(l.flatten(), layer));
    expect(seen.length).toBeGreaterThan(2 * WARM);
  });

  it('an activation of the program', () => {
    const layer = l.dense({units: 2, activation: 'relu'});
    class Own {
      static className = 'own';
      getClassName = () => 'own';
      apply = (x: tf.Tensor) => tf.square(x);
    }
    (layer as unknown as {activation: object}).activation = new Own();
    expectSeen(modelOf(l.flatten(), layer));
  });

  it('a model whose apply was replaced', () => {
    const model = tinyConvNet();
    const apply = model.apply.bind(model);
    model.apply = (...given) => apply(...given);
    expectSeen(model);
  });

  it('a model with two weights of the same data, until they are apart', () => {
    const model = modelOf(
      l.conv2d({filters: 1, kernelSize: 1}),
      l.conv2d({filters: 1, kernelSize: 1}),
    );
    const x = image();
    const [kernel, bias, ...rest] = model.getWeights() as [tf.Tensor, tf.Tensor];
    model.setWeights([kernel, bias, kernel, bias, ...rest.slice(2)]);
    const frozen = freezeWeights(asClassifier(model));
    warmUp(frozen.classify, x);
    const other = tf.mul(kernel, -2);
    model.setWeights([kernel, bias, other, bias, ...rest.slice(2)]);
    const expected = valuesOf(asClassifier(model), x);
    warmUp(frozen.classify, x);
    valuesOf(frozen.classify, x)
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i] ?? NaN, 5));
    frozen.dispose();
    tf.dispose([x, other]);
    model.dispose();
  });

  it('a pass that is profiled', async () => {
    const model = tinyConvNet();
    const x = image();
    const frozen = freezeWeights(asClassifier(model));
    const namesOf = async () => {
      const {kernels} = await tf.profile(() => void valuesOf(frozen.classify, x));
      return kernels.map(({name}) => name);
    };
    [1, 2, 3].forEach(() => valuesOf(frozen.classify, x));
    const before = await namesOf();
    warmUp(frozen.classify, x);
    expect(await namesOf()).toEqual(before);
    frozen.dispose();
    x.dispose();
    model.dispose();
  });
});

describe('a recorded pass', () => {
  /** A frozen model whose passes are recorded. */
  function recorded(model: tfl.LayersModel, x: tf.Tensor4D) {
    const frozen = freezeWeights(asClassifier(model));
    warmUp(frozen.classify, x);
    return frozen;
  }

  it('is kept from one attack to the next, for each way to call the model', async () => {
    const model = tinyConvNet();
    const x = image();
    recorded(model, x).dispose();
    for (const classify of [asClassifier(model), layersClassifier(model).inference]) {
      const frozen = freezeWeights(classify);
      const inside: Classifier = (v) => frozen.classify(tf.mul(v, 2));
      const seen = kernelsOf(() => void valuesOf(inside, x));
      expect(seen.filter((name) => /Conv2D|MatMul/.test(name))).toEqual([]);
      frozen.dispose();
    }
    x.dispose();
    model.dispose();
  });

  it('is not the one of another output of the model', () => {
    const model = tinyConvNet({activation: 'softmax'});
    const x = image();
    recorded(model, x).dispose();
    const classify = layersClassifier(model, {output: 'probabilities'}).inference;
    const expected = valuesOf(classify, x);
    const frozen = freezeWeights(classify);
    warmUp(frozen.classify, x);
    valuesOf(frozen.classify, x)
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i] ?? NaN, 5));
    frozen.dispose();
    x.dispose();
    model.dispose();
  });

  it('gives way where an activation becomes another', () => {
    const model = modelOf(l.dense({units: 3, activation: 'relu'}));
    const x = image();
    recorded(model, x).dispose();
    const first = model.layers.find((layer) => layer.getClassName() === 'Dense') as unknown as {
      activation: object;
    };
    const tanh = l.dense({units: 1, activation: 'tanh'}) as unknown as {activation: object};
    first.activation = tanh.activation;
    const changed = freezeWeights(asClassifier(model));
    expect(valuesOf(changed.classify, x)[0]).toEqual(valuesOf(asClassifier(model), x)[0]);
    changed.dispose();
    x.dispose();
    model.dispose();
  });

  it('needs registerGradientKernels, and gives way where it is undone', async () => {
    const model = modelOf(l.dense({units: 3, activation: 'relu'}));
    const x = image();
    const frozen = recorded(model, x);
    const few = operations(frozen.classify, x);
    undo();
    const many = operations(frozen.classify, x);
    expect(many).toBeGreaterThan(few);
    const later = freezeWeights(asClassifier(model));
    warmUp(later.classify, x);
    expect(operations(later.classify, x)).toBeGreaterThan(few);
    undo = await registerGradientKernels();
    warmUp(frozen.classify, x);
    expect(operations(frozen.classify, x)).toBe(few);
    frozen.dispose();
    later.dispose();
    x.dispose();
    model.dispose();
  });

  it('gives way where a setting of a layer becomes another between two attacks', () => {
    const changes: [tfl.layers.Layer, object][] = [
      [l.leakyReLU({alpha: 0.1}), {alpha: 0.9}],
      [l.thresholdedReLU({theta: 0.2}), {theta: 0}],
      [l.batchNormalization(), {epsilon: 0.5}],
      [l.conv2d({filters: 2, kernelSize: 3, padding: 'same'}), {dilationRate: [2, 2]}],
    ];
    for (const [layer, change] of changes) {
      const model = modelOf(layer);
      const x = image();
      recorded(model, x).dispose();
      const before = valuesOf(asClassifier(model), x)[0];
      Object.assign(layer, change);
      const expected = valuesOf(asClassifier(model), x).flat();
      expect(expected.slice(0, 6)).not.toEqual(before);
      const frozen = freezeWeights(asClassifier(model));
      valuesOf(frozen.classify, x)
        .flat()
        .forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 4));
      frozen.dispose();
      x.dispose();
      model.dispose();
    }
  });

  it('gives way where a gradient is registered anew', () => {
    const model = modelOf(conv(), l.activation({activation: 'tanh'}));
    const x = image();
    recorded(model, x).dispose();
    const shipped = tf.getGradient(tf.Tanh);
    tf.unregisterGradient(tf.Tanh);
    tf.registerGradient({...shipped, gradFunc: (dy) => ({x: () => tf.clone(dy as tf.Tensor)})});
    const frozen = freezeWeights(asClassifier(model));
    const [, , gradient = []] = valuesOf(frozen.classify, x);
    const expected = valuesOf(asClassifier(model), x)[2] ?? [];
    gradient.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 4));
    tf.unregisterGradient(tf.Tanh);
    tf.registerGradient(shipped);
    frozen.dispose();
    x.dispose();
    model.dispose();
  });

  it('takes the weights of its own forward pass, whatever they are afterwards', () => {
    const model = modelOf(conv(), l.activation({activation: 'tanh'}), l.maxPooling2d({}));
    const x = image();
    const snapshots = [0.5, -0.7, 0.9].map((factor) =>
      model.getWeights().map((weight) => tf.keep(tf.mul(weight, factor))),
    );
    const inner = asClassifier(model);
    const ensemble: Classifier = (v) =>
      tf.tidy(() =>
        snapshots
          .map((weights) => {
            model.setWeights(weights);
            return inner(v);
          })
          .reduce((a, b) => tf.add(a, b)),
      );
    const expected = valuesOf(ensemble, x).flat();
    const frozen = freezeWeights(ensemble);
    warmUp(frozen.classify, x);
    valuesOf(frozen.classify, x)
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 4));
    frozen.dispose();
    tf.dispose([x, ...snapshots.flat()]);
    model.dispose();
  });

  it('is not that of a classifier that passes another activation by', () => {
    const model = modelOf(l.dense({units: 4}));
    const x = image();
    const first = asClassifier(model);
    const last = model.layers.at(-1) as unknown as {activation: object};
    const softmax = l.dense({units: 1, activation: 'softmax'}) as unknown as {activation: object};
    last.activation = softmax.activation;
    recorded(model, x).dispose();
    const frozen = freezeWeights(first);
    warmUp(frozen.classify, x);
    expect(valuesOf(frozen.classify, x)[0]).toEqual(valuesOf(first, x)[0]);
    frozen.dispose();
    x.dispose();
    model.dispose();
  });

  it('gives the gradients to the weights to whoever asks for them', () => {
    const model = tinyConvNet();
    const x = image();
    const gradientsOf = (classify: Classifier) =>
      tf.tidy(() => {
        const {grads} = tf.variableGrads(() => tf.sum(crossEntropy(classify(x), labels)));
        return Object.values(grads).map(numbers);
      });
    const frozen = recorded(model, x);
    expect(gradientsOf(frozen.classify)).toEqual(
      gradientsOf(freezeWeights(asClassifier(model)).classify),
    );
    expect(gradientsOf(frozen.classify).length).toBeGreaterThan(3);
    frozen.dispose();
    x.dispose();
    model.dispose();
  });

  it('leaks nothing where the loss throws, before and after the model', async () => {
    const model = tinyConvNet();
    const x = image();
    const frozen = recorded(model, x);
    const data = dataIds();
    await expectNoLeak(() => {
      const loss = () => {
        throw new Error('no loss');
      };
      expect(() => inputGradient(frozen.classify, x, labels, loss)).toThrow('no loss');
      const late: Classifier = (v) => {
        frozen.classify(v);
        throw new Error('late');
      };
      expect(() => inputGradient(late, x, labels, crossEntropy)).toThrow('late');
      expect(() => logitsAt('test', late, x)).toThrow('late');
    });
    expect(dataIds()).toBe(data);
    frozen.dispose();
    x.dispose();
    model.dispose();
  });

  it('says of a disposed model what an ordinary pass says', () => {
    const model = tinyConvNet();
    const x = image();
    const frozen = recorded(model, x);
    const classify = asClassifier(model);
    frozen.dispose();
    model.dispose();
    const messageOf = (body: () => unknown): string => {
      try {
        body();
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing';
    };
    const plain = messageOf(() => logitsAt('test', classify, x));
    expect(plain).not.toBe('nothing');
    expect(messageOf(() => logitsAt('test', frozen.classify, x))).toBe(plain);
    x.dispose();
  });

  it('serves attacks of many steps, with the result of the ordinary ones', () => {
    const [model, other] = [tinyConvNet(), tinyConvNet()];
    const x = tf.tidy(() => tf.abs(image()) as tf.Tensor4D);
    const attack = (net: tfl.LayersModel, steps: number) =>
      tf.tidy(() => numbers(pgdAttack(net, x, labels, {steps})));
    const long = attack(model, 30);
    // Three attacks, none of which is long enough.
    expect(attack(other, 15)).toEqual(attack(model, 15));
    expect(attack(model, 30)).toEqual(long);
    x.dispose();
    model.dispose();
    other.dispose();
  });

  it('is dropped when the model has had many shapes, and comes again', () => {
    const model = modelOf(l.dense({units: 3}));
    const frozen = freezeWeights(asClassifier(model));
    const forward = (rows: number) => {
      const x = seeded<tf.Rank.R4>([rows, 8, 8, 1], 4);
      const logits = tf.tidy(() => numbers(logitsAt('test', frozen.classify, x)));
      x.dispose();
      return logits;
    };
    for (let i = 0; i < WARM; i++) forward(1);
    const expected = forward(1);
    for (let rows = 2; rows < 70; rows++) forward(rows);
    for (let i = 0; i < WARM; i++) expect(forward(1)).toEqual(expected);
    frozen.dispose();
    model.dispose();
  });
});
