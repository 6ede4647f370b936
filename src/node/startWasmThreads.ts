import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {Worker} from 'node:worker_threads';

import type * as wasmBackend from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import {checkCount} from '../core/checks/checkTensors';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {startKernelThreads} from '../kernels/wasm/kernelThreads';

const WHERE = 'startWasmThreads';
const PACKAGE = '@tensorflow/tfjs-backend-wasm';
const FLAG = 'WASM_HAS_MULTITHREAD_SUPPORT';
const THREADED = `${PACKAGE}/wasm-out/tfjs-backend-wasm-threaded-simd`;

/** A message of the backend to one of its workers. */
interface Message {
  readonly cmd?: string;
}

/**
 * Starts the wasm backend with threads in Node and makes it the current one. tfjs itself uses
 * threads in browsers only, where pages are cross-origin isolated; there, and without this call in
 * Node, nothing here is needed. Call it before anything else starts the backend.
 *
 * The workers do not keep the process alive: it ends by itself. What is changed in the process to
 * start them (`globalThis.Worker`, `os.cpus`, `WASM_HAS_MULTITHREAD_SUPPORT`) is restored before
 * this returns. More threads pay off on idle cores and large models: with two on two such cores a
 * forward pass of ResNet-18 took 0.53 of the time and an attack step 0.56, next to other work 0.76
 * and 0.72 (docs/benchmarks.md).
 *
 * @param threads - How many, at most the number of processors. Calls that overlap must ask for the
 *   same number; they wait for one start.
 * @throws {@link InvalidArgumentError} if `threads` is no positive integer or above the number of
 *   processors, if the backend runs already, or if `@tensorflow/tfjs-backend-wasm` is not installed.
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import {startWasmThreads} from 'lt-robust/node';
 *
 * await startWasmThreads(1);
 * tf.getBackend(); // => 'wasm'
 * await tf.setBackend('cpu');
 * ```
 */
export async function startWasmThreads(threads: number): Promise<void> {
  if (starting && starting.threads !== threads) {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'threads',
      expected: `be ${starting.threads}, as in the call that is starting the backend`,
      found: describeValue(threads),
      remedy: 'Await the first call.',
    });
  }
  if (!starting) {
    checkThreads(threads);
    starting = {threads, started: start(threads)};
  }
  const own = starting;
  try {
    await own.started;
  } finally {
    if (starting === own) starting = undefined;
  }
}

// Calls must not overlap: one would take what another has changed in the process for the original.
let starting: {readonly threads: number; readonly started: Promise<void>} | undefined;

function checkThreads(threads: number): void {
  checkCount(WHERE, 'threads', threads);
  const available = os.cpus().length;
  if (threads > available) {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'threads',
      expected: `be at most ${available}, the number of processors`,
      found: describeValue(threads),
      remedy: 'Ask for fewer.',
    });
  }
  if ('wasm' in tf.engine().registry) {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'threads',
      expected: 'be asked for before the wasm backend starts',
      found: 'a backend at work, with its number of threads settled',
      remedy: `Call ${WHERE} before tf.setBackend('wasm').`,
    });
  }
}

async function start(threads: number): Promise<void> {
  const {setThreadsCount} = await backendPackage();
  const workers: Worker[] = [];
  const hadThreads = (await tf.env().getAsync(FLAG)) as boolean;
  const restore = letBackendStartWorkers(threads, workers);
  try {
    tf.env().set(FLAG, true);
    setThreadsCount(threads);
    if (!(await tf.setBackend('wasm'))) {
      throw new Error('The threaded wasm backend did not start: see the warning above.');
    }
    startOwn(tf.backend(), threads);
  } finally {
    restore();
    tf.env().set(FLAG, hadThreads);
    // Listeners that were added since keep the process alive again.
    for (const worker of workers) worker.unref();
  }
}

/** Threads for the SIMD kernels of this package; they end with the backend, or with the process. */
function startOwn(backend: tf.KernelBackend, threads: number): void {
  const stop = startKernelThreads(backend, threads, (script) => {
    const worker = new Worker(script, {eval: true, execArgv: []});
    worker.unref();
    return worker;
  });
  if (stop === undefined) return;
  const dispose = backend.dispose.bind(backend);
  backend.dispose = () => {
    stop();
    dispose();
  };
}

async function backendPackage(): Promise<typeof wasmBackend> {
  try {
    return await import('@tensorflow/tfjs-backend-wasm');
  } catch (cause) {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'threads',
      expected: `find the package ${PACKAGE}`,
      found: String(cause),
      remedy: `npm install ${PACKAGE}`,
    });
  }
}

function threadedBuild(): {main: string; wasmWorkerContents: string} {
  try {
    const require = createRequire(import.meta.url);
    const worker = require(`${THREADED}.worker.js`) as {wasmWorkerContents: string};
    return {main: require.resolve(`${THREADED}.js`), ...worker};
  } catch (cause) {
    throw new InvalidArgumentError({
      where: WHERE,
      argument: 'threads',
      expected: `find the threaded build in ${PACKAGE}`,
      found: String(cause),
      remedy: `Install ${PACKAGE} 4.22; other versions may have other files.`,
    });
  }
}

/** Until it is undone, the backend may start the workers of its threaded build, as in a browser. */
function letBackendStartWorkers(threads: number, workers: Worker[]): () => void {
  const {main, wasmWorkerContents} = threadedBuild();
  // The text of a worker expects to be a file beside the backend's.
  const preamble =
    `global.__dirname = ${JSON.stringify(path.dirname(main))};` +
    `global.__filename = ${JSON.stringify(main)}; global.require = require;`;
  const source = preamble + wasmWorkerContents.replaceAll('\n', '\\n');
  class BackendWorker extends Worker {
    constructor(_url: unknown, options: object = {}) {
      // Without the flags of this process: under `node --input-type=module -e` it would be a module.
      super(source, {...options, eval: true, execArgv: []});
      workers.push(this);
    }

    // Its code is to be loaded from the file, not from a URL of this process.
    override postMessage(message: Message): void {
      super.postMessage(message.cmd === 'load' ? {...message, urlOrBlob: main} : message);
    }
  }
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  // The backend's own code assigns a Worker as well.
  const property = {configurable: true, get: () => BackendWorker, set: () => undefined};
  Object.defineProperty(globalThis, 'Worker', property);
  // It takes half of the processors at most.
  const cpus = os.cpus;
  os.cpus = () => Array.from({length: 2 * threads}, () => at(cpus(), 0));
  return () => {
    os.cpus = cpus;
    if (before) Object.defineProperty(globalThis, 'Worker', before);
    else Reflect.deleteProperty(globalThis, 'Worker');
  };
}
