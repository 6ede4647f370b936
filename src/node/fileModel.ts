import {createHash} from 'node:crypto';
import {mkdir, readdir, rm} from 'node:fs/promises';
import {basename, dirname, isAbsolute, join, normalize, sep} from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../core/describeValue';
import {DataFormatError, InvalidArgumentError} from '../core/errors';
import {messageOf, readRegularFile} from './regularFile';
import {writeWhole} from './writeWhole';

const WHERE = 'fileModel';
const MAX_JSON_BYTES = 2 ** 28;

/**
 * Model files in Node without tfjs-node: where `loadLayersModel`, `loadGraphModel` and
 * `model.save` take a URL, they take this. The format is that of tfjs itself: a `model.json` with
 * files of weights beside it.
 *
 * Saving writes the new weights beside the old ones and renames `model.json` last: killed at any
 * moment, the process leaves the old model or the new one.
 *
 * @param location - Path of the `.json` file, or of a folder that has (or gets) a `model.json`.
 * @returns A handler with `load` and `save`. `load` rejects with an
 *   {@link InvalidArgumentError} if the file cannot be read, and with a {@link DataFormatError} if
 *   it is no model, or a file of weights is missing or has another length than it should.
 * @throws {@link InvalidArgumentError} if `location` is empty.
 * @example
 * ```ts
 * import {layers, loadLayersModel, sequential} from '@tensorflow/tfjs-layers';
 * import {fileModel} from 'lt-robust/node';
 *
 * const model = sequential({layers: [layers.dense({inputShape: [2], units: 3})]});
 * await model.save(fileModel('node_modules/.cache/lt-robust-model'));
 * const loaded = await loadLayersModel(fileModel('node_modules/.cache/lt-robust-model'));
 * loaded.outputs[0].shape; // => [null, 3]
 * ```
 */
export function fileModel(location: string): Required<Pick<tf.io.IOHandler, 'load' | 'save'>> {
  if (typeof location !== 'string' || location === '') {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'location',
      expected: 'be the path of a model.json or its folder',
      found: describeValue(location),
      remedy: "Pass one such as 'model/model.json'.",
    });
  }
  const path = location.endsWith('.json') ? location : join(location, 'model.json');
  return {load: () => load(path), save: (artifacts) => save(path, artifacts)};
}

async function load(path: string): Promise<tf.io.ModelArtifacts> {
  const json = parsed(path, await readRegularFile(WHERE, path, MAX_JSON_BYTES));
  return tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const weights = manifest.flatMap((group) => group.weights);
    const shards: ArrayBuffer[] = [];
    for (const group of manifest) shards.push(...(await readGroup(path, group)));
    return [weights, joined(shards)];
  });
}

function parsed(path: string, bytes: Uint8Array): tf.io.ModelJSON {
  const fail = (expected: string, found: string): never => {
    throw new DataFormatError({source: path, offset: 0, expected, found});
  };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    return fail('JSON', messageOf(error));
  }
  if (typeof json !== 'object' || json === null || !('modelTopology' in json)) {
    return fail('a model with a modelTopology', 'other JSON');
  }
  const {weightsManifest} = json as {weightsManifest?: unknown};
  const isManifest =
    Array.isArray(weightsManifest) &&
    weightsManifest.every(
      (group: {paths?: unknown; weights?: unknown} | null) =>
        Array.isArray(group?.paths) &&
        group.paths.every((name: unknown) => typeof name === 'string') &&
        Array.isArray(group.weights) &&
        group.weights.every(isSpec),
    );
  return isManifest
    ? (json as tf.io.ModelJSON)
    : fail('a weightsManifest that lists paths and weights', 'another or none');
}

const BYTES: Readonly<Record<string, number>> = {
  ...{float32: 4, int32: 4, bool: 1, complex64: 8},
  ...{uint8: 1, uint16: 2, float16: 2},
};

function isSpec(spec: unknown): spec is tf.io.WeightsManifestEntry {
  const {name, shape, dtype} = (spec ?? {}) as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    typeof dtype === 'string' &&
    (dtype === 'string' || dtype in BYTES) &&
    Array.isArray(shape) &&
    shape.every((length) => Number.isInteger(length) && (length as number) >= 0)
  );
}

// Strings have no fixed length.
function bytesOf(weights: readonly tf.io.WeightsManifestEntry[]): number | undefined {
  if (weights.some(({dtype}) => dtype === 'string')) return undefined;
  return weights.reduce((sum, {shape, dtype, quantization}) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return sum + size * (BYTES[quantization?.dtype ?? dtype] ?? NaN);
  }, 0);
}

async function readGroup(
  path: string,
  {paths, weights}: tf.io.WeightsManifestConfig[number],
): Promise<ArrayBuffer[]> {
  const wanted = bytesOf(weights);
  const shards: ArrayBuffer[] = [];
  let size = 0;
  for (const name of paths) {
    const shard = join(dirname(path), name);
    if (isAbsolute(name) || normalize(name).split(sep)[0] === '..') {
      throw missing(path, 'files of weights beside the model', name);
    }
    const bytes = await readRegularFile(
      WHERE,
      shard,
      wanted === undefined ? Infinity : wanted - size,
    ).catch((error: unknown) => {
      throw error instanceof InvalidArgumentError
        ? missing(path, `the file of weights ${name} beside it`, error.found)
        : error;
    });
    shards.push(new Uint8Array(bytes).buffer);
    size += bytes.length;
  }
  if (wanted === undefined || size === wanted) return shards;
  throw new DataFormatError({
    source: join(dirname(path), paths.at(-1) ?? ''),
    offset: size,
    expected: `${wanted} bytes of weights in ${paths.join(', ')}`,
    found: `the end after ${size}`,
  });
}

const missing = (source: string, expected: string, found: string): DataFormatError =>
  new DataFormatError({source, offset: 0, expected, found});

async function save(path: string, artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
  const {modelTopology, weightSpecs = [], weightData, ...described} = artifacts;
  if (modelTopology instanceof ArrayBuffer || modelTopology === undefined) {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'artifacts',
      expected: 'have a model topology in JSON',
      found: modelTopology === undefined ? 'none' : 'a binary one',
      remedy: 'Save a layers model with model.save(fileModel(path)).',
    });
  }
  const weights = new Uint8Array(joined(weightData === undefined ? [] : [weightData].flat()));
  const folder = dirname(path);
  const stem = basename(path, '.json');
  await mkdir(folder, {recursive: true});
  // The file is named by its content, so that it replaces no file of the model that is there.
  const digest = createHash('sha256').update(weights).digest('hex').slice(0, 16);
  const shard = `${stem}.weights-${digest}.bin`;
  await writeWhole(join(folder, shard), weights);
  const manifest = [{paths: [shard], weights: weightSpecs}];
  const json = JSON.stringify({...described, modelTopology, weightsManifest: manifest});
  await writeWhole(path, new TextEncoder().encode(json));
  for (const name of await readdir(folder)) {
    const isOurs = name.startsWith(`${stem}.weights-`) && /-[\da-f]{16}\.bin$/.test(name);
    if (isOurs && name !== shard) await rm(join(folder, name), {force: true});
  }
  return {
    modelArtifactsInfo: {
      dateSaved: new Date(),
      modelTopologyType: 'JSON',
      modelTopologyBytes: JSON.stringify(modelTopology).length,
      weightDataBytes: weights.length,
    },
  };
}

function joined(parts: readonly ArrayBuffer[]): ArrayBuffer {
  const all = new Uint8Array(parts.reduce((sum, {byteLength}) => sum + byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(new Uint8Array(part), offset);
    offset += part.byteLength;
  }
  return all.buffer;
}
