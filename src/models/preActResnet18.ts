import type {LayersModel} from '@tensorflow/tfjs-layers';

import {checkCount} from '../core/checks/checkTensors';
import {type Defaults, withDefaults} from '../core/options';
import {batchNorm, changesShape, convolution, relu, sum, type Place} from './parts/layering';
import {buildNetwork} from './parts/network';
import {NETWORK_DEFAULTS, type NetworkOptions} from './parts/networkOptions';

/** Options of {@link preActResnet18}. */
export interface PreActResnet18Options extends NetworkOptions {
  /** Channels of the first stage; the others have 2, 4 and 8 times as many. @defaultValue 64 */
  readonly width?: number | undefined;
}

const DEFAULTS: Defaults<PreActResnet18Options, 'normalization'> = {...NETWORK_DEFAULTS, width: 64};

/**
 * PreActResNet-18: batch norm and ReLU come before each convolution, and once more at the end;
 * 11 172 170 parameters for 10 classes. With `inputShape: [64, 64, 3]` the form for Tiny-ImageNet,
 * 11 269 640 for its 200 classes; the average is over the whole map, of 8×8 places there.
 *
 * Layers have the names of PyTorch's modules (`layer1.0.bn1`); see {@link loadStateDict}. Weights
 * start as PyTorch's default does, uniform within ±1/√fan-in.
 *
 * @param options - See {@link PreActResnet18Options}.
 * @returns An uncompiled `tf.LayersModel` from `[batch, height, width, channels]` to logits
 *   `[batch, numClasses]`; dispose it with `model.dispose()`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see He et al. 2016, Identity Mappings in Deep Residual Networks; with the last batch norm, as in
 *   Rice et al. 2020, Overfitting in Adversarially Robust Deep Learning.
 * @example
 * ```ts
 * import {preActResnet18} from 'lt-robust/models';
 *
 * const model = preActResnet18({inputShape: [64, 64, 3], numClasses: 200, width: 2});
 * model.outputs[0]?.shape; // => [null, 200]
 * ```
 */
export function preActResnet18(options: PreActResnet18Options = {}): LayersModel {
  const where = 'preActResnet18';
  const {width, ...shared} = withDefaults<typeof DEFAULTS>(where, DEFAULTS, options);
  checkCount(where, 'width', width);
  const body = (images: Place): Place => {
    let x = convolution(images, 'conv1', {filters: width, kernelSize: 3});
    for (const stage of [1, 2, 3, 4]) {
      const filters = width * 2 ** (stage - 1);
      x = preActBlock(x, `layer${stage}.0`, filters, stage === 1 ? 1 : 2);
      x = preActBlock(x, `layer${stage}.1`, filters, 1);
    }
    return relu(batchNorm(x, 'bn'), 'relu');
  };
  return buildNetwork({where, body, headName: 'linear'}, shared);
}

function preActBlock(x: Place, name: string, filters: number, strides: number): Place {
  const active = relu(batchNorm(x, `${name}.bn1`), `${name}.relu1`);
  const first = convolution(active, `${name}.conv1`, {filters, kernelSize: 3, strides});
  const hidden = relu(batchNorm(first, `${name}.bn2`), `${name}.relu2`);
  const branch = convolution(hidden, `${name}.conv2`, {filters, kernelSize: 3});
  const shortcut = changesShape(x, filters, strides)
    ? convolution(active, `${name}.shortcut.0`, {filters, kernelSize: 1, strides})
    : x;
  return sum(branch, shortcut, `${name}.add`);
}
