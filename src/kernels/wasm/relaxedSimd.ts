import type {ModuleSource} from './moduleSource';

/** Modules of the relaxed set, by their source in `assembly`. */
export type RelaxedModules = Readonly<
  Record<
    | 'blockSums'
    | 'direct'
    | 'fewInputs'
    | 'products'
    | 'strided'
    | 'stridedFilter'
    | 'winograd'
    | 'winograd4'
    | 'winograd4Gradient'
    | 'winogradGradient',
    ModuleSource
  >
>;

// Kernels are registered by the name of the backend, so one variable is enough.
let inUse: RelaxedModules | undefined;

/** The relaxed set, while it is in use. */
export const relaxedInUse = (): RelaxedModules | undefined => inUse;

/** Uses the relaxed set, or with `undefined` the plain one. */
export function useRelaxed(modules: RelaxedModules | undefined): void {
  inUse = modules;
}

// (module (func (drop (f32x4.relaxed_madd (v128.const i32x4 0 0 0 0) (...) (...)))), without its memory.
const zero = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
const body = [0x00, ...zero, ...zero, ...zero, 0xfd, 0x85, 0x02, 0x1a, 0x0b];
const PROBE = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, body.length + 2, 0x01, body.length, ...body],
]);

/** Whether this engine has relaxed SIMD: fused multiplication and addition, where the processor has it. */
export const hasRelaxedSimd = (): boolean =>
  typeof WebAssembly !== 'undefined' && WebAssembly.validate(PROBE);
