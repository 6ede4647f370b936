import * as tf from '@tensorflow/tfjs-core';
import {loadGraphModel} from '@tensorflow/tfjs-converter';
import {loadLayersModel} from '@tensorflow/tfjs-layers';
import {asClassifier, type Classifier, type Model} from 'lt-robust';

import type {ModelInfo, PixelRange} from '../protocol';
import {TroubleError} from './trouble';
import type {ModelSource} from './modelFiles';

/** A network that is open. */
export interface OpenModel {
  /** Takes pixels from 0 to 1, whatever the network itself takes. */
  readonly classify: Classifier;
  readonly info: Omit<ModelInfo, 'classNames' | 'knowsSamples'>;
  readonly dispose: () => void;
}

/** What the network takes for black and for white. */
export const ENDS: Readonly<Record<PixelRange, readonly [number, number]>> = {
  '0..1': [0, 1],
  '-1..1': [-1, 1],
  '0..255': [0, 255],
};

const DEFAULT_SIZE = 224; // where a network takes any size
const LEAST_SIDE = 8; // fewer numbers in a row are no image

type InputShape = ModelInfo['inputShape'];

interface Taken {
  readonly inputShape: InputShape;
  readonly axes: ModelInfo['axes'];
}

const side = (pixels: number): number | undefined =>
  Number.isInteger(Math.sqrt(pixels)) ? Math.sqrt(pixels) : undefined;

/** The square images whose pixels, all in a row, a network takes. */
function squareOf(length: number): InputShape | undefined {
  const [grey, colour] = [side(length), side(length / 3)];
  if (grey !== undefined && grey >= LEAST_SIDE) return [grey, grey, 1];
  return colour !== undefined && colour >= LEAST_SIDE ? [colour, colour, 3] : undefined;
}

/** The images that a network takes. */
function imagesOf(shape: readonly (number | null)[] | undefined): Taken {
  const size = (length: number | null | undefined) =>
    length === null || length === undefined || length < 1 ? DEFAULT_SIZE : length;
  const [height, width, channels] = shape ?? [];
  if (shape?.length === 3 && (channels === 1 || channels === 3)) {
    return {inputShape: [size(height), size(width), channels], axes: 3};
  }
  if (shape?.length === 2) return {inputShape: [size(height), size(width), 1], axes: 2};
  const square = shape?.length === 1 ? squareOf(height ?? 0) : undefined;
  if (square) return {inputShape: square, axes: 1};
  const isChannelsFirst = shape?.length === 3 && (height === 1 || height === 3);
  throw new TroubleError(
    `The network takes inputs of the shape [${shape?.map((length) => length ?? 'any').join(', ') ?? 'unknown'}]; this page has images: [height, width, 1 or 3 channels].`,
    isChannelsFirst
      ? 'Its channels come first. In a program, pass a function that transposes the image.'
      : 'In a program lt-robust takes inputs of every shape.',
  );
}

/** A network from files that were found to be one. */
export async function openModel(source: ModelSource, range: PixelRange): Promise<OpenModel> {
  const {kind, name, handler} = source;
  if (kind === 'layers') {
    const model = await loadLayersModel(handler);
    const weights = model.countParams();
    return finish({kind, name, weights}, model, model.inputs[0]?.shape.slice(1), range, () => {
      model.dispose();
    });
  }
  const model = await loadGraphModel(handler);
  const weights = Object.values(model.weights)
    .flat()
    .reduce((sum, {size}) => sum + size, 0);
  return finish({kind, name, weights}, model, model.inputs[0]?.shape?.slice(1), range, () => {
    model.dispose();
  });
}

function finish(
  known: {readonly kind: 'layers' | 'graph'; readonly name: string; readonly weights: number},
  model: Model<tf.Tensor>,
  shape: readonly (number | null)[] | undefined,
  range: PixelRange,
  dispose: () => void,
): OpenModel {
  try {
    const [min, max] = ENDS[range];
    const inner = asClassifier<tf.Tensor>(model);
    const {inputShape, axes} = imagesOf(shape);
    const [height, width, channels] = inputShape;
    const form = axes === 2 ? [height, width] : [height * width * channels];
    const shaped = (x: tf.Tensor4D) => (axes === 3 ? x : tf.reshape(x, [-1, ...form]));
    const classify: Classifier = (x) =>
      inner(min === 0 && max === 1 ? shaped(x) : tf.add(tf.mul(shaped(x), max - min), min));
    const classes = tf.tidy(() => classify(tf.fill([1, ...inputShape], 0.5)).shape[1]);
    if (classes < 2) {
      throw new TroubleError(
        'The network gives one number for an image, not a score for each class.',
        'This page attacks classifiers of two classes or more.',
      );
    }
    return {classify, info: {...known, inputShape, axes, classes}, dispose};
  } catch (error) {
    dispose();
    throw error;
  }
}
