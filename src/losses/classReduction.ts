/** @internal Checked by the losses that have the option. */
export const CLASS_REDUCTIONS = ['sum', 'mean'] as const;

/**
 * What a divergence does with the terms of its classes: `'sum'`, as the formulas have it, or
 * `'mean'`, what PyTorch's KLDivLoss computes by default, smaller by the number of classes.
 */
export type ClassReduction = (typeof CLASS_REDUCTIONS)[number];

/**
 * The factor that turns a sum over classes into the reduction that was asked for.
 *
 * @internal
 */
export const overClassesFactor = (reduction: ClassReduction, numClasses: number): number =>
  reduction === 'sum' ? 1 : 1 / numClasses;
