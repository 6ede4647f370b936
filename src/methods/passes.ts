/** @internal Checked by the methods that have the option. */
export const PASS_MODES = ['shared', 'published'] as const;

/**
 * Which training passes a step makes. `'shared'`: one for each input that the loss needs.
 * `'published'`: those of the method's code, which runs some inputs twice, or without using the
 * result. The gradients are the same (except with dropout); every pass moves batch norm's running
 * statistics, and costs its time.
 */
export type PassMode = (typeof PASS_MODES)[number];
