import type {Heap} from './heap';
import {MEMORY_FLAGS_AT, MODULE} from './module';
import {moduleOn} from './moduleOn';

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

/** The SIMD kernels on a backend's memory; `undefined` where they cannot run. */
export const instanceOn: (backend: object) => Instance | undefined = moduleOn<Functions>(
  MODULE,
  MEMORY_FLAGS_AT,
);
