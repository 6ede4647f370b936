import * as tf from '@tensorflow/tfjs-core';

import {startedBackend} from '../core/checks/checkBackend';
import {checkOneOf} from '../core/checks/checkOneOf';
import type {KernelSet} from '../core/computedOn';
import {InvalidArgumentError} from '../core/errors';
import {setFrozenPasses} from '../core/layers/modelPass';
import {withDefaults, type Defaults} from '../core/options';
import {hookBatchNorm} from './batchNormLayers';
import {installGradientKernels} from './gradientKernels';
import {repeatedPasses} from './repeatedPasses';
import {guardMemory} from './wasm/heap';
import {productsOn} from './wasm/instance';
import {hasRelaxedSimd, useRelaxed} from './wasm/relaxedSimd';
import {SIMD_GRADIENTS, SIMD_KERNELS} from './wasm/simdKernels';
import {outsideOfScope} from './withGradientKernels';

/** Options of {@link registerGradientKernels}. */
export interface RegisterGradientKernelsOptions {
  /**
   * Which SIMD kernels run on wasm; other backends have none. `'relaxed'` uses relaxed SIMD, whose
   * fused multiplication and addition rounds once in place of twice, and larger tiles of Winograd's
   * algorithm: faster, and last digits differ from machine to machine. `'plain'` gives the same
   * digits on every machine. `'auto'` is relaxed where the engine has it (Node from 22 on, Chromium
   * from 114 on), else plain. @defaultValue 'auto'
   */
  readonly simd?: 'auto' | 'plain' | 'relaxed' | undefined;
}

const DEFAULTS: Defaults<RegisterGradientKernelsOptions> = {simd: 'auto'};

const WHERE = 'registerGradientKernels';

interface Installation {
  readonly set: KernelSet;
  users: number;
  restore: () => void;
  /** Ends the threads of our kernels, where they were started for it. */
  readonly stop: (() => void) | undefined;
}

// One installation per backend, however often it is asked for; in the order in which they came.
const installed = new Map<string, Installation>();

function install(backend: string, set: KernelSet): () => void {
  const kernels =
    backend === 'wasm'
      ? installGradientKernels(backend, SIMD_KERNELS, SIMD_GRADIENTS, set)
      : installGradientKernels(backend);
  const undo = [kernels, hookBatchNorm(backend), guardMemory(tf.findBackend(backend))];
  return () => undo.reverse().forEach((restore) => restore());
}

/** The SIMD kernels that are asked for; `'composed'` where there is no SIMD. */
function chosenSet(simd: 'auto' | 'plain' | 'relaxed'): KernelSet {
  if (simd === 'relaxed' && !hasRelaxedSimd()) {
    throw new InvalidArgumentError({
      ...{where: WHERE, argument: 'simd', expected: "be 'auto' or 'plain' in this engine"},
      found: "'relaxed', which it does not have",
      remedy: 'Use Node 22 or later; Node 20 has it with --experimental-wasm-relaxed-simd.',
    });
  }
  if (!productsOn(tf.backend())) return 'composed';
  return simd === 'plain' || !hasRelaxedSimd() ? 'plain SIMD' : 'relaxed SIMD';
}

/**
 * Loads what starts threads for our kernels in a page, where the backend has some and workers share its
 * memory. In Node `startWasmThreads` starts them.
 */
async function pageThreads(set: KernelSet): Promise<(backend: object) => Installation['stop']> {
  const isShared = set !== 'composed' && productsOn(tf.backend())?.heap.shared === true;
  if (!isShared || typeof Worker !== 'function') return () => undefined;
  return (await import('./wasm/pageThreads')).startPageThreads;
}

/** Throws if other SIMD kernels are registered than the ones that are asked for. */
function checkSame(simd: 'auto' | 'plain' | 'relaxed', {set}: Installation): void {
  const other = {auto: undefined, plain: 'relaxed SIMD', relaxed: 'plain SIMD'}[simd];
  if (set !== other) return;
  throw new InvalidArgumentError({
    ...{where: WHERE, argument: 'simd', expected: 'be the same in every call'},
    found: `'${simd}' while the ${set} kernels are registered`,
    remedy: 'Call what the first registerGradientKernels() returned, or pass the same to both.',
  });
}

/** Takes the kernels of a backend out. Gradients are shared: those of the other backends stay. */
function uninstall(backend: string): void {
  outsideOfScope(() => {
    for (const {restore} of [...installed.values()].reverse()) restore();
    installed.get(backend)?.stop?.();
    installed.delete(backend);
    if (installed.size === 0) setFrozenPasses(undefined);
    if (backend === 'wasm') useRelaxed(undefined);
    for (const [other, entry] of installed) entry.restore = install(other, entry.set);
  });
}

/**
 * Gives the current backend complete, right and fast gradients for good, for programs that run
 * `model.fit` or their own `tf.variableGrads`: after it, a convolutional network trains on wasm, and
 * a dilated one on every backend. Call it once for each backend, after choosing it. What this library
 * itself computes is right without, but on wasm the call makes it faster as well: the kernels
 * registered here are SIMD code that works in place on the backend's memory. Where the engine or tfjs
 * does not allow that, they are composed from tfjs's own operations, as they are without the call.
 * Convolutions of 3x3 filters and stride 1 run by Winograd's algorithm, in half of the time or less,
 * wherever they are called from; outputs differ from tfjs's in rounding, by about 1e-6 of the
 * largest. Which kernels run, `kernelsInUse()` says, and so does every report. On cpu and wasm, attacks
 * also record the passes of a `tf.LayersModel` of known layers, and repeat them without the work of
 * tf.layers and of tfjs's engine (`freezeWeights`): same digits, in less time.
 *
 * @param options - See {@link RegisterGradientKernelsOptions}.
 * @returns A function that takes them out again. The kernels stay until every caller has done so;
 *   gradients, which all backends share, until the last backend is done.
 * @throws `InvalidArgumentError` if `simd` is `'relaxed'` and the engine has no relaxed SIMD, or
 *   the other kernels are registered already.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {registerGradientKernels} from 'lt-robust/kernels';
 *
 * const undo = await registerGradientKernels();
 * const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.gather(x, [0, 0])));
 * gradient(tf.tensor1d([1, 2])).dataSync(); // => [2, 0]
 * undo();
 * ```
 */
export async function registerGradientKernels(
  options: RegisterGradientKernelsOptions = {},
): Promise<() => void> {
  const {simd} = withDefaults(WHERE, DEFAULTS, options);
  checkOneOf(WHERE, 'simd', simd, ['auto', 'plain', 'relaxed']);
  await startedBackend(WHERE);
  const backend = tf.getBackend();
  const set = backend === 'wasm' ? chosenSet(simd) : 'composed';
  // Loaded only where it runs.
  const relaxed = set === 'relaxed SIMD' ? await import('./wasm/relaxedModules') : undefined;
  const startThreads = await pageThreads(set);
  let entry = installed.get(backend);
  if (entry) {
    checkSame(simd, entry);
  } else {
    if (backend === 'wasm') useRelaxed(relaxed?.RELAXED_MODULES);
    const stop = startThreads(tf.backend());
    installed.set(backend, (entry = {set, users: 0, restore: install(backend, set), stop}));
    setFrozenPasses(repeatedPasses);
  }
  const counted = entry;
  counted.users++;
  let undone = false;
  return () => {
    if (undone) return;
    undone = true;
    counted.users--;
    if (counted.users === 0) uninstall(backend);
  };
}
