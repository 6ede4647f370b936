import type {LayersModel} from '@tensorflow/tfjs-layers';

import {checkOneOf} from '../core/checks/checkOneOf';
import {checkCount} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {
  batchNorm,
  changesShape,
  convolution,
  maxPool,
  relu,
  sum,
  type Place,
} from './parts/layering';
import {buildNetwork} from './parts/network';
import {NETWORK_DEFAULTS, type NetworkOptions} from './parts/networkOptions';

/** Options of {@link resnet18}. */
export interface Resnet18Options extends NetworkOptions {
  /** Channels of the first stage; the others have 2, 4 and 8 times as many. @defaultValue 64 */
  readonly width?: number | undefined;
  /**
   * What stands before the first stage. `'cifar'`: a 3×3 convolution at full resolution.
   * `'imagenet'`: torchvision's, a 7×7 convolution at stride 2 and a max-pool, which divide height
   * and width by 4. @defaultValue 'cifar'
   */
  readonly stem?: 'cifar' | 'imagenet' | undefined;
}

const DEFAULTS: Defaults<Resnet18Options, 'normalization'> = {
  ...NETWORK_DEFAULTS,
  width: 64,
  stem: 'cifar',
};

/**
 * ResNet-18 with the stem for small images, as the adversarial-training literature uses it for
 * CIFAR; 11 173 962 parameters for 10 classes. With `width: 16` a network narrow enough to train
 * on CPUs (701 466 parameters), and with `stem: 'imagenet'` torchvision's.
 *
 * Layers have the names of PyTorch's modules (`layer1.0.conv1`); see {@link loadStateDict}. Weights
 * start as PyTorch's default does, uniform within ±1/√fan-in.
 *
 * @param options - See {@link Resnet18Options}.
 * @returns An uncompiled `tf.LayersModel` from `[batch, height, width, channels]` to logits
 *   `[batch, numClasses]`; dispose it with `model.dispose()`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see He et al. 2016, Deep Residual Learning for Image Recognition.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {asClassifier} from 'lt-robust';
 * import {resnet18} from 'lt-robust/models';
 *
 * const model = resnet18({numClasses: 100, width: 4});
 * const logits = asClassifier(model)(tf.zeros([2, 32, 32, 3]));
 * logits.shape; // => [2, 100]
 * ```
 */
export function resnet18(options: Resnet18Options = {}): LayersModel {
  const where = 'resnet18';
  const settings = withDefaults<typeof DEFAULTS>(where, DEFAULTS, options);
  const {width, stem, ...shared} = settings;
  checkCount(where, 'width', width);
  checkOneOf(where, 'stem', stem, ['cifar', 'imagenet']);
  const body = (images: Place): Place => {
    let x = stem === 'cifar' ? cifarStem(images, width) : imagenetStem(images, width);
    for (const stage of [1, 2, 3, 4]) {
      const filters = width * 2 ** (stage - 1);
      x = basicBlock(x, `layer${stage}.0`, filters, stage === 1 ? 1 : 2);
      x = basicBlock(x, `layer${stage}.1`, filters, 1);
    }
    return x;
  };
  return buildNetwork({where, body, headName: 'linear'}, shared);
}

const cifarStem = (images: Place, filters: number): Place =>
  relu(batchNorm(convolution(images, 'conv1', {filters, kernelSize: 3}), 'bn1'), 'relu');

function imagenetStem(images: Place, filters: number): Place {
  const x = convolution(images, 'conv1', {filters, kernelSize: 7, strides: 2});
  return maxPool(relu(batchNorm(x, 'bn1'), 'relu'), 'maxpool');
}

function basicBlock(x: Place, name: string, filters: number, strides: number): Place {
  const first = convolution(x, `${name}.conv1`, {filters, kernelSize: 3, strides});
  const hidden = relu(batchNorm(first, `${name}.bn1`), `${name}.relu1`);
  const second = convolution(hidden, `${name}.conv2`, {filters, kernelSize: 3});
  const branch = batchNorm(second, `${name}.bn2`);
  const projected = () => {
    const shortcut = convolution(x, `${name}.shortcut.0`, {filters, kernelSize: 1, strides});
    return batchNorm(shortcut, `${name}.shortcut.1`);
  };
  const shortcut = changesShape(x, filters, strides) ? projected() : x;
  return relu(sum(branch, shortcut, `${name}.add`), `${name}.relu2`);
}
