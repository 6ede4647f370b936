import {type Heap, heapOf} from './heap';
import {MEMORY_FLAGS_AT, MODULE} from './module';

type Call = (...args: (number | boolean)[]) => void;

/** The kernels of `assembly/kernels.ts`, where the parameters are described. */
export interface Functions {
  readonly multiplyBatch: Call;
  readonly convInput: Call;
  readonly convFilter: Call;
  readonly maxPool: Call;
  readonly depthwise: Call;
  readonly sumRows: Call;
}

/** SIMD kernels bound to the memory of a backend. */
export interface Instance {
  readonly heap: Heap;
  readonly run: Functions;
}

const instances = new WeakMap<object, Instance | {readonly heap: undefined}>();

function instantiate(backend: object): Instance | {readonly heap: undefined} {
  const heap = heapOf(backend);
  if (!heap) return {heap};
  try {
    const bytes = Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0));
    // The threaded build of the backend shares its memory; nothing else has to differ.
    bytes[MEMORY_FLAGS_AT] = heap.shared ? 3 : 1;
    // Small enough that browsers compile it at once, on the main thread too.
    const module = new WebAssembly.Module(bytes);
    const {exports} = new WebAssembly.Instance(module, {env: {memory: heap.memory}});
    return {heap, run: exports as unknown as Functions};
  } catch {
    // No SIMD here, or a memory of another kind.
    return {heap: undefined};
  }
}

/** The SIMD kernels on a backend's memory; `undefined` where they cannot run. */
export function instanceOn(backend: object): Instance | undefined {
  let instance = instances.get(backend);
  if (!instance) instances.set(backend, (instance = instantiate(backend)));
  return instance.heap && instance;
}
