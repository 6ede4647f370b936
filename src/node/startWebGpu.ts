import type * as webGpuBackend from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {guardedWebGpu} from './guardedWebGpu';
import {missingPackage, webGpuDevice} from './webGpuDevice';

const WHERE = 'startWebGpu';
const BACKEND = 'webgpu';
const PACKAGE = '@tensorflow/tfjs-backend-webgpu';

/** Options of {@link startWebGpu}. */
export interface WebGpuOptions {
  /**
   * Options of Dawn, as its package `webgpu` takes them: `'adapter=NVIDIA'` picks one of several
   * devices by a part of its name, `'backend=vulkan'` the interface below. They are not read where the
   * process has a WebGPU of its own.
   *
   * @defaultValue `[]`
   */
  readonly dawnOptions?: readonly string[] | undefined;
}

const DEFAULTS: Defaults<WebGpuOptions> = {dawnOptions: []};

/** A WebGPU backend at work, from {@link startWebGpu}. */
export interface StartedWebGpu {
  /** The device that computes, as its driver calls it. */
  readonly adapter: string;
  /** Whether that is a processor in place of a GPU: right, and slower than wasm. */
  readonly isSoftware: boolean;
  /**
   * Ends the backend and puts the process back as it was; tensors on the backend are lost. A process
   * that comes to its end needs no call. Calling it again does nothing.
   */
  readonly stop: () => void;
}

/**
 * Starts TensorFlow.js on the GPU in Node, over WebGPU, and makes it the current backend. Node has no
 * WebGPU of its own: the package `webgpu` brings one (Dawn, as in Chrome), on Direct3D 12, Metal or
 * Vulkan. In a browser nothing here is needed.
 *
 * The device does not keep the process alive: it ends by itself. A command that the device refuses,
 * for want of memory say, makes every later read from the backend reject; stock TensorFlow.js hands
 * out zeros there. Synchronous reads are refused: Node's WebGPU has none.
 *
 * Calls that overlap, and calls while the backend runs, give the one that is there.
 *
 * @param options - See {@link WebGpuOptions}.
 * @returns What computes, and the way to end it.
 * @throws {@link InvalidArgumentError} if `webgpu` or `@tensorflow/tfjs-backend-webgpu` is not
 *   installed or does not load, if there is no driver or no device, if other code has registered a
 *   backend of this name, or if a running one was started with other options.
 * @example
 * ```ts no-run it needs a GPU
 * import * as tf from '@tensorflow/tfjs-core';
 * import {startWebGpu} from 'lt-robust/node';
 *
 * const {adapter, isSoftware} = await startWebGpu();
 * console.log(tf.getBackend(), adapter, isSoftware);
 * ```
 */
export async function startWebGpu(options: WebGpuOptions = {}): Promise<StartedWebGpu> {
  const {dawnOptions} = withDefaults(WHERE, DEFAULTS, options);
  checkDawnOptions(dawnOptions);
  const key = JSON.stringify(dawnOptions);
  if (current && tf.findBackend(BACKEND) !== current.backend) current = undefined;
  if (current) {
    checkSame(current.key, key);
    await tf.setBackend(BACKEND);
    return current.started;
  }
  checkSame(starting?.key ?? key, key);
  starting ??= {key, running: start(key, dawnOptions)};
  const own = starting;
  try {
    current = await own.running;
    return current.started;
  } finally {
    if (starting === own) starting = undefined;
  }
}

interface Running {
  readonly key: string;
  readonly started: StartedWebGpu;
  readonly backend: tf.KernelBackend;
}

let current: Running | undefined;
let starting: {readonly key: string; readonly running: Promise<Running>} | undefined;

function checkDawnOptions(dawnOptions: readonly string[]): void {
  const isTexts =
    Array.isArray(dawnOptions) && dawnOptions.every((each) => typeof each === 'string');
  if (isTexts) return;
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'dawnOptions',
    expected: 'be an array of strings',
    found: describeValue(dawnOptions),
    remedy: "Pass one such as ['adapter=NVIDIA'].",
  });
}

function checkSame(before: string, now: string): void {
  if (before === now) return;
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'dawnOptions',
    expected: `be ${before}, as in the call that started the backend`,
    found: now,
    remedy: 'Stop that one first.',
  });
}

async function start(key: string, dawnOptions: readonly string[]): Promise<Running> {
  checkFree();
  const loaded = await backendPackage();
  // Where the process has a WebGPU of its own, loading the package has registered a backend.
  if (tf.findBackendFactory(BACKEND)) tf.removeBackend(BACKEND);
  const found = await webGpuDevice(dawnOptions);
  const {description, device, vendor, architecture} = found.adapter.info;
  const backend = guardedWebGpu(loaded, found);
  tf.registerBackend(BACKEND, () => backend);
  await tf.setBackend(BACKEND);
  const stop = (): void => {
    if (current?.backend !== backend) return;
    current = undefined;
    if (tf.findBackend(BACKEND) === backend) tf.removeBackend(BACKEND);
    found.release();
  };
  const isSoftware = found.adapter.info.isFallbackAdapter;
  const adapter = [description, device, `${vendor} ${architecture}`].find((name) => name !== '');
  return {key, backend, started: {adapter: adapter ?? 'unknown', isSoftware, stop}};
}

function checkFree(): void {
  if (!tf.findBackendFactory(BACKEND)) return;
  throw new InvalidArgumentError({
    where: WHERE,
    argument: 'environment',
    expected: 'have no backend named webgpu',
    found: 'one that other code has registered',
    remedy: "Take that one, await tf.setBackend('webgpu'), or tf.removeBackend('webgpu') before.",
  });
}

async function backendPackage(): Promise<typeof webGpuBackend> {
  try {
    return await import('@tensorflow/tfjs-backend-webgpu');
  } catch (cause) {
    throw missingPackage(PACKAGE, cause);
  }
}
