// Starts WebGPU as a user would, compares it with cpu and says what it finds; there is no process.exit.
import '@tensorflow/tfjs-backend-cpu';
// As in many programs: hoisted above the start, where there is no WebGPU yet.
import '@tensorflow/tfjs-backend-webgpu';

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';

import {startWebGpu} from '../../src/node/startWebGpu';
import {tinyConvNet} from '../support/models';
import {WEBGPU_RUNS, webgpuInputs} from '../support/webgpuRuns';

const reasonOf = (result: PromiseSettledResult<unknown>): string =>
  result.status === 'rejected' ? String(result.reason) : 'fulfilled';

async function numbersOn(backend: string): Promise<Record<string, number[]>> {
  await tf.setBackend(backend);
  const found: Record<string, number[]> = {};
  for (const [name, run] of Object.entries(WEBGPU_RUNS)) {
    const model = tinyConvNet();
    const inputs = webgpuInputs();
    found[name] = Array.from(await run(model, inputs));
    model.dispose();
    tf.dispose(Object.values(inputs));
  }
  return found;
}

const globals = () => [
  'navigator' in globalThis && 'gpu' in globalThis.navigator,
  'GPUBufferUsage' in globalThis,
];
const before = globals();

const [first, second, other] = await Promise.allSettled([
  startWebGpu(),
  startWebGpu(),
  startWebGpu({dawnOptions: ['backend=vulkan']}),
]);
if (first.status === 'rejected') throw first.reason;
const {adapter, isSoftware, stop} = first.value;
const [backend, during] = [tf.getBackend(), globals()];

const expected = await numbersOn('cpu');
const found = await numbersOn('webgpu');
const tensors = tf.memory().numTensors;
const differences = Object.fromEntries(
  Object.entries(expected).map(([name, values]) => {
    const own = found[name] ?? [];
    const errors = values.map((value, i) => Math.abs(value - (own[i] ?? NaN)));
    // NaN would lose against every number.
    return [name, own.length === values.length && errors.every((e) => e < 1e-4) ? 'equal' : errors];
  }),
);

stop();
stop();
const stopped = {globals: globals(), registered: tf.findBackendFactory('webgpu') !== null};
const again = await startWebGpu({dawnOptions: ['backend=vulkan']});
const afterRestart = (await tf.tidy(() => tf.add(tf.ones([2000]), 2)).data())[0];
again.stop();
tf.registerBackend('webgpu', () => tf.backend());
const [taken] = await Promise.allSettled([startWebGpu()]);
const result = {
  ...{before, during, backend, adapter, isSoftware, tensors},
  ...{sameRun: second.status === 'fulfilled' && second.value === first.value},
  ...{other: reasonOf(other), differences},
  ...{stopped, afterRestart, taken: reasonOf(taken)},
};
console.log(JSON.stringify(result));
