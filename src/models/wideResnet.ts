import type {LayersModel} from '@tensorflow/tfjs-layers';

import {checkNumber} from '../core/checks/checkNumber';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {HE_FAN_OUT} from './parts/initialise';
import {batchNorm, changesShape, convolution, relu, sum, type Place} from './parts/layering';
import {buildNetwork} from './parts/network';
import {NETWORK_DEFAULTS, scaled, type NetworkOptions} from './parts/networkOptions';

/** Options of {@link wideResnet}. */
export interface WideResnetOptions extends NetworkOptions {
  /** Layers: 6n + 4, for n blocks in each of the three stages; at most 1204. @defaultValue 34 */
  readonly depth?: number | undefined;
  /**
   * Widening factor k: the stages have 16k, 32k and 64k channels. A fraction is allowed; channels
   * are then rounded. @defaultValue 10
   */
  readonly width?: number | undefined;
}

// Deeper ones take minutes to build.
const MOST_LAYERS = 1204;

const DEFAULTS: Defaults<WideResnetOptions, 'normalization'> = {
  ...NETWORK_DEFAULTS,
  depth: 34,
  width: 10,
};

/**
 * Wide ResNet, WRN-34-10 by default: 46 160 474 parameters for 10 classes. WRN-28-10, with
 * `depth: 28`, has 36 479 194. Published code of WRN-34-10 often counts 2 102 112 more: a copy of
 * the first stage that it never runs.
 *
 * Layers have the names of PyTorch's modules in RobustBench (`block1.layer.0.bn1`); see
 * {@link loadStateDict}. Convolutions start as N(0, 2 / (k² · filters)), the bias of the last layer
 * at 0, its weights uniform within ±1/√width.
 *
 * @param options - See {@link WideResnetOptions}.
 * @returns An uncompiled `tf.LayersModel` from `[batch, height, width, channels]` to logits
 *   `[batch, numClasses]`; dispose it with `model.dispose()`.
 * @throws {@link InvalidArgumentError} if an option is out of range, or `depth` is not 6n + 4.
 * @see Zagoruyko & Komodakis 2016, Wide Residual Networks.
 * @example
 * ```ts
 * import {wideResnet} from 'lt-robust/models';
 *
 * const model = wideResnet({depth: 10, width: 1, numClasses: 100});
 * model.outputs[0]?.shape; // => [null, 100]
 * ```
 */
export function wideResnet(options: WideResnetOptions = {}): LayersModel {
  const where = 'wideResnet';
  const settings = withDefaults<typeof DEFAULTS>(where, DEFAULTS, options);
  const {depth, width, ...shared} = settings;
  checkNumber(where, 'depth', depth, {min: 10, max: MOST_LAYERS, integer: true});
  checkNumber(where, 'width', width, {above: 0});
  if ((depth - 4) % 6 !== 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'depth',
      expected: 'be 6n + 4',
      found: describeValue(depth),
      remedy: 'Common depths are 16, 22, 28, 34 and 70.',
    });
  }
  const body = (images: Place): Place => {
    let x = convolution(images, 'conv1', {filters: 16, kernelSize: 3});
    for (const stage of [1, 2, 3]) {
      const filters = scaled(8 * 2 ** stage, width);
      for (let block = 0; block < (depth - 4) / 6; block++) {
        const strides = stage > 1 && block === 0 ? 2 : 1;
        x = wideBlock(x, `block${stage}.layer.${block}`, filters, strides);
      }
    }
    return relu(batchNorm(x, 'bn1'), 'relu');
  };
  return buildNetwork({where, body, headName: 'fc', initialisation: HE_FAN_OUT}, shared);
}

function wideBlock(x: Place, name: string, filters: number, strides: number): Place {
  const active = relu(batchNorm(x, `${name}.bn1`), `${name}.relu1`);
  const first = convolution(active, `${name}.conv1`, {filters, kernelSize: 3, strides});
  const hidden = relu(batchNorm(first, `${name}.bn2`), `${name}.relu2`);
  const branch = convolution(hidden, `${name}.conv2`, {filters, kernelSize: 3});
  const shortcut = changesShape(x, filters, strides)
    ? convolution(active, `${name}.convShortcut`, {filters, kernelSize: 1, strides})
    : x;
  return sum(shortcut, branch, `${name}.add`);
}
