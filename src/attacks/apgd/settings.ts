import type {AttackLoss} from '../../core/loss';

/** The settings of APGD's search, without those that every attack has. */
export interface ApgdSettings {
  readonly loss: 'ce' | 'dlr' | 'targeted-dlr' | AttackLoss;
  readonly steps: number;
  readonly restarts: number;
  readonly numTargets: number;
  readonly momentum: number;
  readonly rho: number;
  readonly gradientSamples: number;
  readonly firstComparison: 'zero' | 'start';
  readonly returns: 'broken' | 'best-loss';
}

/** As in the standard AutoAttack. */
export const APGD_DEFAULTS: ApgdSettings = {
  loss: 'ce',
  steps: 100,
  restarts: 1,
  numTargets: 9,
  momentum: 0.75,
  rho: 0.75,
  gradientSamples: 1,
  firstComparison: 'zero',
  returns: 'broken',
};

/** How many runs an example that stays robust goes through: restarts, for each target. */
export const apgdRuns = (
  {loss, numTargets, restarts}: Pick<ApgdSettings, 'loss' | 'numTargets' | 'restarts'>,
  numClasses: number,
): number => restarts * (loss === 'targeted-dlr' ? Math.min(numTargets, numClasses - 1) : 1);
