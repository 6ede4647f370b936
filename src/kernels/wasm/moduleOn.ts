import {type Heap, heapOf} from './heap';
import type {ModuleSource} from './moduleSource';
import {relaxedInUse, type RelaxedModules} from './relaxedSimd';
import {type SplitName, threaded} from './threads';

/** Functions bound to the memory of a backend. */
export interface Instance<F> {
  readonly heap: Heap;
  readonly run: F;
}

/** How functions of a module are split over threads, by their names. */
type Splits<F> = Readonly<Partial<Record<keyof F & string, SplitName>>>;

function instantiate<F extends object>(
  backend: object,
  {MODULE, MEMORY_FLAGS_AT}: ModuleSource,
  splits: Splits<F> | undefined,
): Instance<F> | undefined {
  const heap = heapOf(backend);
  if (!heap) return undefined;
  try {
    const bytes = Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0));
    // The threaded build of the backend shares its memory; nothing else has to differ.
    bytes[MEMORY_FLAGS_AT] = heap.shared ? 3 : 1;
    // Small enough that browsers compile it at once, on the main thread too.
    const module = new WebAssembly.Module(bytes);
    const {exports} = new WebAssembly.Instance(module, {env: {memory: heap.memory}});
    const run = exports as unknown as F;
    return {heap, run: splits && heap.shared ? threaded(backend, module, run, splits) : run};
  } catch {
    // There is no SIMD here, or the memory is of another kind.
    return undefined;
  }
}

/**
 * A module to be put on the memory of a backend, at its first use there.
 *
 * @param plain - The module; `undefined` if only the relaxed set has it.
 * @param relaxed - Its name in the relaxed set, whose module goes before while that set is in use.
 * @param splits - Functions that run on the backend's threads, where it has any.
 * @returns For a backend the functions, or `undefined` where they cannot run.
 */
export function moduleOn<F extends object>(
  plain: ModuleSource | undefined,
  relaxed?: keyof RelaxedModules,
  splits?: Splits<F>,
): (backend: object) => Instance<F> | undefined {
  const made = new WeakMap<object, {source: ModuleSource; instance: Instance<F> | undefined}>();
  return (backend) => {
    const source = (relaxed && relaxedInUse()?.[relaxed]) ?? plain;
    if (!source) return undefined;
    let entry = made.get(backend);
    if (entry?.source !== source) {
      made.set(backend, (entry = {source, instance: instantiate(backend, source, splits)}));
    }
    return entry.instance;
  };
}
