import {layers, sequential, type LayersModel} from '@tensorflow/tfjs-layers';

import {checkBackend} from '../core/checks/checkBackend';
import {checkNumber} from '../core/checks/checkNumber';
import {checkNumbers} from '../core/checks/checkNumbers';
import {checkCount} from '../core/checks/checkTensors';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {createRng} from '../core/rng';
import {fittingWeights} from './parts/fittingWeights';
import {initialise} from './parts/initialise';
import {headLayer} from './parts/network';
import {checkEnds, MOST_CLASSES, type NetworkOptions} from './parts/networkOptions';
import {normalizationLayer} from './parts/normalization';

/** Options of {@link smallConvNet}. */
export interface SmallConvNetOptions extends Pick<NetworkOptions, 'head' | 'normalization'> {
  /** Height, width and channels of one image. */
  readonly inputShape: readonly [height: number, width: number, channels: number];
  /** Number of logits. */
  readonly numClasses: number;
  /** Filters of each convolution; each halves height and width. @defaultValue [16, 32] */
  readonly channels?: readonly number[] | undefined;
  /** Side of the convolutions' filters, in pixels. @defaultValue 3 */
  readonly kernelSize?: number | undefined;
  /** Whether each convolution is followed by batch norm (then without bias). @defaultValue false */
  readonly batchNorm?: boolean | undefined;
  /** Width of a dense layer with ReLU before the last one; 0 for none. @defaultValue 0 */
  readonly hiddenUnits?: number | undefined;
  /**
   * Seed of the initial weights, an integer from 0: the same seed gives the same weights.
   * @defaultValue 0
   */
  readonly seed?: number | undefined;
}

const DEFAULTS: Defaults<SmallConvNetOptions, 'normalization'> = {
  inputShape: [0, 0, 0],
  numClasses: 0,
  channels: [16, 32],
  kernelSize: 3,
  batchNorm: false,
  hiddenUnits: 0,
  head: 'linear',
  normalization: undefined,
  seed: 0,
};

/**
 * A small convolutional classifier for images, quick enough to train against attacks on a CPU:
 * strided convolutions with ReLU, then a dense layer to logits (no softmax). Kernels and biases
 * start as PyTorch's do, uniform within ±1/√fan-in.
 *
 * Convolutions pad as TensorFlow.js's `'same'` does: of an even side one more behind than in front, where
 * PyTorch with `padding=(k-1)/2` pads both alike. Weights that were trained in PyTorch give the same
 * logits only if the network there pads like this. Layers are named `conv1`, `bn1`, `relu1` and so on, `flatten`,
 * `hidden` and `linear`.
 *
 * @param options - See {@link SmallConvNetOptions}.
 * @returns An uncompiled `tf.LayersModel` from `[batch, height, width, channels]` to
 *   `[batch, numClasses]`; dispose it with `model.dispose()`.
 * @throws {@link InvalidArgumentError} if a size is not a positive integer, or another option is out of
 *   range.
 * @example
 * ```ts
 * import {smallConvNet} from 'lt-robust/models';
 *
 * const model = smallConvNet({inputShape: [28, 28, 1], numClasses: 10, channels: [8, 16]});
 * model.countParams(); // => 9098
 * ```
 */
export function smallConvNet(options: SmallConvNetOptions): LayersModel {
  const where = 'smallConvNet';
  const settings = withDefaults<typeof DEFAULTS>(where, DEFAULTS, options);
  checkSettings(where, settings);
  checkBackend(where);
  return fittingWeights(where, 'channels', () => built(settings));
}

function built(settings: typeof DEFAULTS): LayersModel {
  const {inputShape, channels, kernelSize, batchNorm, hiddenUnits, normalization, seed} = settings;
  // Zeros are cheap: initialise() overwrites them.
  const zeros = {kernelInitializer: 'zeros', biasInitializer: 'zeros'} as const;
  const head = headLayer('linear', settings);
  const pixels = normalization && normalizationLayer('smallConvNet', normalization, inputShape);
  const drawn: layers.Layer[] = channels.flatMap((filters, i) => {
    const convolution = layers.conv2d({
      ...(i === 0 ? {inputShape: [...inputShape]} : {}),
      ...{...zeros, name: `conv${i + 1}`, filters, kernelSize, strides: 2, padding: 'same'},
      useBias: !batchNorm,
      ...(batchNorm ? {} : {activation: 'relu'}),
    });
    if (!batchNorm) return [convolution];
    const norm = layers.batchNormalization({name: `bn${i + 1}`, momentum: 0.9, epsilon: 1e-5});
    return [convolution, norm, layers.activation({name: `relu${i + 1}`, activation: 'relu'})];
  });
  drawn.push(layers.flatten({name: 'flatten'}));
  if (hiddenUnits > 0) {
    drawn.push(layers.dense({...zeros, name: 'hidden', units: hiddenUnits, activation: 'relu'}));
  }
  drawn.push(head);
  const model = sequential({layers: pixels === undefined ? drawn : [pixels.layer, ...drawn]});
  pixels?.fill();
  // By place among these: a normalisation in front changes no weight.
  const rng = createRng(seed);
  drawn.forEach((layer, position) => initialise(layer, rng.fork(position)));
  return model;
}

function checkSettings(where: string, settings: typeof DEFAULTS): void {
  const {inputShape, numClasses, channels, kernelSize, hiddenUnits, seed} = settings;
  const isShape = Array.isArray(inputShape) && inputShape.length === 3;
  if (!isShape || !Array.isArray(channels) || channels.length === 0) {
    throw new InvalidArgumentError({
      where,
      argument: isShape ? 'channels' : 'inputShape',
      expected: isShape ? 'have at least one entry' : 'be [height, width, channels]',
      found: describeValue(isShape ? channels : inputShape),
      remedy: 'Pass positive integers.',
    });
  }
  const count = {min: 1, integer: true};
  checkNumbers(where, 'inputShape', inputShape, count);
  checkNumbers(where, 'channels', channels, count);
  checkNumber(where, 'numClasses', numClasses, {min: 2, max: MOST_CLASSES, integer: true});
  checkCount(where, 'kernelSize', kernelSize);
  checkNumber(where, 'hiddenUnits', hiddenUnits, {min: 0, integer: true});
  checkEnds(where, settings);
  checkNumber(where, 'seed', seed, {min: 0, max: 0xffffffff, integer: true});
}
