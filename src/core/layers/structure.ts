import type * as tf from '@tensorflow/tfjs-core';

import {leavesOf} from './batchNorm';
import {isLayersModel, type LayersModelLike} from './layersModel';
import {pureClass} from './pureClass';

// Layers of tf.layers, and of this library, that run the same operations whenever they get an input of the
// same shape in inference mode. What a program adds may decide anew at each call, by its input or by
// chance, and is never among them.
const LAYERS = new Set([
  ...['InputLayer', 'Dense', 'Conv1D', 'Conv2D', 'Conv2DTranspose', 'SeparableConv2D'],
  ...[
    'DepthwiseConv2D',
    'BatchNormalization',
    'LayerNormalization',
    'Activation',
    'ReLU',
    'LeakyReLU',
  ],
  ...[
    'PReLU',
    'ELU',
    'ThresholdedReLU',
    'Softmax',
    'Flatten',
    'Reshape',
    'Permute',
    'RepeatVector',
  ],
  ...['Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
  ...['ZeroPadding2D', 'Cropping2D', 'UpSampling2D', 'MaxPooling1D', 'AveragePooling1D'],
  ...['MaxPooling2D', 'AveragePooling2D', 'GlobalAveragePooling1D', 'GlobalMaxPooling1D'],
  ...['GlobalAveragePooling2D', 'GlobalMaxPooling2D', 'Add', 'Multiply', 'Average', 'Maximum'],
  ...['Minimum', 'Concatenate', 'CosineHead'],
]);

const ACTIVATIONS = new Set([
  ...['elu', 'selu', 'relu', 'relu6', 'linear', 'sigmoid', 'hardSigmoid', 'softplus', 'softsign'],
  ...['tanh', 'softmax', 'logSoftmax', 'gelu', 'gelu_new', 'mish', 'swish'],
]);

const MODELS = new Set(['Model', 'Functional', 'Sequential']);

interface Activated {
  readonly activation?: object | null;
}

interface Weighted {
  readonly weights?: readonly {read(): tf.Tensor}[];
}

const isKnown = (names: ReadonlySet<string>, object: object): boolean =>
  names.has(pureClass(object) ?? '');

function modelsAreKnown(model: LayersModelLike): boolean {
  const inner = model.layers.filter(
    (layer) => typeof layer === 'object' && layer !== null && isLayersModel(layer),
  );
  return isKnown(MODELS, model) && inner.every((each) => modelsAreKnown(each as LayersModelLike));
}

/** A model as far as it decides which operations a pass in inference mode runs. */
export interface Structure {
  /** Its layers and their activations. */
  readonly parts: readonly unknown[];
  /** Its variables, each once. */
  readonly weights: readonly tf.Tensor[];
}

/**
 * The structure of a model; `undefined` where it has a layer that may run other operations at each call.
 */
export function structureOf(model: LayersModelLike): Structure | undefined {
  if (!modelsAreKnown(model)) return undefined;
  const parts: unknown[] = [];
  const weights = new Set<tf.Tensor>();
  for (const {layer} of leavesOf(model)) {
    const {activation} = layer as Activated;
    const isActivationKnown = !activation || isKnown(ACTIVATIONS, activation);
    if (layer.layer || !isKnown(LAYERS, layer) || !isActivationKnown) return undefined;
    parts.push(layer, activation);
    for (const weight of (layer as Weighted).weights ?? []) weights.add(weight.read());
  }
  return {parts, weights: [...weights]};
}

/** Whether two models, or one before and after, run the same operations on the same variables. */
export const isSameStructure = (a: Structure, b: Structure): boolean =>
  isSameList(a.parts, b.parts) && isSameList(a.weights, b.weights);

const isSameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((part, i) => part === b[i]);
