/**
 * Starts a preset at full size: the paper's network in batches of 128, a few steps on images that are
 * drawn by chance, a checkpoint, after which it is cancelled, and a second start that goes on from it.
 *
 *   npx tsx scripts/fullSize.ts [preset] [attack steps, default the paper's] [backend, default wasm] [folder]
 *
 * The backend is one of the command line's; tfjs-node has all memory of the machine, wasm 4 GB. What happened is
 * written into the folder, where one is given: those that are kept are in docs/results/full-size.
 */
import '@tensorflow/tfjs-layers';

import {mkdir, mkdtemp, readdir, rm, stat, writeFile} from 'node:fs/promises';
import os from 'node:os';
import {join} from 'node:path';

import {BACKENDS, type OwnBackend, startBackend} from '../src/cli/backend';
import {computedOn} from '../src/core/computedOn';
import {createRng} from '../src/core/rng';
import {arrayDataset} from '../src/data/arrayDataset';
import {registerGradientKernels} from '../src/kernels/registerGradientKernels';
import {fileCheckpoints} from '../src/node/fileCheckpoints';
import {preset} from '../src/presets/presets';
import {scalePreset} from '../src/presets/scalePreset';
import {trainPreset} from '../src/presets/trainPreset';

const [, , id = 'cifar10-lt50/resnet18/at-bsl', steps, backend = 'wasm', kept] = process.argv;
const isOwn = (name: string): name is OwnBackend =>
  name !== 'auto' && BACKENDS.some((each) => each === name);
if (!isOwn(backend)) throw new Error(`${backend} is none of ${BACKENDS.slice(1).join(', ')}.`);
const refusal = await startBackend(backend, 1);
if (refusal !== undefined) throw new Error(`${backend}: ${refusal}`);
await registerGradientKernels();

const asked = preset(id);
const {imageShape, numClasses} = asked.dataset;
const {batchSize} = asked.main;
const rng = createRng(1);
// As many whole batches as give every class an example.
const examples = Math.ceil(numClasses / batchSize) * batchSize;
const pixels = Float32Array.from({length: examples * imageShape.reduce((a, b) => a * b)}, () =>
  rng.uniform(),
);
const labels = Array.from({length: examples}, (_, i) => i % numClasses);
const dataset = arrayDataset(pixels, labels, {shape: imageShape, numClasses});
const attackSteps = steps === undefined ? {} : {attackSteps: Number(steps)};
const folder = await mkdtemp(join(os.tmpdir(), 'lt-robust-full-size-'));
const starts: {losses: number[]; seconds: number; epochs: number | 'cancelled'}[] = [];
let checkpoints: number[] = [];
try {
  // Its learning rate is the paper's: at milestones of two epochs nothing drops.
  const row = scalePreset(asked, {epochs: 2, ...attackSteps});
  const constant = {...row, main: {...row.main, milestones: []}};
  for (const isFirst of [true, false]) {
    const cancel = new AbortController();
    const started = performance.now();
    const losses: number[] = [];
    const run = trainPreset(constant, dataset, {
      ...{rng: createRng(2), checkpoints: fileCheckpoints(folder), signal: cancel.signal},
      onProgress: ({phase, done, total, metrics}) => {
        const loss = metrics['loss'] ?? NaN;
        console.log(`${phase}: step ${done} of ${total}, loss ${loss.toFixed(4)}`);
        if (phase === 'main') losses.push(loss);
        if (isFirst && phase === 'main' && done > total / 2) cancel.abort();
      },
    });
    const trained = await run.catch((error: unknown) => {
      if (!cancel.signal.aborted) throw error;
    });
    const seconds = Math.round((performance.now() - started) / 1000);
    const files = await readdir(folder);
    checkpoints = await Promise.all(
      files.map(async (name) => (await stat(join(folder, name))).size),
    );
    const epochs = trained?.result.history.length ?? 'cancelled';
    starts.push({losses, seconds, epochs});
    console.log(
      `${id}, batch ${batchSize}, ${backend}: ` +
        (epochs === 'cancelled' ? 'cancelled in its second epoch' : `${epochs} epochs`) +
        ` after ${seconds} s; ` +
        `checkpoints of ${checkpoints.map((size) => (size / 1e6).toFixed(0)).join(' and ')} MB`,
    );
    trained?.model.dispose();
    trained?.teacher?.model.dispose();
  }
} finally {
  await rm(folder, {recursive: true});
}
if (kept !== undefined) {
  await mkdir(kept, {recursive: true});
  const record = {
    ...{preset: id, backend, computedOn: computedOn(), node: process.version},
    ...{batchSize, imageShape, attackSteps: steps ?? "the paper's", starts, checkpoints},
    largestResidentKB: process.resourceUsage().maxRSS,
    date: new Date().toISOString().slice(0, 10),
  };
  const name = `${id.replaceAll('/', '_')}.json`;
  await writeFile(join(kept, name), `${JSON.stringify(record, null, 2)}\n`);
}
