import {type Heap, heapOf} from './heap';

/**
 * A module to be put on the memory of a backend, at its first use there.
 *
 * @param source - In base64.
 * @param memoryFlagsAt - The byte that says whether the memory is shared.
 * @returns For a backend the functions, or `undefined` where they cannot run.
 */
export function moduleOn<F>(
  source: string,
  memoryFlagsAt: number,
): (backend: object) => {readonly heap: Heap; readonly run: F} | undefined {
  const instances = new WeakMap<object, {readonly heap: Heap; readonly run: F} | 'none'>();
  const instantiate = (backend: object) => {
    const heap = heapOf(backend);
    if (!heap) return 'none';
    try {
      const bytes = Uint8Array.from(atob(source), (character) => character.charCodeAt(0));
      // The threaded build of the backend shares its memory; nothing else has to differ.
      bytes[memoryFlagsAt] = heap.shared ? 3 : 1;
      // Small enough that browsers compile it at once, on the main thread too.
      const module = new WebAssembly.Module(bytes);
      const {exports} = new WebAssembly.Instance(module, {env: {memory: heap.memory}});
      return {heap, run: exports as unknown as F};
    } catch {
      // No SIMD here, or a memory of another kind.
      return 'none';
    }
  };
  return (backend) => {
    let instance = instances.get(backend);
    if (!instance) instances.set(backend, (instance = instantiate(backend)));
    return instance === 'none' ? undefined : instance;
  };
}
