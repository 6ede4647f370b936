/**
 * What our attacks find on the network and the images of the comparison with the official
 * AutoAttack (readFixture.ts), so that all 500 images can be compared in an instant:
 * ownVerdicts.test.ts. About 4 minutes on one quiet core.
 *
 * Run: npm run reference
 */
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';

import '@tensorflow/tfjs-backend-wasm';

import * as tf from '@tensorflow/tfjs-core';

import {apgdAttack} from '../../src/attacks/apgd/apgdAttack';
import {autoAttack} from '../../src/attacks/autoAttack/autoAttack';
import {VERSIONS, type ComponentName} from '../../src/attacks/autoAttack/components';
import type {SampleReport} from '../../src/attacks/autoAttack/report';
import {asClassifier} from '../../src/core/classifier';
import {createRng} from '../../src/core/rng';
import type {Norm} from '../../src/core/threatModel';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {type Component, readImages, readNetFixture, restoreNet} from './readFixture';

/** What we found under one norm; every string has a 0 or 1 for each image. */
export interface OwnNorm {
  readonly epsilon: number;
  /** Correct images that APGD breaks without a random start, by its loss. */
  readonly apgdFromClean: Readonly<Record<'ce' | 'dlr' | 'targeted-dlr', string>>;
  /** By component and seed: correct images that it breaks, run alone. FAB-T has no randomness. */
  readonly brokenAlone: Readonly<Record<Component, Readonly<Record<string, string>>>>;
  /** What the standard version (seed 0) leaves robust after each component. */
  readonly robustAfter: Readonly<Record<Component, string>>;
}

/** test/golden/autoattack-ours.json. */
export interface OwnFixture extends Readonly<Record<Norm, OwnNorm>> {
  readonly provenance: Readonly<Record<string, string | number>>;
  readonly batchSize: number;
  readonly images: number;
  readonly correct: string;
}

const COMMAND = 'npm run reference';
const BATCH = 250;
const SEEDS = [0, 1, 2];
const NET = 'test/golden/autoattack-net.json';
const COMPONENTS = VERSIONS.standard as readonly Component[];

const [, , target] = process.argv;
if (target === undefined) throw new Error('the file to write is missing: npm run reference');
await tf.setBackend('wasm');
await registerGradientKernels();

const started = performance.now();
const seconds = () => Math.round((performance.now() - started) / 1000);
const log = (text: string) => {
  console.log(`${String(seconds()).padStart(5)} s  ${text}`);
};

const net = readNetFixture();
const {count} = net.images;
const {x, labels} = await readImages(Array.from({length: count}, (_, i) => i));
const classify = asClassifier(restoreNet(net));
const correct = tf.tidy(() =>
  Array.from(tf.equal(tf.argMax(classify(x), 1), labels).dataSync(), Boolean),
);

const bits = (flags: readonly boolean[]) => flags.map(Number).join('');
const mapOf = async <K extends string | number, V>(
  keys: readonly K[],
  make: (k: K) => Promise<V>,
) => {
  const entries: [K, V][] = [];
  for (const key of keys) entries.push([key, await make(key)]);
  return Object.fromEntries(entries) as Record<K, V>;
};

async function verdictsUnder(norm: Norm): Promise<OwnNorm> {
  const threat = {norm, epsilon: net.epsilon[norm]};
  const recorded = (name: string, flags: readonly boolean[]) => {
    log(`${norm} ${name}: ${flags.filter(Boolean).length}`);
    return bits(flags);
  };
  const fromClean = async (loss: 'ce' | 'dlr' | 'targeted-dlr') => {
    const {adversarial, success} = await apgdAttack(classify, x, labels, {...threat, loss});
    adversarial.dispose();
    return recorded(
      `from the image, ${loss}`,
      success.map((broken, i) => broken && correct[i] === true),
    );
  };
  const evaluate = (attacks: readonly ComponentName[] | undefined, seed: number) =>
    autoAttack(classify, x, labels, {
      ...{...threat, attacks, batchSize: BATCH, rng: createRng(seed), diagnostics: false},
    });
  const alone = async (name: Component, seed: number) => {
    const {samples} = await evaluate([name], seed);
    return recorded(
      `${name}, seed ${seed}`,
      samples.map(({verdict}) => verdict === 'broken'),
    );
  };

  const apgdFromClean = await mapOf(['ce', 'dlr', 'targeted-dlr'] as const, fromClean);
  const brokenAlone = await mapOf(COMPONENTS, (name) =>
    mapOf(name === 'fab-t' ? [0] : SEEDS, (seed) => alone(name, seed)),
  );
  const {samples} = await evaluate(undefined, 0);
  const stillRobust = (part: number) => (sample: SampleReport) =>
    sample.verdict === 'robust' ||
    (sample.verdict === 'broken' && COMPONENTS.indexOf(sample.attack as Component) > part);
  const robustAfter = await mapOf(COMPONENTS, async (name) =>
    recorded(`robust after ${name}`, samples.map(stillRobust(COMPONENTS.indexOf(name)))),
  );
  return {epsilon: threat.epsilon, apgdFromClean, brokenAlone, robustAfter};
}

const verdicts = {linf: await verdictsUnder('linf'), l2: await verdictsUnder('l2')};
const {version} = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string};
const fixture: OwnFixture = {
  provenance: {
    command: COMMAND,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    tfjs: tf.version_core,
    'lt-robust': version,
    netSha256: createHash('sha256').update(readFileSync(NET)).digest('hex'),
    seconds: seconds(),
  },
  batchSize: BATCH,
  images: count,
  correct: bits(correct),
  ...verdicts,
};
writeFileSync(target, `${JSON.stringify(fixture, null, 1)}\n`);
