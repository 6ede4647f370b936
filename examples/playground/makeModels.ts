/*
 * Trains the networks of the playground by the demo's own code, at the demo's default settings, and
 * writes them with 16-bit weights into public/models:
 *
 *     npm run playground:models
 *
 * It takes some ten minutes on a quiet core. With the same versions and backend it writes the same
 * files.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers'; // registers the gradients
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel} from '@tensorflow/tfjs-layers';
import {
  balancedSubset,
  classCounts,
  createRng,
  naturalTraining,
  subset,
  tailClasses,
  type TrainingMethod,
} from 'lt-robust';
import {registerGradientKernels} from 'lt-robust/kernels';
import {fileModel} from 'lt-robust/node';

import {planOf} from '../demo/budget';
import {codeHash} from '../demo/codeHash';
import {measure, pgd} from '../demo/measure';
import type {MethodName} from '../demo/methodNames';
import {methodOf} from '../demo/methods';
import {DEFAULT_SETTINGS} from '../demo/settings';
import {makeSplits} from '../demo/splits';
import {trainTeacher} from '../demo/teacher';
import {createNetwork, trainNetwork, type Network, type TrainingWatch} from '../demo/training';
import {halfPrecision} from './halfPrecision';

const OUT = fileURLToPath(new URL('public/models/', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/playground/', import.meta.url));
const SEED = 0;

/** The networks of the playground, in the order of its menu. */
const NAMES = ['natural', 'pgd-at', 'at-bsl', 'paper'] as const;
type Name = (typeof NAMES)[number];

const settings = {...DEFAULT_SETTINGS, autoAttackImages: 0};
await tf.setBackend(settings.backend);
await registerGradientKernels();

const rng = createRng(SEED);
const splits = await makeSplits(settings, rng.fork('data'));
const {train, test, classNames} = splits;
const counts = classCounts(train.labels, train.numClasses);
const measured = {tail: tailClasses(counts, settings.tail), rare: tailClasses(counts, 3)};
const balanced = subset(
  train,
  balancedSubset(train.labels, train.numClasses, {
    ...{gamma: settings.gamma, rng: rng.fork('balancedSubset')},
  }),
);
const images = {longTailed: train.labels.length, balanced: balanced.labels.length};

const watch = (name: string): TrainingWatch => ({
  onProgress: () => undefined,
  onEpoch: ({epoch, loss}) => {
    if (epoch % 5 === 0) console.log(`${name}: epoch ${epoch}, loss ${loss.toFixed(3)}`);
  },
});

/** The method of a network, and what it holds while it trains. */
async function prepare(name: Name): Promise<{method: TrainingMethod; dispose: () => void}> {
  const nothing = {dispose: () => undefined};
  if (name === 'natural') return {method: naturalTraining(), ...nothing};
  const attack = pgd(settings, settings.attackSteps);
  const {teacher: plan} = planOf(name, settings, images);
  if (plan === null) {
    const parts = {attack, classCounts: counts, teacher: undefined};
    return {method: methodOf(name, settings, parts), ...nothing};
  }
  const teacher = await trainTeacher({
    ...{seed: SEED, settings, plan, balanced, test, classNames, measured, rng},
    ...{cacheFolder: CACHE, code: codeHash(), watch: watch(`${name}, teacher`)},
  });
  const parts = {attack, classCounts: counts, teacher: teacher.classifier};
  return {method: methodOf(name, settings, parts), dispose: teacher.dispose};
}

/** Writes a network, reads it again, and measures what was read. */
async function keep(name: Name, network: Network) {
  const folder = join(OUT, name);
  await mkdir(folder, {recursive: true});
  await network.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const {json, weights} = halfPrecision(artifacts);
      await writeFile(join(folder, 'model.json'), `${JSON.stringify(json)}\n`);
      await writeFile(join(folder, 'weights.bin'), weights);
      return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
    }),
  );
  const saved = await loadLayersModel(fileModel(folder));
  const scores = await measure(saved, test, measured, settings, rng.fork('test'));
  saved.dispose();
  return scores;
}

const facts: Record<string, object> = {};
for (const name of NAMES) {
  const {method, dispose} = await prepare(name);
  const known: MethodName = name === 'natural' ? 'pgd-at' : name;
  const plan = planOf(known, settings, images).main;
  const network = await createNetwork(train, settings, rng.fork('weights').fork('student'));
  const {seconds} = await trainNetwork(network, method, train, plan, settings, {
    ...{phase: 'train', rng: rng.fork('student'), learningRate: settings.learningRate},
    watch: watch(name),
  });
  const {clean, pgd20, tailClean, tailPgd20} = await keep(name, network);
  facts[name] = {clean, pgd20, tailClean, tailPgd20};
  console.log(`${name}: ${seconds.toFixed(0)} s`, facts[name]);
  network.dispose();
  dispose();
}
const {epsilon, imbalanceRatio} = settings;
const summary = {classNames, classCounts: counts, epsilon, imbalanceRatio, models: facts};
await writeFile(join(OUT, 'facts.json'), `${JSON.stringify(summary, null, 2)}\n`);
