import * as tf from '@tensorflow/tfjs-core';

import {TroubleError} from './trouble';

// What people have at hand that is not yet a model of TensorFlow.js.
const FOREIGN: readonly (readonly [ending: RegExp, what: string, advice: string])[] = [
  [
    /\.(h5|hdf5|keras)$/i,
    'a Keras file',
    'Convert it first: tensorflowjs_converter --input_format=keras FILE FOLDER, then drop what is in the folder.',
  ],
  [
    /\.(pb|pbtxt)$/i,
    'a TensorFlow SavedModel',
    'Convert it first: tensorflowjs_converter --input_format=tf_saved_model FOLDER OUT, then drop what is in OUT.',
  ],
  [
    /\.(pt|pth|ckpt|safetensors)$/i,
    'a PyTorch file',
    'lt-robust/models reads PyTorch weights in a program.',
  ],
  [
    /\.(onnx|tflite)$/i,
    'in a format without gradients here',
    'Convert it to a TensorFlow.js model first.',
  ],
];

async function readJson(file: File): Promise<tf.io.ModelJSON> {
  let json: unknown;
  try {
    json = JSON.parse(await file.text());
  } catch {
    throw new TroubleError(`${file.name} is not JSON.`, 'Was it cut short when it was copied?');
  }
  const {modelTopology, weightsManifest} = (json ?? {}) as Partial<tf.io.ModelJSON>;
  if (typeof modelTopology !== 'object' || modelTopology === null) {
    throw new TroubleError(
      `${file.name} is not a TensorFlow.js model: it says nothing of layers or operations.`,
      'Drop the model.json that model.save() or tensorflowjs_converter wrote.',
    );
  }
  if (!Array.isArray(weightsManifest)) {
    throw new TroubleError(
      `${file.name} has no list of weights: it is an architecture only.`,
      'Save the model with its weights: model.save(...).',
    );
  }
  return json as tf.io.ModelJSON;
}

const BYTES: Readonly<Record<string, number>> = {
  ...{float32: 4, int32: 4, bool: 1, complex64: 8},
  ...{uint8: 1, uint16: 2, float16: 2},
};

const bytesOf = (weights: readonly tf.io.WeightsManifestEntry[]): number =>
  weights.reduce((sum, {shape, dtype, quantization}) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return sum + size * (BYTES[quantization?.dtype ?? dtype] ?? NaN);
  }, 0);

// A browser drops names without their folders.
const baseName = (path: string): string => path.split('/').at(-1) ?? path;

async function readWeights(
  manifest: tf.io.WeightsManifestConfig,
  files: ReadonlyMap<string, File>,
): Promise<ArrayBuffer> {
  const names = manifest.flatMap(({paths}) => paths.map(baseName));
  const missing = names.filter((name) => !files.has(name));
  if (missing.length > 0) {
    throw new TroubleError(
      `The weights are missing: ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}.`,
      'Drop model.json together with every .bin file beside it.',
    );
  }
  const parts = await Promise.all(names.map((name) => (files.get(name) as File).arrayBuffer()));
  const found = parts.reduce((sum, {byteLength}) => sum + byteLength, 0);
  const wanted = bytesOf(manifest.flatMap(({weights}) => weights));
  if (!Number.isNaN(wanted) && found !== wanted) {
    throw new TroubleError(
      `The files of weights have ${found.toLocaleString('en-US')} bytes; model.json speaks of ${wanted.toLocaleString('en-US')}.`,
      'They are of another model, or were cut short.',
    );
  }
  return tf.io.CompositeArrayBuffer.join(parts);
}

/** A model among dropped files, ready for `loadLayersModel` or `loadGraphModel`. */
export interface ModelSource {
  readonly kind: 'layers' | 'graph';
  readonly name: string;
  readonly handler: tf.io.IOHandler;
}

/**
 * Finds the model among files that were dropped.
 *
 * @throws {@link TroubleError} that says in plain words what is missing or wrong.
 */
export async function modelAmong(files: readonly File[]): Promise<ModelSource> {
  const byName = new Map(files.map((file) => [file.name, file]));
  const jsons = files.filter(({name}) => /\.json$/i.test(name));
  for (const {name} of files) {
    const foreign = FOREIGN.find(([ending]) => ending.test(name));
    if (foreign !== undefined) throw new TroubleError(`${name} is ${foreign[1]}.`, foreign[2]);
  }
  const [file] = jsons;
  if (file === undefined) {
    throw new TroubleError(
      'There is no model.json among these files.',
      'Drop model.json and its .bin files together.',
    );
  }
  if (jsons.length > 1) {
    throw new TroubleError(
      `There are ${jsons.length} .json files: ${jsons.map(({name}) => name).join(', ')}.`,
      'Drop one model at a time.',
    );
  }
  const json = await readJson(file);
  const {format, modelTopology} = json;
  const artifacts = await tf.io.getModelArtifactsForJSON(json, async (manifest) => [
    manifest.flatMap(({weights}) => weights),
    await readWeights(manifest, byName),
  ]);
  return {
    kind: format === 'graph-model' || 'node' in modelTopology ? 'graph' : 'layers',
    name: file.name,
    handler: {load: () => Promise.resolve(artifacts)},
  };
}
