import type * as tf from '@tensorflow/tfjs-core';

import {leavesOf} from './batchNorm';
import {isLayersModel, type LayersModelLike} from './layersModel';
import {pureClass, registeredClass} from './pureClass';

// Layers of tf.layers, and of this library, that run the same operations whenever they get an input of the
// same shape in inference mode. What a program adds may decide anew at each call, by its input or by
// chance, and is never among them. Dropout is not either: programs put one of their own, which draws in
// inference too, in its place.
const LAYERS = new Set([
  ...['InputLayer', 'Dense', 'Conv1D', 'Conv2D', 'Conv2DTranspose', 'SeparableConv2D'],
  ...['DepthwiseConv2D', 'BatchNormalization', 'LayerNormalization', 'CosineHead'],
  ...['Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax'],
  ...['Flatten', 'Reshape', 'Permute', 'RepeatVector', 'Concatenate'],
  ...['ZeroPadding2D', 'Cropping2D', 'UpSampling2D', 'MaxPooling1D', 'AveragePooling1D'],
  ...['MaxPooling2D', 'AveragePooling2D', 'GlobalAveragePooling1D', 'GlobalMaxPooling1D'],
  ...['GlobalAveragePooling2D', 'GlobalMaxPooling2D'],
  ...['Add', 'Multiply', 'Average', 'Maximum', 'Minimum'],
]);

const ACTIVATIONS = new Set([
  ...['elu', 'selu', 'relu', 'relu6', 'linear', 'sigmoid', 'hardSigmoid', 'softplus', 'softsign'],
  ...['tanh', 'softmax', 'logSoftmax', 'gelu', 'gelu_new', 'mish', 'swish'],
]);

const MODELS = new Set(['Model', 'Functional', 'Sequential']);

interface Watched {
  readonly activation?: object | null;
  readonly layer?: object;
  readonly weights?: readonly {read(): tf.Tensor}[];
}

function isKnown(names: ReadonlySet<string>, object: object): boolean {
  const name = pureClass(object);
  return name !== undefined && names.has(name) && registeredClass(name) === object.constructor;
}

/** The models in a model, itself among them. */
function modelsOf(model: LayersModelLike): readonly LayersModelLike[] {
  const inner = model.layers.filter(
    (layer): layer is LayersModelLike =>
      typeof layer === 'object' && layer !== null && isLayersModel(layer),
  );
  return [model, ...inner.flatMap(modelsOf)];
}

/** The models in a model, itself among them, where tf.layers runs each and no program watches any; else `undefined`. */
export function knownModels(model: object): readonly LayersModelLike[] | undefined {
  if (!isLayersModel(model)) return undefined;
  const models = modelsOf(model);
  return models.every((each) => isKnown(MODELS, each) && isUnwatched(each)) ? models : undefined;
}

/**
 * What of a layer decides what it computes: its settings, and what they refer to. Lists of numbers, such as
 * strides, count by their values.
 */
function settingsOf(layer: object): unknown[] {
  const settings: unknown[] = [layer, callOf(layer)];
  for (const value of Object.values(layer)) {
    const isNumbers = Array.isArray(value) && value.length < 8 && typeof value[0] === 'number';
    settings.push(isNumbers ? value.join() : value);
  }
  return settings;
}

/** A model as far as it decides which operations a pass in inference mode runs. */
export interface Structure {
  /** The settings of its layers. */
  readonly parts: readonly unknown[];
  /** Its variables, each once. */
  readonly weights: readonly tf.Tensor[];
}

/**
 * The structure of a model; `undefined` where it has a layer that may run other operations at each call, or
 * whose outputs a program watches.
 */
export function structureOf(model: object): Structure | undefined {
  const models = knownModels(model);
  if (!models || !isLayersModel(model)) return undefined;
  const parts: unknown[] = models.map(callOf);
  const weights = new Set<tf.Tensor>();
  for (const {layer} of leavesOf(model)) {
    if (!isOrdinary(layer)) return undefined;
    const {weights: own = []} = layer as Watched;
    parts.push(...settingsOf(layer));
    for (const weight of own) weights.add(weight.read());
  }
  return {parts, weights: [...weights]};
}

/** Whether a layer is a known one, as tf.layers or this library made it, and no program watches it. */
export function isOrdinary(layer: Watched): boolean {
  const {activation, layer: wrapped} = layer;
  const isActivationKnown = !activation || isKnown(ACTIVATIONS, activation);
  return !wrapped && isKnown(LAYERS, layer) && isActivationKnown && isUnwatched(layer);
}

const isUnwatched = (layer: object): boolean => !('_callHook' in layer && layer._callHook);

const callOf = (layer: object): unknown => ('call' in layer ? layer.call : undefined);

/** Whether two models, or one before and after, run the same operations on the same variables. */
export const isSameStructure = (a: Structure, b: Structure): boolean =>
  isSameList(a.parts, b.parts) && isSameList(a.weights, b.weights);

const isSameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((part, i) => Object.is(part, b[i]));
