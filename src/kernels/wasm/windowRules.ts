import * as tf from '@tensorflow/tfjs-core';

import {at} from '../../core/at';
import type {Step} from '../kernelRecorder';
import {type ConvCall, convInfoOf, fusedLowest, simdConvolution, tileOf} from './convolution';
import {FEWEST_CHANNELS} from './direct';
import type {Axis, Run} from './reach';

/** Inputs of a rectangle of outputs, along one axis. */
export type Seen = Run & {readonly before: number};

/** A rectangle of outputs, and what is known of the inputs that it sees. */
export interface Place {
  /** Rows, and columns, of outputs. */
  readonly height: number;
  readonly width: number;
  /** Zeros before the inputs. */
  readonly top: number;
  readonly left: number;
}

/** How a rectangle of the output of a kernel is computed from one of its inputs. */
export interface WindowRule {
  readonly rows: Axis;
  readonly columns: Axis;
  /** Names of the inputs that have these axes; others are the same for all places. */
  readonly images: readonly string[];
  /**
   * Computes a rectangle, to the digits that the whole output has there.
   *
   * @param parts - What the rectangle sees of each of `images`.
   * @returns `undefined` where that cannot be.
   */
  run(parts: Readonly<Record<string, tf.Tensor>>, place: Place): tf.TensorInfo | undefined;
}

// Each value by itself, by operations that are rounded once: the digits do not depend on what else is computed.
const OF_VALUES = new Set<string>([
  ...[tf.Add, tf.Sub, tf.Multiply, tf.Maximum, tf.Minimum],
  ...[tf.Relu, tf.Relu6, tf.LeakyRelu, tf.FusedBatchNorm],
]);

const ofOne = {filter: 1, stride: 1, before: 0, tile: 1};

type Images = readonly [number, number, number, number];

const isImages = (shape: readonly number[]): shape is Images => shape.length === 4;

/** A step whose inputs have names. */
export interface Named extends Step {
  readonly inputs: Readonly<Record<string, tf.Tensor | undefined>>;
}

/** Whether the inputs of a step have names. */
export const isNamed = (step: Step): step is Named => !Array.isArray(step.inputs);

/** Each value of the output is made of those at its place. */
function ofValues(step: Named, backend: object): WindowRule | undefined {
  const {shape} = at(at(step.outputs, 0).slots, 0);
  if (!isImages(shape)) return undefined;
  const images: string[] = [];
  for (const [name, input] of Object.entries(step.inputs)) {
    if (!input) continue;
    if (tf.util.arraysEqual(input.shape, shape)) images.push(name);
    else if (input.rank > 1) return undefined;
  }
  return {
    rows: {...ofOne, inputs: shape[1], outputs: shape[1]},
    columns: {...ofOne, inputs: shape[2], outputs: shape[2]},
    images,
    run: (parts) => single(step.run({...step, inputs: {...step.inputs, ...parts}, backend})),
  };
}

const single = (made: tf.TensorInfo | tf.TensorInfo[]): tf.TensorInfo | undefined =>
  Array.isArray(made) ? made[0] : made;

const isConvolution = (call: object): call is ConvCall =>
  'inputs' in call && 'attrs' in call && 'backend' in call;

function ofConvolution(step: Named, backend: object): WindowRule | undefined {
  const call: object = {inputs: step.inputs, attrs: step.attrs, backend};
  if (!isConvolution(call)) return undefined;
  const info = convInfoOf(call);
  const isFused = step.name === tf.FusedConv2D;
  const low = isFused ? lowestOfFused(call) : -Infinity;
  // Of fewer filters XNNPACK computes the whole.
  if (!info || low === undefined || info.outChannels < FEWEST_CHANNELS) return undefined;
  const tile = tileOf(call, info);
  return {
    rows: {
      ...{inputs: info.inHeight, outputs: info.outHeight, filter: info.filterHeight},
      ...{stride: info.strideHeight, before: info.padInfo.top, tile},
    },
    columns: {
      ...{inputs: info.inWidth, outputs: info.outWidth, filter: info.filterWidth},
      ...{stride: info.strideWidth, before: info.padInfo.left, tile},
    },
    images: ['x'],
    run: ({x}, {height, width, top, left}) =>
      x && isBatch(x)
        ? simdConvolution(call, low, {x, top, left, outHeight: height, outWidth: width})
        : undefined,
  };
}

const isBatch = (x: tf.Tensor): x is tf.Tensor4D => x.rank === 4;

const hasActivation = (attrs: object): attrs is tf.FusedConv2DAttrs => 'activation' in attrs;

const lowestOfFused = (call: ConvCall): number | undefined =>
  hasActivation(call.attrs) ? fusedLowest({...call, attrs: call.attrs}) : undefined;

const isPool = (attrs: object | undefined): attrs is tf.MaxPoolAttrs =>
  attrs !== undefined && 'filterSize' in attrs;

/** The largest of each window, none of which reaches beyond the image. */
function ofMaxPool(step: Named, backend: object): WindowRule | undefined {
  const {attrs, inputs} = step;
  const {x} = inputs;
  if (!x || !isBatch(x) || !isPool(attrs)) return undefined;
  const {filterSize, strides, pad, dimRoundingMode} = attrs;
  const info = tf.backend_util.computePool2DInfo(
    ...([x.shape, filterSize, strides, 1, pad, dimRoundingMode] as const),
  );
  const {top, bottom, left, right} = info.padInfo;
  if (top + bottom + left + right !== 0) return undefined;
  return {
    rows: {
      ...{inputs: info.inHeight, outputs: info.outHeight, filter: info.filterHeight},
      ...{stride: info.strideHeight, before: 0, tile: 1},
    },
    columns: {
      ...{inputs: info.inWidth, outputs: info.outWidth, filter: info.filterWidth},
      ...{stride: info.strideWidth, before: 0, tile: 1},
    },
    images: ['x'],
    run: (parts) =>
      single(step.run({inputs: parts, attrs: {...step.attrs, pad: 'valid'}, backend})),
  };
}

const isPadding = (attrs: object | undefined): attrs is tf.PadV2Attrs =>
  attrs !== undefined && 'paddings' in attrs;

/** The same values, further down and to the right. */
function ofPadding({inputs: {x}, attrs}: Named): WindowRule | undefined {
  if (!x || !isBatch(x) || !isPadding(attrs)) return undefined;
  const [batch = [1, 1], rows = [0, 0], columns = [0, 0], channels = [1, 1]] = attrs.paddings;
  if ([...batch, ...channels].some((count) => count !== 0)) return undefined;
  const axis = (inputs: number, [before, after]: readonly [number, number]): Axis => ({
    ...ofOne,
    ...{inputs, outputs: before + inputs + after, before},
  });
  return {
    rows: axis(x.shape[1], rows),
    columns: axis(x.shape[2], columns),
    images: ['x'],
    run: (parts) => parts['x'],
  };
}

/** How a step computes a rectangle of its output; `undefined` where it can only compute all of it. */
export function windowRule(step: Step, backend: object): WindowRule | undefined {
  if (!isNamed(step) || step.outputs.length !== 1) return undefined;
  switch (step.name) {
    case tf.Conv2D:
    case tf.FusedConv2D:
      return ofConvolution(step, backend);
    case tf.MaxPool:
      return ofMaxPool(step, backend);
    case tf.PadV2:
      return ofPadding(step);
    default:
      return OF_VALUES.has(step.name) ? ofValues(step, backend) : undefined;
  }
}
