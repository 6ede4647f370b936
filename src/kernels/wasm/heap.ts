import type * as tf from '@tensorflow/tfjs-core';

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
  const shared = !(memory.buffer instanceof ArrayBuffer);
  return {
    memory,
    shared,
    threads: () => (shared ? (wasm.tfjs?.getThreadsCount?.() ?? Infinity) : 1),
    address: (tensor) => dataIdMap.get(tensor.dataId).memoryOffset,
    output: (shape) => backend.makeOutput(shape, 'float32'),
    withScratch: (floats, use) => {
      // Addresses from 2 GB come back negative.
      const address = wasm._malloc(4 * Math.max(1, floats)) >>> 0;
      if (address === 0) {
        throw new Error(
          `tfjs's wasm backend has no room for ${4 * floats} bytes of scratch memory: use smaller batches.`,
        );
      }
      try {
        use(address);
      } finally {
        wasm._free(address);
      }
    },
  };
}
