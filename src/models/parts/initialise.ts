import * as tf from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';

import type {Rng} from '../../core/rng';

/** How the weights of a network start. */
export interface Initialisation {
  /**
   * Kernels of convolutions. `'uniform'`: PyTorch's default, U(±1/√fan-in). `'normal'`: He's with
   * fan-out, N(0, 2 / (k² · filters)).
   */
  readonly convolutions: 'uniform' | 'normal';
  /** Biases. `'uniform'`: PyTorch's default, U(±1/√fan-in). */
  readonly biases: 'uniform' | 'zeros';
}

/** What PyTorch does where a network does not choose. */
export const PYTORCH_DEFAULT: Initialisation = {convolutions: 'uniform', biases: 'uniform'};

/** What the published Wide ResNets do. */
export const HE_FAN_OUT: Initialisation = {convolutions: 'normal', biases: 'zeros'};

const INITIALISED: readonly string[] = ['Conv2D', 'DepthwiseConv2D', 'Dense', 'CosineHead'];

/**
 * Sets the weights of a convolution or a linear layer to their initial values. All other layers,
 * and those that are not trained, stay as they are.
 *
 * @param layer - Built.
 * @param rng - Of this layer alone.
 * @param how - See {@link Initialisation}.
 */
export function initialise(
  layer: layers.Layer,
  rng: Rng,
  how: Initialisation = PYTORCH_DEFAULT,
): void {
  if (!INITIALISED.includes(layer.getClassName()) || !layer.trainable) return;
  const [kernel, bias] = layer.weights;
  if (kernel === undefined) return;
  // A kernel is [..., in, out], a depthwise one [height, width, in, multiplier].
  const [outputs = 1, inputs = 1, width = 1, height = 1] = [...kernel.read().shape].reverse();
  const area = width * height;
  const isDepthwise = layer.getClassName() === 'DepthwiseConv2D';
  const fanIn = isDepthwise ? area : area * inputs;
  const fanOut = area * (isDepthwise ? inputs * outputs : outputs);
  const bound = 1 / Math.sqrt(fanIn);
  const deviation = Math.sqrt(2 / fanOut);
  const uniform = () => bound * (2 * rng.uniform() - 1);
  const isNormal = kernel.shape.length === 4 && how.convolutions === 'normal';
  setValues(kernel, isNormal ? () => deviation * rng.normal() : uniform);
  if (bias !== undefined) setValues(bias, how.biases === 'zeros' ? () => 0 : uniform);
}

function setValues(weight: layers.Layer['weights'][number], draw: () => number): void {
  const {shape, size} = weight.read();
  const values = tf.tensor(Float32Array.from({length: size}, draw), shape);
  weight.write(values);
  values.dispose();
}
