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

type InputShape = ModelInfo['inputShape'];

function imageShape(shape: readonly (number | null)[] | undefined): InputShape {
  const [height, width, channels] = shape ?? [];
  const isImage = shape?.length === 3 && (channels === 1 || channels === 3);
  if (!isImage) {
    const isChannelsFirst = shape?.length === 3 && (height === 1 || height === 3);
    throw new TroubleError(
      `The network takes inputs of the shape [${shape?.map((size) => size ?? 'any').join(', ') ?? 'unknown'}]; this page has images: [height, width, 1 or 3 channels].`,
      isChannelsFirst
        ? 'Its channels come first. In a program, pass a function that transposes the image.'
        : 'In a program lt-robust takes inputs of every shape.',
    );
  }
  const size = (length: number | null | undefined) =>
    length === null || length === undefined || length < 1 ? DEFAULT_SIZE : length;
  return [size(height), size(width), channels];
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
  model: Model,
  shape: readonly (number | null)[] | undefined,
  range: PixelRange,
  dispose: () => void,
): OpenModel {
  try {
    const [min, max] = ENDS[range];
    const inner = asClassifier(model);
    const classify: Classifier =
      min === 0 && max === 1 ? inner : (x) => inner(tf.add(tf.mul(x, max - min), min));
    const inputShape = imageShape(shape);
    const classes = tf.tidy(() => classify(tf.fill([1, ...inputShape], 0.5)).shape[1]);
    if (classes < 2) {
      throw new TroubleError(
        'The network gives one number for an image, not a score for each class.',
        'This page attacks classifiers of two classes or more.',
      );
    }
    return {classify, info: {...known, inputShape, classes}, dispose};
  } catch (error) {
    dispose();
    throw error;
  }
}
