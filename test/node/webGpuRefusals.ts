// Tries to start WebGPU on a device of another name, then on any, and says what comes of it.
import '@tensorflow/tfjs-backend-cpu';

import * as tf from '@tensorflow/tfjs-core';

import {startWebGpu} from '../../src/node/startWebGpu';

await tf.setBackend('cpu');
const outcome = (dawnOptions: string[]): Promise<string> =>
  startWebGpu({dawnOptions}).then(() => 'started', String);
const named = await outcome(['adapter=a name that no device has']);
const plain = await outcome([]);
console.log(JSON.stringify({named, plain, backend: tf.getBackend()}));
