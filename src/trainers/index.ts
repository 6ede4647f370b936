/**
 * The former name of `lt-robust/methods`, `lt-robust/training`, `lt-robust/optimizers` and
 * `lt-robust/diagnostics` together. It goes away with the next minor version.
 *
 * @packageDocumentation
 */

export * from '../diagnostics/index';
export * from '../methods/index';
export * from '../optimizers/index';
export * from '../training/index';
