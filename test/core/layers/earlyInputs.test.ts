import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {describe, expect, it} from 'vitest';

import {withEarlyInputs} from '../../../src/core/layers/earlyInputs';
import {preActResnet18} from '../../../src/models/preActResnet18';
import {resnet18} from '../../../src/models/resnet18';
import {withGradientKernels} from '../../../src/kernels/withGradientKernels';
import {seeded} from '../../support/models';
import {expectNoLeak, numbers} from '../../support/tensors';

type Surround = <T>(model: tfl.LayersModel, body: () => T) => T;

const asItIs: Surround = (_, body) => body();
const {layers} = tfl;

/** Logits of a training pass, and of one with its gradients to all trainable weights, and these. */
function passOf(model: tfl.LayersModel, x: tf.Tensor, surround: Surround): number[][] {
  // Without a tape nothing else holds what a layer was given.
  const alone = tf.tidy(() =>
    numbers(surround(model, () => model.apply(x, {training: true}) as tf.Tensor)),
  );
  return tf.tidy(() => {
    let logits: number[] = [];
    const {grads} = tf.variableGrads(
      () => {
        const y = surround(model, () => model.apply(x, {training: true}) as tf.Tensor);
        logits = numbers(y);
        return tf.sum<tf.Scalar>(tf.square(y));
      },
      model.trainableWeights.map((weight) => weight.read() as tf.Variable),
    );
    return [alone, logits, ...Object.keys(grads).map((name) => numbers(grads[name] as tf.Tensor))];
  });
}

/** What is in memory when the model's last layer is called, beside what there was before. */
function heldAtEnd(model: tfl.LayersModel, x: tf.Tensor, surround: Surround): number {
  const before = tf.memory().numTensors;
  let held = 0;
  const last = model.layers.at(-1) as tfl.layers.Layer;
  last.setCallHook(() => {
    held = tf.memory().numTensors - before;
  });
  tf.tidy(() => {
    surround(model, () => model.apply(x, {training: true}));
  });
  last.clearCallHook();
  return held;
}

/** A layer that is called twice, a model within with two outputs, of which one makes the other, and a tied layer. */
function branching(): tfl.LayersModel {
  const inner = () => {
    const x = tfl.input({shape: [4]});
    const normal = layers.batchNormalization().apply(layers.dense({units: 4}).apply(x));
    const outputs = [normal, layers.reLU().apply(normal)] as tfl.SymbolicTensor[];
    return tfl.model({inputs: x, outputs});
  };
  const input = tfl.input({shape: [4]});
  const [first, second] = inner().apply(input) as tfl.SymbolicTensor[];
  const sum = layers.add().apply([first, second] as tfl.SymbolicTensor[]);
  const twice = layers.dense({units: 4});
  const hidden = layers.batchNormalization().apply(layers.dense({units: 4}).apply(sum));
  const once = layers.batchNormalization().apply(twice.apply(hidden));
  const again = twice.apply(layers.reLU().apply(once)) as tfl.SymbolicTensor;
  const norm = layers.batchNormalization();
  const tied = norm.apply(layers.dense({units: 4}).apply(again)) as tfl.SymbolicTensor;
  const outputs = layers.dense({units: 3}).apply(new Tied(norm).apply(tied));
  return tfl.model({inputs: input, outputs: outputs as tfl.SymbolicTensor});
}

/** Two layers that are called twice: what the first makes has one reader, and then two. */
function repeating(): tfl.LayersModel {
  const [first, second] = [layers.dense({units: 4}), layers.reLU()];
  const input = tfl.input({shape: [4]});
  const again = first.apply(second.apply(first.apply(input)));
  const sum = layers.add().apply([second.apply(again), again] as tfl.SymbolicTensor[]);
  return tfl.model({inputs: input, outputs: layers.dense({units: 3}).apply(sum) as never});
}

/** Two layers of which a model within has one reader each, and the model around it two. */
function sharing(): tfl.LayersModel {
  const [first, second] = [layers.dense({units: 4}), layers.reLU()];
  const x = tfl.input({shape: [4]});
  const inner = tfl.model({inputs: x, outputs: second.apply(first.apply(x)) as never});
  const input = tfl.input({shape: [4]});
  const once = first.apply(inner.apply(input));
  const sum = layers.add().apply([second.apply(once), once] as tfl.SymbolicTensor[]);
  return tfl.model({inputs: input, outputs: layers.dense({units: 3}).apply(sum) as never});
}

/** Calls a layer of the network on a tensor of its own, and reads that afterwards. */
class Tied extends layers.Layer {
  static className = 'TiedOfEarlyInputs';
  constructor(private readonly norm: tfl.layers.Layer) {
    super({});
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const own = tf.mul([inputs].flat()[0] as tf.Tensor, 2);
    return tf.add(own, this.norm.call(own, {training: false}) as tf.Tensor);
  }
}

/** A model whose call is the program's: each layer's output is read again. */
class Skipping extends tfl.Sequential {
  static override className = 'SkippingOfEarlyInputs';
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: object): tf.Tensor {
    let x = [inputs].flat()[0] as tf.Tensor;
    for (const layer of this.layers) x = tf.add(x, layer.apply(x, kwargs) as tf.Tensor);
    return x;
  }
}

const skipping = () =>
  new Skipping({
    layers: [
      layers.dense({units: 4, inputShape: [4]}),
      layers.batchNormalization(),
      layers.reLU(),
      layers.dense({units: 4}),
    ],
  });

const NETWORKS: readonly (readonly [string, () => tfl.LayersModel, number[]])[] = [
  ['ResNet-18', () => resnet18({numClasses: 3, width: 2, seed: 1}), [2, 32, 32, 3]],
  ['PreActResNet-18', () => preActResnet18({numClasses: 3, width: 2, seed: 1}), [2, 32, 32, 3]],
  ['a network with branches', branching, [2, 4]],
  ['layers that are called twice', repeating, [2, 4]],
  ['layers in two models', sharing, [2, 4]],
  ['a model with a call of its own', skipping, [2, 4]],
];

describe('withEarlyInputs', () => {
  it.each(NETWORKS)('changes no digit of %s, and leaves nothing', async (_, make, shape) => {
    const [model, twin] = [make(), make()];
    twin.setWeights(model.getWeights());
    const x = seeded(shape as [number, number], 3);
    await expectNoLeak(() => {
      const [early, late] = withGradientKernels(() => [
        passOf(model, x, withEarlyInputs),
        passOf(twin, x, asItIs),
      ]) as [number[][], number[][]];
      expect(early).toEqual(late);
    });
    model.dispose();
    twin.dispose();
    x.dispose();
  });

  it('holds less at the end of the forward pass', () => {
    const model = resnet18({numClasses: 3, width: 2, seed: 1});
    const x = seeded([1, 32, 32, 3], 3);
    const [early, late] = [heldAtEnd(model, x, withEarlyInputs), heldAtEnd(model, x, asItIs)];
    // Per block: after two convolutions, two norms, one ReLU and the sum.
    expect(late - early).toBeGreaterThanOrEqual(8 * 6);
    model.dispose();
    x.dispose();
  });

  it('leaves all layers of what is no model of tf.layers', () => {
    const model = skipping();
    const {inputs, outputs, layers: parts} = model;
    const view = {inputs, outputs, layers: parts, apply: () => undefined};
    for (const each of [model, view]) {
      withEarlyInputs(each, () => {
        expect(parts.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
      });
    }
    model.dispose();
  });

  it('leaves what a program watches', () => {
    const dense = () => layers.dense({units: 4, inputShape: [4]});
    const [first, plain, watched, last] = [dense(), dense(), dense(), dense()] as const;
    const model = tfl.sequential({layers: [first, layers.reLU(), plain, watched, last]});
    const seen: tf.Tensor[] = [];
    // An output by a call of the program's own, and an input by the hook of tf.layers.
    const {call} = first;
    first.call = (inputs, kwargs) => {
      const output = call.call(first, inputs, kwargs);
      seen.push(output as tf.Tensor);
      return output;
    };
    watched.setCallHook((inputs) => seen.push([inputs].flat()[0] as tf.Tensor));
    let areDisposed: boolean[] = [];
    last.setCallHook(() => {
      areDisposed = seen.map(({isDisposed}) => isDisposed);
    });
    const x = seeded([2, 4], 3);
    tf.tidy(() => {
      withEarlyInputs(model, () => model.apply(x, {training: true}) as tf.Tensor);
    });
    expect(areDisposed).toEqual([false, false]);
    expect(Object.hasOwn(plain, 'call')).toBe(false);
    model.dispose();
    x.dispose();
  });

  it('leaves the input, and a layer as it was when it throws', () => {
    const model = tfl.sequential({
      layers: [layers.reLU({inputShape: [4]}), layers.reLU(), layers.dense({units: 2})],
    });
    const x = seeded([2, 4], 3);
    const stop = new Error('stop');
    expect(() =>
      withEarlyInputs(model, () => {
        tf.dispose(model.apply(x, {training: true}) as tf.Tensor);
        expect(Object.hasOwn(model.layers[1] as object, 'call')).toBe(true);
        throw stop;
      }),
    ).toThrow(stop);
    expect(Object.hasOwn(model.layers[1] as object, 'call')).toBe(false);
    expect(x.isDisposed).toBe(false);
    model.dispose();
    x.dispose();
  });
});
