// Reads at once, and reads after the device has refused a command.
import * as tf from '@tensorflow/tfjs-core';

import {startWebGpu} from '../../src/node/startWebGpu';

const thrownBy = async (body: () => unknown): Promise<string> => {
  try {
    return `nothing: ${String(await body())}`;
  } catch (error) {
    return String(error);
  }
};
await startWebGpu();
const sum = tf.tidy(() => tf.add(tf.ones([2000]), 1));
const atOnce = await thrownBy(() => sum.dataSync());
const fromMemory = tf.tensor1d([5]).dataSync()[0];
const awaited = (await sum.data())[0];
// More than a buffer may have: what would be computed on it are zeros.
const {device} = tf.backend() as unknown as {device: GPUDevice};
device.createBuffer({size: 2 ** 50, usage: GPUBufferUsage.MAP_READ});
await new Promise((resolve) => setTimeout(resolve, 50));
const refused = await thrownBy(() => tf.tidy(() => tf.add(tf.ones([2000]), 3)).data());
console.log(JSON.stringify({atOnce, fromMemory, awaited, refused}));
