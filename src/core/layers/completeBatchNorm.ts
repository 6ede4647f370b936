import * as tf from '@tensorflow/tfjs-core';

import {swap} from '../swap';

interface Weight {
  read(): tf.Tensor;
}

/** The parts of a tf.layers layer that are used here; only a batch norm has the last three. */
interface Layer {
  getClassName?(): string;
  readonly layers?: readonly Layer[];
  readonly layer?: Layer;
  gamma?: Weight | null;
  beta?: Weight | null;
  readonly movingMean?: Weight;
}

/** A layer and all layers in it: of a model, and of a wrapper. */
const within = (layer: Layer): Layer[] => [
  layer,
  ...[...(layer.layers ?? []), ...(layer.layer ? [layer.layer] : [])].flatMap(within),
];

/**
 * Runs `body`, which may call the model in training mode, while every batch norm without a scale
 * has one of 1, and every one without an offset one of 0. tf.layers reads both in training mode,
 * even where there are none (`scale: false`, `center: false`), and throws a TypeError.
 *
 * @param model - Is changed for the duration of the call only.
 */
export function withCompleteBatchNorms<T>(model: object, body: () => T): T {
  const norms = within(model).filter((layer) => layer.getClassName?.() === 'BatchNormalization');
  const undo: (() => void)[] = [];
  const fill = (norm: Layer, name: 'gamma' | 'beta', make: (shape: number[]) => tf.Tensor) => {
    const {movingMean} = norm;
    if (norm[name] || !movingMean) return;
    undo.push(swap(norm, {[name]: {read: () => make(movingMean.read().shape)}}));
  };
  try {
    for (const norm of norms) {
      fill(norm, 'gamma', (shape) => tf.ones(shape));
      fill(norm, 'beta', (shape) => tf.zeros(shape));
    }
    return body();
  } finally {
    undo.reverse().forEach((restore) => restore());
  }
}
