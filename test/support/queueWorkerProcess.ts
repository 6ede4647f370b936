/** A worker as a process of its own, for tests that kill it. Slow on purpose: kills meet work going on. */
import '@tensorflow/tfjs-backend-cpu';
import type * as tf from '@tensorflow/tfjs-core';

import {evaluateShard} from '../../src/metrics/evaluateShard';
import {startWorker} from '../../src/queue/startWorker';
import {dataset, model, options} from './queueTask';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

await startWorker(
  {
    connection: {host: '127.0.0.1', port: Number(process.argv[2])},
    lockDuration: 1000,
    maxLost: 100,
  },
  {
    evaluate: (_task, shard, control) =>
      evaluateShard<tf.Tensor2D>(model, dataset, shard, {
        ...{...options(), ...control},
        async onProgress(progress) {
          await control.onProgress(progress);
          await pause(40);
        },
      }),
  },
);
process.send?.('ready');
