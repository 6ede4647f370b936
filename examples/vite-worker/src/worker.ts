import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import {pgdAttackAsync} from 'lt-robust';
import {registerGradientKernels} from 'lt-robust/kernels';
import {smallConvNet} from 'lt-robust/models';

import type {Request, Response} from './messages';

const say = (response: Response) => self.postMessage(response);

// Threads do not survive the minifier (docs/browser.md): none, and their file is never read.
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
setWasmPaths({
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': simd,
});
const ready = tf.setBackend('wasm').then(() => registerGradientKernels());
const network = ready.then(() =>
  smallConvNet({inputShape: [28, 28, 1], numClasses: 10, channels: [8, 16], seed: 1}),
);

async function attack(steps: number, signal: AbortSignal): Promise<void> {
  const model = await network;
  const x = tf.fill<tf.Rank.R4>([8, 28, 28, 1], 0.5);
  const labels = tf.zeros<tf.Rank.R1>([8], 'int32');
  try {
    const adversarial = await pgdAttackAsync(model, x, labels, {
      ...{epsilon: 0.1, steps, signal},
      onProgress: ({done, total}) => say({kind: 'progress', done, total}),
    });
    const change = tf.tidy(() => tf.max(tf.abs(tf.sub(adversarial, x))));
    const [largestChange = NaN] = await change.data();
    say({kind: 'attacked', backend: tf.getBackend(), largestChange});
    tf.dispose([adversarial, change]);
  } finally {
    tf.dispose([x, labels]);
  }
}

let controller = new AbortController();

self.addEventListener('message', ({data}: MessageEvent<Request>) => {
  controller.abort();
  if (data.kind === 'stop') return;
  controller = new AbortController();
  const {signal} = controller;
  attack(data.steps, signal).catch((error: unknown) => {
    say(signal.aborted ? {kind: 'stopped'} : {kind: 'failed', message: String(error)});
  });
});
