import * as tf from '@tensorflow/tfjs-core';

import {registerGradientKernels} from '../kernels/registerGradientKernels';
import {isInvalidArgumentError} from '../core/errors';
import {startWasmThreads} from '../node/startWasmThreads';
import {startWebGpu} from '../node/startWebGpu';
import {CliError} from './cliError';
import {isMissingPackage} from './missingPackage';

/** Backends that the command can start. */
export const BACKENDS = ['auto', 'wasm', 'cpu', 'webgpu', 'tfjs-node'] as const;

/** A name of {@link BACKENDS}. */
export type BackendName = (typeof BACKENDS)[number];

/** A backend itself, not the choice among them. */
export type OwnBackend = Exclude<BackendName, 'auto'>;

interface BackendPackages {
  /** What TensorFlow.js calls it. */
  readonly name: string;
  /** The packages that it needs, in the order in which they are loaded. */
  readonly packages: readonly string[];
}

const BACKEND_PACKAGES: Readonly<Record<OwnBackend, BackendPackages>> = {
  wasm: {name: 'wasm', packages: ['@tensorflow/tfjs-backend-wasm']},
  cpu: {name: 'cpu', packages: ['@tensorflow/tfjs-backend-cpu']},
  webgpu: {name: 'webgpu', packages: ['webgpu', '@tensorflow/tfjs-backend-webgpu']},
  'tfjs-node': {name: 'tensorflow', packages: ['@tensorflow/tfjs-node']},
};

/**
 * Starts a backend.
 *
 * @returns Why it does not start and what to do; nothing if it runs.
 */
export async function startBackend(
  backend: OwnBackend,
  threads: number,
): Promise<string | undefined> {
  const {name, packages} = BACKEND_PACKAGES[backend];
  // What the user asked for by hand (a test, say) is there already.
  if (!(name in tf.engine().registryFactory)) {
    if (backend === 'webgpu') return startGpu();
    for (const module of packages) {
      try {
        await import(module);
      } catch (error) {
        if (isMissingPackage(error, module))
          return `not installed: npm install ${packages.join(' ')}`;
        const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
        return `${module} is installed and does not load: ${reason ?? ''}`;
      }
    }
  }
  if (backend === 'wasm' && threads > 1) {
    await startWasmThreads(threads);
    return undefined;
  }
  const starts = await tf.setBackend(name).catch(() => false);
  return starts ? undefined : 'installed, but it does not start on this machine';
}

/** Why the GPU cannot be used, and what to do; nothing if it runs. */
async function startGpu(): Promise<string | undefined> {
  try {
    await startWebGpu();
    return undefined;
  } catch (error) {
    if (!isInvalidArgumentError(error)) throw error;
    const {expected, found, remedy} = error;
    const {packages} = BACKEND_PACKAGES.webgpu;
    if (remedy.startsWith('npm')) return `not installed: npm install ${packages.join(' ')}`;
    return `it must ${expected}, found ${found}. ${remedy}`;
  }
}

/** Which backend, and with how many threads. */
export interface BackendOptions {
  /** `auto`: wasm if its package is installed, else cpu. The others only by name. */
  readonly backend: BackendName;
  /** Threads of wasm. */
  readonly threads: number;
  /** SIMD kernels of wasm. */
  readonly simd?: 'auto' | 'plain' | 'relaxed' | undefined;
}

/** A backend that runs, with gradients that are right and fast. */
export interface OpenBackend {
  /** What TensorFlow.js calls it. */
  readonly name: string;
  /** Takes the gradients back. */
  readonly undo: () => void;
}

/** Starts the backend. */
export async function openBackend({backend, threads, simd}: BackendOptions): Promise<OpenBackend> {
  // Registers gradient functions, without which nothing can be attacked.
  await import('@tensorflow/tfjs-layers');
  const wanted = backend === 'auto' ? (['wasm', 'cpu'] as const) : [backend];
  const problems: string[] = [];
  for (const candidate of wanted) {
    const problem = await startBackend(candidate, threads);
    if (problem === undefined) {
      const undo = await registerGradientKernels({simd});
      return {name: tf.getBackend(), undo};
    }
    problems.push(`${candidate}: ${problem}`);
  }
  throw new CliError(`No backend of TensorFlow.js runs here.\n${problems.join('\n')}`);
}

/**
 * Starts the backend, with gradients that are right and fast while `body` runs.
 *
 * @param body - Is told which backend it is.
 */
export async function withBackend<T>(
  options: BackendOptions,
  body: (backend: string) => Promise<T>,
): Promise<T> {
  const {name, undo} = await openBackend(options);
  try {
    return await body(name);
  } finally {
    undo();
  }
}
