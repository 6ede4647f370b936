/** Which gradients {@link withGradientKernels} provides. */
export interface GradientKernelOptions {
  /** Differentiate to inputs only: weight gradients are skipped. @defaultValue false */
  readonly inputOnly?: boolean;
}

/** (being written) */
export function withGradientKernels<T>(body: () => T, _options: GradientKernelOptions = {}): T {
  return body();
}
