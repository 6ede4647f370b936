import type * as tf from '@tensorflow/tfjs-core';

import {OutOfMemoryError} from '../../core/errors';

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
    has(backend, 'wasm', 'dataIdMap', 'makeOutput') &&
    has(backend.wasm, '_malloc', '_free') &&
    has(backend.dataIdMap, 'get')
  );
}

/** The heap of a backend, or `undefined` where there is none as expected. */
export function heapOf(backend: unknown): Heap | undefined {
  if (typeof WebAssembly === 'undefined' || !isWasmBackend(backend)) return undefined;
  const {wasm, dataIdMap} = backend;
  const memory = wasm.wasmMemory ?? wasm.asm?.memory;
  if (!(memory instanceof WebAssembly.Memory)) return undefined;
  const size = (): number => memory.buffer.byteLength;
  const shared = !(memory.buffer instanceof ArrayBuffer);
  return {
    memory,
    shared,
    threads: () => (shared ? (wasm.tfjs?.getThreadsCount?.() ?? Infinity) : 1),
    address: (tensor) => dataIdMap.get(tensor.dataId).memoryOffset,
    output: (shape) => backend.makeOutput(shape, 'float32'),
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
      // Addresses from 2 GB come back negative.
      const address = wasm._malloc(4 * Math.max(1, floats)) >>> 0;
      if (address === 0) {
        const found = new Error(`no room for ${4 * floats} bytes of scratch memory`);
        throw new OutOfMemoryError({backend: 'wasm', heapBytes: size()}, found);
      }
      try {
        use(address);
      } finally {
        wasm._free(address);
      }
    },
  };
}
