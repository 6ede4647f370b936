import * as tf from '@tensorflow/tfjs-core';

import {CliError} from './cliError';
import {shapeForModel} from './modelInput';
import {type DataOptions, type ReadData, readData} from './readData';
import {type ReadModel, readModel} from './readModel';

/** How a model and its data are read. */
export interface InputsOptions extends DataOptions {
  /** The tensor of a graph model that has the logits. */
  readonly logits?: string | undefined;
  /** What the model takes for the darkest and the brightest pixel. */
  readonly inputRange: readonly number[];
}

/** The two ends of the range that the model takes. */
export function rangeOf([min, max, ...rest]: readonly number[]): readonly [number, number] {
  if (min !== undefined && max !== undefined && rest.length === 0 && min < max) return [min, max];
  throw new CliError('--input-range takes the darkest and the brightest pixel, such as 0,255.');
}

const sizes = (shape: readonly (number | null)[]): string =>
  shape.map((length) => length ?? 'any').join(' x ');

/** Throws unless the images can be given the shape that the model takes. */
async function checkShapes({dataset}: ReadData, {input}: ReadModel): Promise<void> {
  const {x, labels} = await dataset.batch([0]);
  const shape = x.shape.slice(1);
  tf.dispose([x, labels]);
  if (input.shape === undefined || shapeForModel(shape, input.shape)) return;
  throw new CliError(
    `The images are ${sizes(shape)} (height, width, channels), the model takes ${sizes(input.shape)}.` +
      ' Resize them, or see --channels.',
  );
}

/**
 * Reads a model and the images to try it on. Images from folders get the channels that the model
 * takes, unless --channels says which.
 */
export async function readInputs(
  modelPlace: string,
  dataPlace: string,
  options: InputsOptions,
): Promise<{readonly model: ReadModel; readonly data: ReadData}> {
  const {logits, inputRange} = options;
  const model = await readModel(modelPlace, {logits, inputRange: rangeOf(inputRange)});
  try {
    const {shape} = model.input;
    // A model that takes height and width alone takes grey images.
    const taken = shape?.length === 2 ? 1 : shape?.[2];
    const channels = options.channels ?? taken ?? undefined;
    const data = await readData(dataPlace, {...options, channels});
    await checkShapes(data, model);
    return {model, data};
  } catch (error) {
    model.dispose();
    throw error;
  }
}
