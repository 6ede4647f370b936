import {layers, type SymbolicTensor} from '@tensorflow/tfjs-layers';

/** A place in a network under construction, which the functions of this file take and return. */
export type Place = SymbolicTensor;

/** Size of a convolution. */
export interface ConvolutionSize {
  /** Output channels. */
  readonly filters: number;
  /** Side of the kernel, in pixels. */
  readonly kernelSize: number;
  /** Step between outputs. */
  readonly strides?: number;
}

/** Puts a layer behind a place. */
export const through = (layer: layers.Layer, x: Place | Place[]): Place => layer.apply(x) as Place;

// PyTorch pads both sides by (k - 1) / 2. So does 'same', but only at stride 1.
function padded(x: Place, name: string, kernelSize: number, strides: number) {
  if (strides === 1) return {x, padding: 'same' as const};
  const margin = (kernelSize - 1) / 2;
  const layer = layers.zeroPadding2d({
    name: `${name}.pad`,
    padding: [
      [margin, margin],
      [margin, margin],
    ],
  });
  return {x: margin === 0 ? x : through(layer, x), padding: 'valid' as const};
}

/** A convolution without bias, padded as PyTorch does with `padding=(k-1)/2`. */
export function convolution(x: Place, name: string, size: ConvolutionSize): Place {
  const {filters, kernelSize, strides = 1} = size;
  const {x: input, padding} = padded(x, name, kernelSize, strides);
  const layer = layers.conv2d({
    name,
    filters,
    kernelSize,
    strides,
    padding,
    useBias: false,
    kernelInitializer: 'zeros',
  });
  return through(layer, input);
}

/** A depthwise 3×3 convolution without bias, padded as PyTorch does with `padding=1`. */
export function depthwiseConvolution(x: Place, name: string, strides: number): Place {
  const {x: input, padding} = padded(x, name, 3, strides);
  const layer = layers.depthwiseConv2d({
    name,
    kernelSize: 3,
    strides,
    padding,
    useBias: false,
    depthwiseInitializer: 'zeros',
  });
  return through(layer, input);
}

/** Batch norm with PyTorch's defaults; tfjs's momentum is 1 minus PyTorch's. */
export const batchNorm = (x: Place, name: string): Place =>
  through(layers.batchNormalization({name, momentum: 0.9, epsilon: 1e-5}), x);

/** ReLU. */
export const relu = (x: Place, name: string): Place =>
  through(layers.activation({name, activation: 'relu'}), x);

/** Sum of two branches of equal shape. */
export const sum = (a: Place, b: Place, name: string): Place => through(layers.add({name}), [a, b]);

/** 3×3 maximum at stride 2 of non-negative values, padded as PyTorch does with `padding=1`. */
export function maxPool(x: Place, name: string): Place {
  // PyTorch pads with -∞, which gives the same where nothing is below 0.
  const {x: input, padding} = padded(x, name, 3, 2);
  return through(layers.maxPooling2d({name, poolSize: 3, strides: 2, padding}), input);
}

/** Whether a block changes the shape, so that its shortcut needs a convolution. */
export const changesShape = (x: Place, filters: number, strides: number): boolean =>
  strides !== 1 || x.shape.at(-1) !== filters;
