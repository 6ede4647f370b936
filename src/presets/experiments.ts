import type {Experiment} from './experiment';
import {figureExperiments} from './figures';
import {tableExperiments} from './tables';

let all: readonly Experiment[] | undefined;

/**
 * The paper's tables and figures, each with its rows as presets. Rows of several tables that are one
 * training are one preset.
 *
 * @returns Tables 1 to 10 and Figures 1 and 4 to 8, in this order. (Figures 2 and 3 are of the theory:
 *   see `lt-robust/theory`.)
 * @see Long-tailed Adversarial Training with Self-Distillation, Sections 3.3 and 5, Appendix B.
 * @example
 * ```ts
 * import {experiments} from 'lt-robust/presets';
 *
 * const [table1] = experiments();
 * table1?.rows.map(({label}) => label).slice(0, 3); // => ['PGD-AT', 'TRADES', 'MART']
 * ```
 */
export function experiments(): readonly Experiment[] {
  all ??= [...tableExperiments(), ...figureExperiments()];
  return all;
}
