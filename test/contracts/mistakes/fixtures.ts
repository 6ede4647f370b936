// What a program that makes one mistake has right, and a way to make it: past the types.
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

import * as root from '../../../src/index';

/** A mistake, and the whole message that it gets. */
export type Mistake = readonly [what: string, make: () => unknown, message: string];

/** A function as it is called from JavaScript. */
export const untyped = (fn: unknown) => fn as (...args: unknown[]) => unknown;

const seeded = (seed: number) => ({kernelInitializer: tfl.initializers.glorotUniform({seed})});
const {layers} = tfl;

/** Rows of 3 features to 3 classes. */
export const net = () =>
  tfl.sequential({layers: [layers.dense({inputShape: [3], units: 3, ...seeded(1)})]});

/** Grey images of 6 by 6 to 3 classes. */
export const imageNet = () =>
  tfl.sequential({
    layers: [
      layers.conv2d({inputShape: [6, 6, 1], filters: 2, kernelSize: 3, ...seeded(1)}),
      layers.flatten(),
      layers.dense({units: 3, ...seeded(2)}),
    ],
  });

/** Two inputs a and b, whose sum goes to 3 classes. */
export function pairNet() {
  const inputs = ['a', 'b'].map((name) => tfl.input({shape: [3], name}));
  const sum = layers.add().apply(inputs) as tfl.SymbolicTensor;
  return tfl.model({inputs, outputs: layers.dense({units: 3}).apply(sum) as tfl.SymbolicTensor});
}

/** Two outputs, of 3 and of 2 classes. */
export function forkNet() {
  const input = tfl.input({shape: [3]});
  const outputs = [3, 2].map((units) => layers.dense({units}).apply(input) as tfl.SymbolicTensor);
  return tfl.model({inputs: input, outputs});
}

export const disposedNet = () => {
  const model = net();
  model.dispose();
  return model;
};

export const frozenNet = () => {
  const model = net();
  model.trainable = false;
  return model;
};

export const x = () => tf.tensor2d([[0.8, 0.2, 0.2], [0.2, 0.8, 0.4], [0.2, 0.2, 0.6]]); // prettier-ignore
export const images = () => tf.fill([3, 6, 6, 1], 0.5);
export const labels = () => tf.tensor1d([0, 1, 2], 'int32');
export const oneHot = () => tf.oneHot(labels(), 3);
export const data = () => ({x: x(), labels: labels()});
export const rng = () => root.createRng(1);
export const recipe = () => ({method: root.naturalTraining(), epochs: 1, batchSize: 2});
/** What an asynchronous function does in `tf.tidy`, with tensors of that tidy. */
export async function inTidy(call: () => unknown): Promise<void> {
  let result: unknown;
  tf.tidy(() => {
    result = call();
  });
  await result;
}

/** Logits of rows, by a function. */
export const logitsOf = (rows: unknown) => tf.matMul(rows as tf.Tensor2D, tf.eye(3));
