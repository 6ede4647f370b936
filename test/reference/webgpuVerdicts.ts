/**
 * Our verdicts on a GPU through WebGPU, in Node, beside those that `npm run reference` stored from
 * wasm: the network and the images of the comparison with the official AutoAttack. Needs a GPU with
 * a Vulkan driver and the npm package `webgpu` (Dawn), which the project does not install:
 *
 *     npm install --no-save webgpu@0.6.2 && npx tsx test/reference/webgpuVerdicts.ts
 *
 * IMAGES is how many of the 500 images are attacked, all by default.
 */
import {readFileSync} from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {autoAttack} from '../../src/attacks/autoAttack/autoAttack';
import {asClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import type {OwnFixture} from './ownVerdicts';
import {readImages, readNetFixture, restoreNet} from './readFixture';

interface Adapter {
  readonly info: {readonly vendor: string; readonly architecture: string; description: string};
}
interface Dawn {
  readonly globals: object;
  create(flags: readonly string[]): {requestAdapter(): Promise<Adapter | null>};
}

const DAWN = 'webgpu'; // no dependency of the project: nothing to resolve when it is checked
const {create, globals} = (await import(DAWN)) as Dawn;
const gpu = create([]);
Object.assign(globalThis, globals);
const navigator = {gpu, userAgent: 'node', vendor: ''};
Object.defineProperty(globalThis, 'navigator', {value: navigator, configurable: true});
const adapter = await gpu.requestAdapter();
if (adapter === null) throw new Error('no adapter: is there a GPU with a Vulkan driver?');
const {vendor, architecture, description} = adapter.info;
console.log([vendor, architecture, description].filter(Boolean).join(', '));
await import('@tensorflow/tfjs-backend-webgpu');
if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs cannot use it');
await registerGradientKernels();

const COUNT = Number(process.env['IMAGES'] ?? 500);
const text = readFileSync(new URL('../golden/autoattack-ours.json', import.meta.url), 'utf8');
const stored = JSON.parse(text) as OwnFixture;
const net = readNetFixture();
const model = restoreNet(net);
const classify = asClassifier(model);
const {x, labels} = await readImages(Array.from({length: COUNT}, (_, i) => i));
const differing = (flags: readonly boolean[], bits: string) =>
  flags.filter((flag, i) => flag !== (bits[i] === '1')).length;
let started = performance.now();
const seconds = () => {
  const passed = (performance.now() - started) / 1000;
  started = performance.now();
  return `${passed.toFixed(1)} s`;
};

for (const norm of ['linf', 'l2'] as const) {
  const threat = {norm, epsilon: net.epsilon[norm]};
  const {apgdFromClean, robustAfter} = stored[norm];
  for (const loss of ['ce', 'dlr', 'targeted-dlr'] as const) {
    const {success, adversarial} = await apgdAttack(classify, x, labels, {...threat, loss});
    adversarial.dispose();
    const broken = success.map((flag, i) => flag && stored.correct[i] === '1');
    const count = differing(broken, apgdFromClean[loss]);
    console.log(`${norm}, APGD from the image, ${loss}: ${count} of ${COUNT} differ, ${seconds()}`);
  }
  const {samples, components, warnings} = await autoAttack(classify, x, labels, {
    ...{...threat, batchSize: 500, rng: createRng(0), diagnostics: false},
  });
  const robust = samples.map(({verdict}) => verdict === 'robust');
  const count = differing(robust, robustAfter.square);
  const after = components.map((part) => `${part.name} ${part.robustAccuracy}`).join(', ');
  console.log(`${norm}, the whole, seed 0: ${count} of ${COUNT} differ, ${seconds()}; ${after}`);
  console.log(`  warnings: ${warnings.map(({code}) => code).join(', ') || 'none'}`);
}
model.dispose();
tf.dispose([x, labels]);
process.exit(0); // Dawn keeps the process alive
