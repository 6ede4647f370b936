import os from 'node:os';

import * as tf from '@tensorflow/tfjs-core';

import {pgdAttack} from '../../attacks/pgdAttack';
import {kernelsInUse, type KernelSet} from '../../core/computedOn';
import {createRng} from '../../core/rng';
import {registerGradientKernels} from '../../kernels/registerGradientKernels';
import {smallConvNet} from '../../models/smallConvNet';
import {textTable} from '../../report/format';
import {startBackend} from '../backend';
import {EXIT} from '../cliError';
import {coloursOf} from '../terminal';
import {versions} from '../versions';
import type {CommandContext} from './evaluate';

/** Options of `doctor`. */
export interface DoctorOptions {
  readonly json?: boolean | undefined;
  readonly threads: number;
}

/** What there is to say of a backend. */
export interface BackendHealth {
  readonly backend: string;
  /** Whether it is installed and starts. */
  readonly starts: boolean;
  /** Why it does not, and what to do. */
  readonly problem?: string;
  /** This library's kernels that compute on it. */
  readonly kernels?: KernelSet;
  /** Milliseconds of a step of PGD on 16 images of 28 x 28, the median of five. */
  readonly stepMs?: number;
  /** Images that 10 steps of PGD attack in a second. */
  readonly imagesPerSecond?: number;
}

const BATCH = 16;

async function stepTime(): Promise<Required<Pick<BackendHealth, 'kernels' | 'stepMs'>>> {
  const undo = await registerGradientKernels();
  const kernels = kernelsInUse();
  const model = smallConvNet({inputShape: [28, 28, 1], numClasses: 10});
  const rng = createRng(2);
  const pixels = Float32Array.from({length: BATCH * 28 * 28}, () => rng.uniform());
  const x = tf.tensor4d(pixels, [BATCH, 28, 28, 1]);
  const labels = tf.tensor1d(new Int32Array(BATCH), 'int32');
  try {
    const times: number[] = [];
    for (let run = 0; run < 6; run++) {
      const started = performance.now();
      const adversarial = pgdAttack(model, x, labels, {steps: 2, checkValues: false});
      await adversarial.data();
      adversarial.dispose();
      // The first one compiles.
      if (run > 0) times.push((performance.now() - started) / 2);
    }
    return {kernels, stepMs: times.sort((a, b) => a - b)[2] ?? NaN};
  } finally {
    undo();
    model.dispose();
    tf.dispose([x, labels]);
  }
}

/** Tells which backends work here, and how fast they are. */
export async function doctor(
  {json = false, threads}: DoctorOptions,
  {terminal}: CommandContext,
): Promise<number> {
  await import('@tensorflow/tfjs-layers');
  const backends: BackendHealth[] = [];
  for (const backend of ['wasm', 'cpu', 'webgpu', 'tfjs-node'] as const) {
    const problem = await startBackend(backend, threads);
    if (problem !== undefined) {
      backends.push({backend, starts: false, problem});
      continue;
    }
    const {kernels, stepMs} = await stepTime();
    const imagesPerSecond = (BATCH * 1000) / (10 * stepMs);
    backends.push({backend, starts: true, kernels, stepMs, imagesPerSecond});
  }
  const [processor] = os.cpus();
  const machine = {processor: processor?.model ?? 'unknown', cores: os.availableParallelism()};
  const found = {versions: versions(), machine, backends};
  const works = backends.some(({starts}) => starts);
  if (json) {
    terminal.out(`${JSON.stringify(found)}\n`);
    return works ? EXIT.ok : EXIT.below;
  }
  const facts = Object.entries({...found.versions, ...machine}).map(([name, value]) => [
    name,
    String(value),
  ]);
  terminal.out(`${textTable(['what', 'which'], facts, ['left', 'left'])}\n\n`);
  const rows = backends.map(({backend, problem, kernels, stepMs, imagesPerSecond}) => [
    backend,
    problem ?? 'works',
    kernels ?? '-',
    stepMs === undefined ? '-' : `${stepMs.toFixed(1)} ms`,
    imagesPerSecond === undefined ? '-' : imagesPerSecond.toFixed(0),
  ]);
  const head = ['backend', 'state', 'kernels', 'PGD step', 'images/s under PGD-10'];
  terminal.out(`${textTable(head, rows, ['left', 'left', 'left', 'right', 'right'])}\n`);
  terminal.out('Speed: a small convolutional network, images of 28 x 28, 16 at a time.\n');
  if (backends[0]?.starts !== true) {
    const {yellow} = coloursOf(terminal);
    terminal.err(
      `${yellow('Advice:')} install @tensorflow/tfjs-backend-wasm: cpu is hundreds of times slower.\n`,
    );
  }
  return works ? EXIT.ok : EXIT.below;
}
