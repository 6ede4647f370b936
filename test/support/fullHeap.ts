/** Runs an attack, and kernels alone, with hardly any of wasm's memory left, in a process of their own. */
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';

import * as tf from '@tensorflow/tfjs-core';

import {createRng, isOutOfMemoryError, pgdAttack} from '../../src/index';
import {registerGradientKernels} from '../../src/kernels/registerGradientKernels';
import {withGradientKernels} from '../../src/kernels/withGradientKernels';
import {resnet18} from '../../src/models/resnet18';

await tf.setBackend('wasm');
const backend = tf.backend() as unknown as {
  readonly wasm: {_malloc: (bytes: number) => number; _free: (address: number) => void};
  numDataIds: () => number;
};
// Emscripten replaces its stubs at the first call.
tf.ones([1]).dispose();
const {_malloc: malloc, _free: free} = backend.wasm;
await registerGradientKernels();
const model = resnet18({width: 8});
const x = tf.zeros<tf.Rank.R4>([64, 32, 32, 3]);
const labels = tf.zeros<tf.Rank.R1>([64], 'int32');
const attack = () => pgdAttack(model, x, labels, {epsilon: 0.03, steps: 2, rng: createRng(1)});

interface KernelCase {
  readonly kernel: string;
  readonly inputs: Record<string, tf.Tensor>;
  readonly attrs: tf.NamedAttrMap;
  /** Shape of the output. */
  readonly output: readonly number[];
}

const plain = {dataFormat: 'NHWC', dilations: 1, pad: 'same', strides: 1};
const images = tf.ones([2, 32, 32, 32]);
const halves = tf.ones([2, 16, 16, 32]);
const [filter3, filter5] = [tf.ones([3, 3, 32, 32]), tf.ones([5, 5, 32, 32])];
const input = {inputShape: images.shape};
/** Kernels of ours that take scratch memory beside their output. */
const cases: readonly KernelCase[] = [
  {kernel: 'Conv2D', inputs: {x: images, filter: filter3}, attrs: plain, output: images.shape},
  {kernel: 'Conv2D', inputs: {x: images, filter: filter5}, attrs: plain, output: images.shape},
  {
    ...{kernel: 'Conv2D', inputs: {x: images, filter: filter3}, output: halves.shape},
    attrs: {...plain, strides: 2},
  },
  {
    ...{kernel: 'Conv2DBackpropInput', inputs: {dy: images, filter: filter3}},
    ...{attrs: {...plain, ...input}, output: images.shape},
  },
  {
    ...{kernel: 'Conv2DBackpropInput', inputs: {dy: halves, filter: filter3}},
    ...{attrs: {...plain, ...input, strides: 2}, output: images.shape},
  },
  {
    ...{kernel: 'Conv2DBackpropFilter', inputs: {x: images, dy: images}},
    ...{attrs: {...plain, filterShape: filter3.shape}, output: filter3.shape},
  },
  {
    ...{kernel: 'Conv2DBackpropFilter', inputs: {x: images, dy: halves}},
    ...{attrs: {...plain, filterShape: filter5.shape, strides: 2}, output: filter5.shape},
  },
  {
    ...{kernel: 'BatchMatMul', inputs: {a: tf.ones([1, 256, 64]), b: tf.ones([1, 64, 512])}},
    ...{attrs: {transposeA: false, transposeB: false}, output: [1, 256, 512]},
  },
];
const run = ({kernel, inputs, attrs}: KernelCase): void =>
  withGradientKernels(() => tf.dispose(tf.engine().runKernel(kernel, inputs, attrs)));

/** What a call throws; an error by which somebody sees that it is not of memory. */
function memoryErrorOf(call: () => unknown) {
  try {
    call();
  } catch (error) {
    if (!isOutOfMemoryError(error)) throw error;
    const {name, message, backend, heapBytes, cause} = error;
    return {name, message, backend, heapBytes, cause: String(cause)};
  }
  return undefined;
}

for (const each of cases) run(each);
const rooms = cases.map(({output}) => 4 * tf.util.sizeFromShape([...output]));
const places = rooms.map((bytes) => malloc(bytes));
// Addresses only: nothing is written, and the system keeps its memory.
for (let bytes = 2 ** 28; bytes >= 2 ** 12; bytes /= 2) while (malloc(bytes) !== 0);
const held = backend.numDataIds();

// An error of the program is its own, even now.
const own = new RangeError('of the program');
try {
  withGradientKernels(() => {
    throw own;
  });
} catch (error) {
  if (error !== own) throw error;
}

// With room for its output, and for nothing else.
const kernels = cases.map((each, i) => {
  const bytes = rooms[i] ?? NaN;
  free(places[i] ?? NaN);
  const error = memoryErrorOf(() => run(each));
  const hasRoom = malloc(bytes) !== 0;
  return {kernel: each.kernel, failed: error !== undefined, hasRoom};
});
const values = memoryErrorOf(() =>
  withGradientKernels(() => tf.tensor1d(new Float32Array(2 ** 20))),
);
const left = backend.numDataIds() - held;
// The last one: XNNPACK, with which tfjs computes, works on without memory that it did not get.
process.send?.({values, kernels, left, error: memoryErrorOf(attack)});
