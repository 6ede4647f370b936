import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel} from '@tensorflow/tfjs-layers';

import {asClassifier, type Classifier} from '../core/classifier';
import {fileModel} from '../node/fileModel';
import {CliError} from './cliError';

/** How a model file is read. */
export interface ModelOptions {
  /** The tensor of a graph model that has the logits. */
  readonly logits?: string | undefined;
  /** What the model takes for the darkest and the brightest pixel. */
  readonly inputRange: readonly [min: number, max: number];
}

/** A model, and what made it. */
export interface ReadModel {
  /** What attacks take: pixels from 0 to 1, whatever the model itself takes. */
  readonly classify: Classifier;
  /** The layers model, where it is one: the audit looks at its variables. */
  readonly layers: Awaited<ReturnType<typeof loadLayersModel>> | undefined;
  /** Height, width and channels that a layers model takes; `null` where it takes any. */
  readonly inputShape: readonly (number | null)[] | undefined;
  /** Frees its weights. */
  readonly dispose: () => void;
}

/** What of tfjs-converter is used; it is loaded only for graph models. */
interface Converter {
  loadGraphModel(handler: tf.io.IOHandler): Promise<{
    execute(input: tf.Tensor, output: string): tf.Tensor;
    dispose(): void;
  }>;
}

async function converter(): Promise<Converter> {
  const name = '@tensorflow/tfjs-converter';
  try {
    return (await import(name)) as Converter;
  } catch {
    throw new CliError(`This is a graph model, for which ${name} is needed:  npm install ${name}`);
  }
}

/** Pixels from 0 to 1 as a model takes them. */
const scaled =
  (classify: Classifier, [min, max]: readonly [number, number]): Classifier =>
  (x) =>
    min === 0 && max === 1 ? classify(x) : classify(tf.add(tf.mul(x, max - min), min));

/** Why TensorFlow.js does not read a layers model, and what to do. */
function unreadable(location: string, topology: unknown, error: unknown): CliError {
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
  return new CliError(`${location} is no layers model that TensorFlow.js can read: ${reason}`);
}

/** Reads a model.json, or the one of a folder: a layers model or a graph model. */
export async function readModel(location: string, options: ModelOptions): Promise<ReadModel> {
  const handler = fileModel(location);
  const {format, modelTopology} = await handler.load();
  const isGraph =
    format === 'graph-model' || (typeof modelTopology === 'object' && 'node' in modelTopology);
  if (!isGraph) {
    const layers = await loadLayersModel(handler).catch((error: unknown) => {
      throw unreadable(location, modelTopology, error);
    });
    const classify = scaled(asClassifier(layers, 'lt-robust'), options.inputRange);
    const [input] = layers.inputs;
    return {
      ...{classify, layers},
      inputShape: input?.shape.slice(1),
      dispose: () => void layers.dispose(),
    };
  }
  const {logits} = options;
  if (logits === undefined) {
    throw new CliError(
      'This is a graph model: say by --logits which of its tensors are the scores before the softmax.',
    );
  }
  const graph = await (await converter()).loadGraphModel(handler);
  const classify: Classifier = (x) => graph.execute(x, logits) as tf.Tensor2D;
  return {
    classify: scaled(classify, options.inputRange),
    layers: undefined,
    inputShape: undefined,
    dispose: () => graph.dispose(),
  };
}
