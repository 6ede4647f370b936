import type * as tf from '@tensorflow/tfjs-core';

import {OutOfMemoryError} from '../../core/errors';
import {swap} from '../../core/swap';

/** What is used of tfjs's wasm backend; of these internals none is documented. */
interface WasmBackend {
  readonly wasm: {
    readonly wasmMemory?: unknown;
    readonly asm?: {readonly memory?: unknown};
    _malloc(bytes: number): number;
    _free(address: number): void;
    readonly tfjs?: {getThreadsCount?(): number};
  };
  readonly dataIdMap: {get(id: object): {readonly memoryOffset: number}};
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  disposeData(id: object): boolean;
}

// In bytes: a tensor that is large, and most of what tfjs lets its heap grow to.
const LARGE = 2 ** 28;
const NEARLY_ALL = 0.9 * 2 ** 32;

/** Memory of the wasm backend, in which tensors lie. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** How many threads the backend's own kernels run on; `Infinity` where it does not say. */
  threads(): number;
  /** Where the values of a tensor start, in bytes; holds until the tensor is disposed. */
  address(tensor: tf.TensorInfo): number;
  /** A new float32 tensor, its values undefined. */
  output(shape: number[]): tf.TensorInfo;
  /** A new float32 tensor with the values that `fill` computes; nothing is left of it if that throws. */
  filled(shape: number[], fill: (output: tf.TensorInfo) => void): tf.TensorInfo;
  /** Whether it has no room for a large tensor, or has grown to about all that tfjs lets it. */
  isFull(): boolean;
  /** Lends `floats` numbers of scratch memory to `use`. */
  withScratch(floats: number, use: (address: number) => void): void;
}

function has<K extends string>(value: unknown, ...keys: K[]): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && keys.every((key) => key in value);
}

function isWasmBackend(backend: unknown): backend is WasmBackend {
  return (
    has(backend, 'wasm', 'dataIdMap', 'makeOutput', 'disposeData') &&
    has(backend.wasm, '_malloc', '_free') &&
    has(backend.dataIdMap, 'get')
  );
}

const memoryOf = ({wasmMemory, asm}: WasmBackend['wasm']): WebAssembly.Memory | undefined => {
  const memory = wasmMemory ?? asm?.memory;
  return memory instanceof WebAssembly.Memory ? memory : undefined;
};

const noRoom = (bytes: number, heapBytes: number): OutOfMemoryError =>
  new OutOfMemoryError({backend: 'wasm', heapBytes}, new Error(`no room for ${bytes} bytes`));

/**
 * Lets the wasm backend of tfjs say when it has no room for a tensor. Otherwise it puts that tensor at address 0, over
 * its own data, and goes on with wrong values; those of `tf.tensor` are zeros.
 *
 * @returns Ends that.
 */
export function guardMemory(backend: unknown): () => void {
  if (typeof WebAssembly === 'undefined' || !isWasmBackend(backend)) return () => undefined;
  const {wasm} = backend;
  // Emscripten puts the function itself in place of a stub at the first call.
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc.bind(wasm);
  return swap(wasm, {
    _malloc: (bytes) => {
      const address = malloc(bytes);
      if (address === 0) throw noRoom(bytes, memoryOf(wasm)?.buffer.byteLength ?? NaN);
      return address;
    },
  });
}

/** The heap of a backend, or `undefined` where there is none as expected. */
export function heapOf(backend: unknown): Heap | undefined {
  if (typeof WebAssembly === 'undefined' || !isWasmBackend(backend)) return undefined;
  const {wasm, dataIdMap} = backend;
  const memory = memoryOf(wasm);
  if (!memory) return undefined;
  const size = (): number => memory.buffer.byteLength;
  const shared = !(memory.buffer instanceof ArrayBuffer);
  const output = (shape: number[]) => backend.makeOutput(shape, 'float32');
  return {
    memory,
    shared,
    threads: () => (shared ? (wasm.tfjs?.getThreadsCount?.() ?? Infinity) : 1),
    address: (tensor) => dataIdMap.get(tensor.dataId).memoryOffset,
    output,
    filled: (shape, fill) => {
      const made = output(shape);
      try {
        fill(made);
      } catch (error) {
        backend.disposeData(made.dataId);
        throw error;
      }
      return made;
    },
    isFull: () => {
      // It never shrinks, and what did not fit may have been disposed on the way here.
      if (size() > NEARLY_ALL) return true;
      // A trap may have left the lock of a shared heap taken: whoever asks it for memory then waits forever.
      if (shared) return false;
      try {
        const address = wasm._malloc(LARGE);
        if (address !== 0) wasm._free(address);
        return address === 0;
      } catch {
        return true;
      }
    },
    withScratch: (floats, use) => {
      const bytes = 4 * Math.max(1, floats);
      // Addresses from 2 GB come back negative.
      const address = wasm._malloc(bytes) >>> 0;
      if (address === 0) throw noRoom(bytes, size());
      try {
        use(address);
      } finally {
        wasm._free(address);
      }
    },
  };
}
