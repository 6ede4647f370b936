/** A compiled module, as scripts/buildKernels.ts embeds it. */
export interface ModuleSource {
  /** In base64. */
  readonly MODULE: string;
  /** The byte that says whether the memory is shared. */
  readonly MEMORY_FLAGS_AT: number;
}
