import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import {io} from '@tensorflow/tfjs-core';
import {loadLayersModel, type LayersModel} from '@tensorflow/tfjs-layers';

import {createRng} from '../../src/core/rng';
import {mobileNetV2} from '../../src/models/mobileNetV2';
import type {NetworkOptions} from '../../src/models/parts/networkOptions';
import {preActResnet18} from '../../src/models/preActResnet18';
import {torchvisionResnetNames, type NameMap} from '../../src/models/pytorch/nameMap';
import {resnet18} from '../../src/models/resnet18';
import {wideResnet} from '../../src/models/wideResnet';

/** Batch norms that can be folded into the convolution before them, and all there are. */
interface Norms {
  readonly folded: number;
  readonly all: number;
}

/** A network at the width of its fixture. */
export interface NarrowNetwork {
  readonly make: (options?: NetworkOptions) => LayersModel;
  readonly nameMap?: NameMap;
  readonly norms: Norms;
}

/** The networks, narrow; their names are those of test/golden/networks-torch.json. */
export const NARROW: Readonly<Record<string, NarrowNetwork>> = {
  resnet18: {
    make: (options) => resnet18({width: 2, ...options}),
    norms: {folded: 20, all: 20},
  },
  torchvision: {
    make: (options) => resnet18({width: 1, stem: 'imagenet', ...options}),
    nameMap: torchvisionResnetNames,
    norms: {folded: 20, all: 20},
  },
  preActResnet18: {
    make: (options) => preActResnet18({width: 1, ...options}),
    norms: {folded: 8, all: 17},
  },
  wideResnet: {
    make: (options) => wideResnet({depth: 16, width: 0.125, ...options}),
    norms: {folded: 7, all: 13},
  },
  mobileNetV2: {
    make: (options) => mobileNetV2({width: 0.05, ...options}),
    norms: {folded: 56, all: 56},
  },
};

const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

/** Bytes of a file that networks_torch.py wrote. */
export const readGolden = (name: string): Uint8Array => new Uint8Array(readFileSync(golden(name)));

interface TorchFacts {
  readonly counts: Readonly<Record<string, {parameters: number; statistics: number}>>;
  readonly networks: Readonly<
    Record<
      string,
      {
        parameters: number;
        shape: [number, number, number, number];
        pixels: number[];
        logits: number[];
      }
    >
  >;
  readonly types: Readonly<Record<string, number[]>>;
}

/** What PyTorch says of the networks. */
export const TORCH = JSON.parse(readFileSync(golden('networks-torch.json'), 'utf8')) as TorchFacts;

/** How many numbers are trained. */
export const parametersOf = (model: LayersModel): number =>
  model.trainableWeights.reduce((sum, weight) => sum + weight.read().size, 0);

/** Moves all weights and statistics off their initial values. */
export function randomise(model: LayersModel, seed: number): void {
  const rng = createRng(seed);
  tf.tidy(() => {
    model.weights.forEach((weight) => {
      const value = weight.read();
      const isPositive = /gamma|variance/.test(weight.originalName);
      const draw = () => (isPositive ? 0.5 + rng.uniform() : 0.6 * rng.uniform() - 0.3);
      weight.write(tf.tensor(Float32Array.from({length: value.size}, draw), value.shape));
    });
  });
}

/** A model saved to memory and loaded again. */
export async function savedAndLoaded(model: LayersModel): Promise<LayersModel> {
  const saved: io.ModelArtifacts[] = [];
  await model.save(
    io.withSaveHandler((artifacts) => {
      // Through text, as a file would be.
      const text = JSON.stringify(artifacts.modelTopology);
      saved.push({...artifacts, modelTopology: JSON.parse(text) as object});
      return Promise.resolve({
        modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: 'JSON'},
      });
    }),
  );
  return loadLayersModel(io.fromMemory(saved[0] as io.ModelArtifacts));
}
