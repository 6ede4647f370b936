import {readFile} from 'node:fs/promises';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel, type LayersModel} from '@tensorflow/tfjs-layers';

interface ModelFile {
  readonly modelTopology: object;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly tf.io.WeightsManifestEntry[];
  }[];
}

/** Loads a model.json with the weight files beside it. */
export async function loadModel(file: string): Promise<LayersModel> {
  const {modelTopology, weightsManifest} = JSON.parse(await readFile(file, 'utf8')) as ModelFile;
  const parts = weightsManifest.flatMap(({paths}) =>
    paths.map((name) => readFile(path.join(path.dirname(file), name))),
  );
  const weightData = new Uint8Array(Buffer.concat(await Promise.all(parts))).buffer;
  const weightSpecs = weightsManifest.flatMap(({weights}) => [...weights]);
  return loadLayersModel(tf.io.fromMemory({modelTopology, weightSpecs, weightData}));
}
