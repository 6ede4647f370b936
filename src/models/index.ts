/**
 * Models: networks as `tf.LayersModel`s, weights from and to PyTorch, and what turns a model into a
 * classifier. The only entry that loads tfjs-layers.
 *
 * @packageDocumentation
 */

import {registerCosineHead} from './cosineHead';

export {adjustedClassifier, type AdjustedClassifierOptions} from './adjustedClassifier';
export {cosineHead, type CosineHeadLayerOptions, type CosineHeadOptions} from './cosineHead';
export {layersClassifier, type LayersClassifierOptions} from './layersClassifier';
export {mobileNetV2, type MobileNetV2Options} from './mobileNetV2';
export {normalizePixels} from './normalizePixels';
export type {NetworkOptions} from './parts/networkOptions';
export type {PixelStatistics} from './parts/normalization';
export {
  loadStateDict,
  type LoadedStateDict,
  type LoadStateDictOptions,
} from './pytorch/loadStateDict';
export {renaming, torchvisionResnetNames, type NameMap} from './pytorch/nameMap';
export {readSafetensors, type Safetensors} from './pytorch/readSafetensors';
export {stateDict, type StateDictOptions} from './pytorch/stateDict';
export type {StateDict, StateTensor} from './pytorch/stateTensor';
export {writeSafetensors} from './pytorch/writeSafetensors';
export {preActResnet18, type PreActResnet18Options} from './preActResnet18';
export {resnet18, type Resnet18Options} from './resnet18';
export {smallConvNet, type SmallConvNetOptions} from './smallConvNet';
export {wideResnet, type WideResnetOptions} from './wideResnet';

// Errors that its functions throw.
export {DataFormatError, InvalidArgumentError} from '../core/errors';

// Saved models load in every program that imports from here. "sideEffects" in package.json names the
// built file, so that bundlers keep this line.
registerCosineHead();
