import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential} from '@tensorflow/tfjs-layers';

import {runCli} from '../../src/cli/runCli';
import type {Terminal} from '../../src/cli/terminal';
import {fileModel} from '../../src/node/fileModel';
import {encodePng} from '../../src/report/pngImage';

/** What a command wrote, and its exit code. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A terminal that keeps what is written. */
export function keptTerminal(): Terminal & {readonly written: {out: string; err: string}} {
  const written = {out: '', err: ''};
  return {
    written,
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    ...{isInteractive: false, hasColour: false},
  };
}

/** Runs a command line on the backend of the tests. */
export async function cli(...argv: readonly string[]): Promise<CliRun> {
  const terminal = keptTerminal();
  const before = tf.getBackend();
  const usesModel = ['evaluate', 'audit', 'harden'].includes(argv[0] ?? '');
  const backend = usesModel && !argv.includes('--backend') ? ['--backend', before] : [];
  try {
    const code = await runCli([...argv, ...backend], terminal);
    return {code, ...terminal.written};
  } finally {
    await tf.setBackend(before);
  }
}

/**
 * A layers model that tells bright from dark images of 2 x 2 grey pixels, and images of both kinds:
 * 20 of each, whose mean is 0.02, 0.04, ... from 0.5. An example is robust within epsilon if that is
 * more.
 */
export async function writeProject(folder: string): Promise<{model: string; images: string}> {
  const model = sequential({
    layers: [
      layers.flatten({inputShape: [2, 2, 1]}),
      layers.dense({units: 2, activation: 'softmax'}),
    ],
  });
  model.setWeights([
    tf.tensor2d([[-1, 1], [-1, 1], [-1, 1], [-1, 1]]), // prettier-ignore
    tf.tensor1d([2, -2]),
  ]);
  await model.save(fileModel(path.join(folder, 'model')));
  model.dispose();
  const images = path.join(folder, 'images');
  for (const [name, sign] of [
    ['dark', -1],
    ['light', 1],
  ] as const) {
    await mkdir(path.join(images, name), {recursive: true});
    for (let i = 1; i <= 20; i++) {
      const pixels = new Array<number>(4).fill(0.5 + sign * 0.02 * i);
      const file = path.join(images, name, `${String(i).padStart(2, '0')}.png`);
      await writeFile(file, encodePng({pixels, shape: [2, 2, 1]}));
    }
  }
  return {model: path.join(folder, 'model'), images};
}
