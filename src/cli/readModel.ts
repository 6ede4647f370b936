import type * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel} from '@tensorflow/tfjs-layers';

import {asClassifier, type Classifier} from '../core/classifier';
import {InvalidArgumentError} from '../core/errors';
import {graphLogitsOf, type GraphModelLike} from '../core/layers/graphModel';
import {registerCosineHead} from '../models/cosineHead';
import {fileModel} from '../node/fileModel';
import {CliError} from './cliError';
import {inputOf, type ModelInput} from './modelInput';

/** How a model file is read. */
export interface ModelOptions {
  /** The tensor of a graph model that has the logits. */
  readonly logits?: string | undefined;
  /** What the model takes for the darkest and the brightest pixel. */
  readonly inputRange: readonly [min: number, max: number];
}

/** A model, and what made it. */
export interface ReadModel {
  /** What attacks take: images of pixels from 0 to 1, whatever the model itself takes. */
  readonly classify: Classifier;
  /** The layers model, where it is one: the audit looks at its variables. */
  readonly layers: Awaited<ReturnType<typeof loadLayersModel>> | undefined;
  /** What the model itself takes for an image. */
  readonly input: ModelInput;
  /** Frees its weights. */
  readonly dispose: () => void;
}

/** What of tfjs-converter is used; it is loaded only for graph models. */
interface Converter {
  loadGraphModel(handler: tf.io.IOHandler): Promise<
    GraphModelLike & {
      readonly inputs: readonly {readonly shape?: readonly number[] | undefined}[];
      dispose(): void;
    }
  >;
}

async function converter(): Promise<Converter> {
  const name = '@tensorflow/tfjs-converter';
  try {
    return (await import(name)) as Converter;
  } catch {
    throw new CliError(`This is a graph model, for which ${name} is needed:  npm install ${name}`);
  }
}

/** Why TensorFlow.js does not read a model, and what to do. */
function unreadable(
  location: string,
  topology: unknown,
  error: unknown,
  kind: 'layers' | 'graph' = 'layers',
): CliError {
  const isKeras3 =
    typeof topology === 'object' &&
    topology !== null &&
    'keras_version' in topology &&
    /^[3-9]/.test(String(topology.keras_version));
  if (isKeras3) {
    return new CliError(
      `${location} was saved by Keras ${String(topology.keras_version)}, whose layers TensorFlow.js cannot read.\n` +
        'Save it by Keras 2 (pip install tf_keras, TF_USE_LEGACY_KERAS=1), and convert it again; or export it as\n' +
        'a SavedModel, convert that with --input_format=tf_saved_model, and name its logits here by --logits.',
    );
  }
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new CliError(`${location} is no ${kind} model that TensorFlow.js can read: ${reason}`);
}

/** Reads a model.json, or the one of a folder: a layers model or a graph model. */
export async function readModel(location: string, options: ModelOptions): Promise<ReadModel> {
  const handler = fileModel(location);
  const {format, modelTopology} = await handler.load();
  const isGraph =
    format === 'graph-model' || (typeof modelTopology === 'object' && 'node' in modelTopology);
  if (!isGraph) {
    registerCosineHead();
    const layers = await loadLayersModel(handler).catch((error: unknown) => {
      throw unreadable(location, modelTopology, error);
    });
    const input = {shape: layers.inputs[0]?.shape.slice(1), range: options.inputRange};
    const scores = asClassifier<tf.Tensor>(layers, 'lt-robust');
    return {
      ...{layers, input},
      classify: (images) => scores(inputOf(images, input)),
      dispose: () => void layers.dispose(),
    };
  }
  const loaded = (await converter()).loadGraphModel(handler);
  const graph = await loaded.catch((error: unknown) => {
    throw unreadable(location, modelTopology, error, 'graph');
  });
  try {
    const scores = graphScores(graph, options.logits);
    // -1 is any length; a graph that says nothing of its input's shape takes what it gets.
    const shape = graph.inputs[0]?.shape?.slice(1).map((length) => (length < 0 ? null : length));
    const input = {shape, range: options.inputRange};
    return {
      ...{layers: undefined, input},
      classify: (images) => scores(inputOf(images, input)),
      dispose: () => graph.dispose(),
    };
  } catch (error) {
    graph.dispose();
    throw error;
  }
}

/** The scores of a graph model: those of the named tensor, or what comes before its softmax. */
function graphScores(
  graph: GraphModelLike,
  logits: string | undefined,
): (x: tf.Tensor) => tf.Tensor2D {
  try {
    return graphLogitsOf(graph, 'lt-robust', logits);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const {expected, found, remedy} = error;
    const advice = remedy.replace(/pickOutput\(graph, '?([^')]*)'?\)/, '--logits $1');
    throw new CliError(`This graph model must ${expected}, found ${found}. ${advice}`);
  }
}
