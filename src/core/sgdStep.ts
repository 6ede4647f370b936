/**
 * The kernel by which `registerGradientKernels()` lets `sgd` move a variable in one sweep. In tfjs's
 * registry, so that the optimizer need not bring it along.
 */
export const SGD_STEP = 'LtRobustSgdStep';

/** Its attributes: `g = gradient + weightDecay w`, `v = momentum velocity + share g`. */
export interface SgdStep {
  readonly rate: number;
  readonly weightDecay: number;
  readonly momentum: number;
  /** 1 - dampening. */
  readonly share: number;
  /** Whether the step goes along `g + momentum v`, else along `v`. */
  readonly nesterov: boolean;
}
