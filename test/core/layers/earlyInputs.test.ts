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

/** Logits, and gradients to all trainable weights, of one training pass. */
function passOf(model: tfl.LayersModel, x: tf.Tensor, surround: Surround): number[][] {
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
    return [logits, ...Object.keys(grads).map((name) => numbers(grads[name] as tf.Tensor))];
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

/** Two layers that a network calls twice, and a network within it. */
function branching(): tfl.LayersModel {
  const inner = tfl.sequential({
    layers: [
      layers.dense({units: 4, activation: 'relu', inputShape: [4]}),
      layers.batchNormalization(),
      layers.activation({activation: 'linear'}),
    ],
  });
  const input = tfl.input({shape: [4]});
  const twice = layers.dense({units: 4});
  const once = twice.apply(inner.apply(input)) as tfl.SymbolicTensor;
  const again = twice.apply(layers.reLU().apply(once)) as tfl.SymbolicTensor;
  const sum = layers.add().apply([once, again]) as tfl.SymbolicTensor;
  return tfl.model({inputs: input, outputs: layers.dense({units: 3}).apply(sum) as never});
}

const NETWORKS: readonly (readonly [string, () => tfl.LayersModel, number[]])[] = [
  ['ResNet-18', () => resnet18({numClasses: 3, width: 2, seed: 1}), [2, 32, 32, 3]],
  ['PreActResNet-18', () => preActResnet18({numClasses: 3, width: 2, seed: 1}), [2, 32, 32, 3]],
  ['a network with branches', branching, [2, 4]],
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
