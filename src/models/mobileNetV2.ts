import type {LayersModel} from '@tensorflow/tfjs-layers';

import {checkNumber} from '../core/checks/checkNumber';
import {type Defaults, withDefaults} from '../core/options';
import {
  batchNorm,
  convolution,
  depthwiseConvolution,
  relu,
  sum,
  type Place,
} from './parts/layering';
import {buildNetwork} from './parts/network';
import {NETWORK_DEFAULTS, scaled, type NetworkOptions} from './parts/networkOptions';

/** Options of {@link mobileNetV2}. */
export interface MobileNetV2Options extends NetworkOptions {
  /** What all numbers of channels are multiplied by; they are then rounded. @defaultValue 1 */
  readonly width?: number | undefined;
}

const DEFAULTS: Defaults<MobileNetV2Options, 'normalization'> = {...NETWORK_DEFAULTS, width: 1};

const STAGES = [
  {expansion: 1, channels: 16, blocks: 1, strides: 1},
  {expansion: 6, channels: 24, blocks: 2, strides: 1},
  {expansion: 6, channels: 32, blocks: 3, strides: 2},
  {expansion: 6, channels: 64, blocks: 4, strides: 2},
  {expansion: 6, channels: 96, blocks: 3, strides: 1},
  {expansion: 6, channels: 160, blocks: 3, strides: 2},
  {expansion: 6, channels: 320, blocks: 1, strides: 1},
];

/**
 * MobileNetV2 for small images, the student of adversarially robust distillation; 2 296 922
 * parameters for 10 classes. It differs from torchvision's: three of the strides are 1, the
 * activation is ReLU, blocks at stride 1 that change the number of channels have a convolution as
 * shortcut, and the first block has an expanding convolution as well.
 *
 * Layers have the names of PyTorch's modules (`layers.0.conv1`); see {@link loadStateDict}. Weights
 * start as PyTorch's default does, uniform within ±1/√fan-in.
 *
 * @param options - See {@link MobileNetV2Options}.
 * @returns An uncompiled `tf.LayersModel` from `[batch, height, width, channels]` to logits
 *   `[batch, numClasses]`; dispose it with `model.dispose()`.
 * @throws {@link InvalidArgumentError} if an option is out of range.
 * @see Sandler et al. 2018, MobileNetV2; Goldblum et al. 2020, Adversarially Robust Distillation.
 * @example
 * ```ts
 * import {mobileNetV2} from 'lt-robust/models';
 *
 * const model = mobileNetV2({width: 0.25});
 * model.outputs[0]?.shape; // => [null, 10]
 * ```
 */
export function mobileNetV2(options: MobileNetV2Options = {}): LayersModel {
  const where = 'mobileNetV2';
  const {width, ...shared} = withDefaults<typeof DEFAULTS>(where, DEFAULTS, options);
  checkNumber(where, 'width', width, {above: 0});
  const body = (images: Place): Place => {
    let x = stem(images, scaled(32, width));
    let position = 0;
    for (const {expansion, channels, blocks, strides} of STAGES) {
      for (let block = 0; block < blocks; block++) {
        const filters = scaled(channels, width);
        const name = `layers.${position++}`;
        x = bottleneck(x, name, {expansion, filters, strides: block === 0 ? strides : 1});
      }
    }
    const last = convolution(x, 'conv2', {filters: scaled(1280, width), kernelSize: 1});
    return relu(batchNorm(last, 'bn2'), 'relu2');
  };
  return buildNetwork({where, body, headName: 'linear'}, shared);
}

const stem = (images: Place, filters: number): Place =>
  relu(batchNorm(convolution(images, 'conv1', {filters, kernelSize: 3}), 'bn1'), 'relu1');

interface BottleneckSize {
  readonly expansion: number;
  readonly filters: number;
  readonly strides: number;
}

function bottleneck(x: Place, name: string, size: BottleneckSize): Place {
  const {expansion, filters, strides} = size;
  const channels = x.shape.at(-1) ?? 0;
  const wide = convolution(x, `${name}.conv1`, {filters: expansion * channels, kernelSize: 1});
  const expanded = relu(batchNorm(wide, `${name}.bn1`), `${name}.relu1`);
  const spatial = depthwiseConvolution(expanded, `${name}.conv2`, strides);
  const filtered = relu(batchNorm(spatial, `${name}.bn2`), `${name}.relu2`);
  const narrow = convolution(filtered, `${name}.conv3`, {filters, kernelSize: 1});
  const branch = batchNorm(narrow, `${name}.bn3`);
  if (strides !== 1) return branch;
  const projected = () => {
    const shortcut = convolution(x, `${name}.shortcut.0`, {filters, kernelSize: 1});
    return batchNorm(shortcut, `${name}.shortcut.1`);
  };
  return sum(branch, channels === filters ? x : projected(), `${name}.add`);
}
