import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {Worker} from 'node:worker_threads';

import {setThreadsCount} from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);
const OUTPUT = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd';

interface Load {
  readonly cmd?: string;
}

/** Starts tfjs's threaded wasm backend in Node, which by itself it does in browsers only. */
export async function startThreads(threads: number): Promise<void> {
  const main = require.resolve(`${OUTPUT}.js`);
  const {wasmWorkerContents} = require(`${OUTPUT}.worker.js`) as {wasmWorkerContents: string};
  const folder = path.dirname(main);
  const preamble =
    `global.__dirname = ${JSON.stringify(folder)}; global.__filename = ${JSON.stringify(main)};` +
    'global.require = require;';
  class BackendWorker extends Worker {
    constructor(_url: string, options: object) {
      super(preamble + wasmWorkerContents.replaceAll('\n', '\\n'), {...options, eval: true});
      this.unref();
    }

    override postMessage(message: Load): void {
      super.postMessage(message.cmd === 'load' ? {...message, urlOrBlob: main} : message);
    }
  }
  // The backend's own code assigns a Worker as well.
  const property = {configurable: true, get: () => BackendWorker, set: () => undefined};
  Object.defineProperty(globalThis, 'Worker', property);
  // It takes half of the processors at most.
  const cpus = os.cpus();
  os.cpus = () => [...cpus, ...cpus];
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
  setThreadsCount(threads);
  await tf.setBackend('wasm');
}
