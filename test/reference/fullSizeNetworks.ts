/**
 * Full-size PyTorch checkpoints, in and out: networks_torch.py says how to run it. Too big for a
 * fixture and too slow for a test; the test suite does the same with narrow networks.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {asClassifier} from '../../src/core/classifier';
import {mobileNetV2} from '../../src/models/mobileNetV2';
import {preActResnet18} from '../../src/models/preActResnet18';
import {loadStateDict} from '../../src/models/pytorch/loadStateDict';
import {torchvisionResnetNames, type NameMap} from '../../src/models/pytorch/nameMap';
import {readSafetensors} from '../../src/models/pytorch/readSafetensors';
import {stateDict} from '../../src/models/pytorch/stateDict';
import {writeSafetensors} from '../../src/models/pytorch/writeSafetensors';
import {resnet18} from '../../src/models/resnet18';
import {wideResnet} from '../../src/models/wideResnet';

interface Sample {
  readonly shape: [number, number, number, number];
  readonly pixels: readonly number[];
  readonly logits: readonly number[];
}

const NETWORKS: Readonly<Record<string, {make: () => LayersModel; nameMap?: NameMap}>> = {
  'resnet18-10': {make: () => resnet18()},
  'torchvision-resnet18': {
    make: () => resnet18({stem: 'imagenet', inputShape: [224, 224, 3], numClasses: 1000}),
    nameMap: torchvisionResnetNames,
  },
  'preActResnet18-200': {
    make: () => preActResnet18({inputShape: [64, 64, 3], numClasses: 200}),
  },
  'wideResnet-28-10': {make: () => wideResnet({depth: 28})},
  'wideResnet-34-10': {make: () => wideResnet()},
  'mobileNetV2-10': {make: () => mobileNetV2()},
};

const [folder = '.'] = process.argv.slice(2);
await tf.setBackend('wasm');
for (const [name, {make, nameMap}] of Object.entries(NETWORKS)) {
  const at = (file: string) => path.join(folder, `${name}${file}`);
  const sample = JSON.parse(readFileSync(at('.json'), 'utf8')) as Sample;
  const model = make();
  const {tensors} = readSafetensors(readFileSync(at('.safetensors')), at('.safetensors'));
  loadStateDict(model, tensors, {nameMap});
  const logits = tf.tidy(() => {
    const x = tf.div(tf.tensor4d([...sample.pixels], sample.shape), 255);
    return Array.from(asClassifier(model)(x as tf.Tensor4D).dataSync());
  });
  const errors = logits.map((logit, i) => Math.abs(logit - (sample.logits[i] as number)));
  const largest = Math.max(...errors);
  console.log(`${name}: PyTorch to tfjs, largest difference of logits ${largest.toExponential(1)}`);
  if (!(largest < 1e-4)) throw new Error(`${name}: more than 1e-4`);
  const {shape, pixels} = sample;
  const weights = await stateDict(model, {nameMap});
  writeFileSync(at('.ours.safetensors'), writeSafetensors(weights));
  writeFileSync(at('.ours.json'), JSON.stringify({shape, pixels, logits}));
  model.dispose();
}
