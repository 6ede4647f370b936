import type * as tf from '@tensorflow/tfjs-core';

import {InvalidArgumentError} from './errors';

/**
 * What this package needs of a `tf.LayersModel`. It is recognised by its shape, never by
 * `instanceof`: two copies of tfjs-layers may meet in one program.
 */
export interface LayersModelLike {
  /** The layers, in order. */
  readonly layers: readonly unknown[];
  /** Symbolic inputs. */
  readonly inputs: readonly unknown[];
  /** Symbolic outputs. */
  readonly outputs: readonly unknown[];
  /** Runs the model on a concrete tensor. */
  apply(inputs: tf.Tensor, kwargs?: {training?: boolean}): unknown;
}

interface Activation {
  getClassName(): string;
  apply(x: tf.Tensor): tf.Tensor;
}

interface Layer {
  name: string;
  getClassName(): string;
  activation?: Activation | null;
  call: (inputs: tf.Tensor | tf.Tensor[], kwargs: object) => tf.Tensor | tf.Tensor[];
}

interface Variables {
  readonly trainableWeights: readonly {read(): tf.Tensor}[];
  readonly nonTrainableWeights: readonly {read(): tf.Tensor}[];
}

/** Whether `value` looks like a `tf.LayersModel` (a `tf.Sequential` among them). */
export function isLayersModel(value: object): value is LayersModelLike {
  return (
    'layers' in value &&
    Array.isArray(value.layers) &&
    'apply' in value &&
    typeof value.apply === 'function'
  );
}

// The layer that computes the model's output; a model may itself be the last layer of another.
function outputLayer(model: LayersModelLike): Layer {
  const [output] = model.outputs as readonly {sourceLayer: Layer | LayersModelLike}[];
  const layer = output?.sourceLayer ?? (model.layers.at(-1) as Layer | LayersModelLike);
  return isLayersModel(layer) ? outputLayer(layer) : layer;
}

type Ending = 'logits' | 'softmax layer' | 'softmax activation';

function endingOf(layer: Layer, where: string): Ending {
  if (layer.getClassName() === 'Softmax') return 'softmax layer';
  const activation = layer.activation?.getClassName();
  if (activation === 'softmax') return 'softmax activation';
  if (activation === 'sigmoid' || activation === 'hardSigmoid') {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'give logits [batch, classes], one score per class',
      found: `layer "${layer.name}" ending in ${activation}`,
      remedy:
        'Pass a function to logits: for one sigmoid unit with pre-activation s, two logits [0, s].',
    });
  }
  return 'logits';
}

const LINEAR: Activation = {getClassName: () => 'linear', apply: (x) => x};

// Runs `body` while the final softmax passes its input through. The layer is put back at once, so
// that the user's model is never seen changed. tfjs-layers clones what a layer returns unchanged.
function withoutSoftmax<T>(layer: Layer, ending: Ending, body: () => T): T {
  if (ending === 'softmax activation') {
    const activation = layer.activation as Activation;
    layer.activation = LINEAR;
    try {
      return body();
    } finally {
      layer.activation = activation;
    }
  }
  if (ending === 'softmax layer') {
    layer.call = (inputs) => (Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs);
    try {
      return body();
    } finally {
      delete (layer as Partial<Layer>).call; // the instance's own; the class keeps its method
    }
  }
  return body();
}

function checkSingle(model: LayersModelLike, where: string): void {
  for (const argument of ['inputs', 'outputs'] as const) {
    const count = model[argument].length;
    if (count !== 1) {
      throw new InvalidArgumentError({
        where,
        argument: 'model',
        expected: `have exactly one of its ${argument}`,
        found: `${count} ${argument}`,
        remedy: 'Wrap it in a function from x to logits that fixes the others.',
      });
    }
  }
}

/**
 * The function from `x` to the logits of a layers model.
 *
 * @param model - The model; a final softmax is passed by.
 * @param training - Whether batch norm and dropout run in training mode.
 * @param where - Name for error messages.
 * @returns A classifier that reads the model's current weights.
 * @throws {@link InvalidArgumentError} if the model has no logits or several inputs or outputs.
 */
export function logitsOf<I extends tf.Tensor>(
  model: LayersModelLike,
  training: boolean,
  where: string,
): (x: I) => tf.Tensor2D {
  checkSingle(model, where);
  const layer = outputLayer(model);
  const ending = endingOf(layer, where);
  return (x) => withoutSoftmax(layer, ending, () => model.apply(x, {training}) as tf.Tensor2D);
}

/** The trainable variables and the statistics of a layers model, each in the model's order. */
export function trainableParts(model: LayersModelLike): {
  variables: tf.Variable[];
  statistics: tf.Variable[];
} {
  const {trainableWeights, nonTrainableWeights} = model as LayersModelLike & Variables;
  // LayerVariable.read() returns the variable itself, typed as a tensor.
  const read = (weight: {read(): tf.Tensor}) => weight.read() as tf.Variable;
  return {variables: trainableWeights.map(read), statistics: nonTrainableWeights.map(read)};
}
