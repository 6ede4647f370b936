import {at} from '../../core/at';
import type {AttackTally, AttackWarning} from '../../core/attackResult';
import type {Norm} from '../../core/threatModel';
import type {AutoAttackVersion} from './components';
import type {FeatureReport} from './featureReport';

/** What became of an example. */
export type Verdict = 'misclassified' | 'broken' | 'robust';

/** Passes through the model. */
export interface PassCount {
  /** Forward passes, including those of `queries`. */
  readonly forward: number;
  /** Backward passes to the input. */
  readonly backward: number;
  /** Forward passes of black-box attacks. */
  readonly queries: number;
}

/** One example of an {@link AutoAttackReport}. */
export interface SampleReport extends PassCount {
  /** Its identity. */
  readonly id: number;
  /** Its class. */
  readonly label: number;
  /** Wrong without an attack, broken by one, or neither. */
  readonly verdict: Verdict;
  /** The component that broke it; `null` if none did. */
  readonly attack: string | null;
  /** The class towards which that component searched; `null` if none did, or none in particular. */
  readonly target: number | null;
  /** The class that the model gives in the end; −1 where its logits are not finite. */
  readonly prediction: number;
  /** Norm of the perturbation that broke it, in the units of `x`; `null` if none did. */
  readonly distance: number | null;
}

/** Accuracies of one class; `null` without examples. */
export interface ClassAccuracy {
  /** Its index. */
  readonly class: number;
  /** Its examples. */
  readonly total: number;
  /** Fraction right on clean inputs. */
  readonly cleanAccuracy: number | null;
  /** Fraction still right. */
  readonly robustAccuracy: number | null;
}

/** Where the evaluation stood after one of its components. */
export interface ComponentReport extends PassCount {
  /** The component. */
  readonly name: string;
  /** Examples that it was run on. */
  readonly attacked: number;
  /** Examples that it broke. */
  readonly broken: number;
  /** Fraction of all examples still right after it. */
  readonly robustAccuracy: number;
  /** The same, class by class. */
  readonly perClass: readonly ClassAccuracy[];
  /** Time spent in it, in milliseconds. */
  readonly elapsedMs: number;
}

/** How robust the first examples looked to weaker attacks, as fractions of those classified right. */
export interface DiagnosticAccuracies {
  /** Examples that these figures are from, all classified right. */
  readonly examples: number;
  /** PGD-20 on cross-entropy. */
  readonly pgd: number;
  /** PGD-20 on cross-entropy of the logits brought to one scale. */
  readonly scaledPgd: number;
  /** The whole ensemble. */
  readonly ensemble: number;
}

/** What `autoAttack` returns: plain data, ready for `JSON.stringify`. */
export interface AutoAttackReport {
  /** Which ensemble. */
  readonly version: AutoAttackVersion;
  /** Norm of the perturbations. */
  readonly norm: Norm;
  /** Their largest norm, in the units of `x`; one value, or one for each example. */
  readonly epsilon: number | readonly number[];
  /** Valid range of `x`, or `null`. */
  readonly clip: readonly [min: number, max: number] | null;
  /**
   * Settings that differ from feature to feature, if there are any; epsilon is then in units of the
   * budgets.
   */
  readonly features?: FeatureReport;
  /** Grey levels, or `null` for none. */
  readonly quantize: number | null;
  /** Number of examples. */
  readonly examples: number;
  /** Number of classes. */
  readonly numClasses: number;
  /** Fraction right on clean inputs. */
  readonly cleanAccuracy: number;
  /** Fraction right on every input that was tried. */
  readonly robustAccuracy: number;
  /** Both, class by class. */
  readonly perClass: readonly ClassAccuracy[];
  /** The components in the order they ran; those that had nothing to do too. */
  readonly components: readonly ComponentReport[];
  /** Every example, in the order given. */
  readonly samples: readonly SampleReport[];
  /** Everything spent on examples: clean predictions, search and verification. */
  readonly cost: PassCount;
  /** What the diagnostics spent on top. */
  readonly diagnosticCost: PassCount;
  /** Figures behind the warning `logit-scale`; `null` where diagnostics are off. */
  readonly diagnostics: DiagnosticAccuracies | null;
  /** Counts behind some of the warnings, large enough for one or not. */
  readonly tallies: readonly AttackTally[];
  /** What makes the result doubtful; docs/autoattack.md has every code. */
  readonly warnings: readonly AttackWarning[];
  /** Time in milliseconds, over all sessions of a resumed run. */
  readonly elapsedMs: number;
  /**
   * What computed it, `['wasm, relaxed SIMD kernels']` say: more than one where a run was resumed
   * elsewhere. The last digits differ from one to another, and with them the verdict on an example
   * at the boundary.
   */
  readonly computedOn: readonly string[];
}

/** Accuracies class by class. */
export function classAccuracies(
  labels: ArrayLike<number>,
  numClasses: number,
  isClean: (row: number) => boolean,
  isRobust: (row: number) => boolean,
): ClassAccuracy[] {
  const totals = new Array<number>(numClasses).fill(0);
  const clean = [...totals];
  const robust = [...totals];
  for (let row = 0; row < labels.length; row++) {
    const label = at(labels, row);
    totals[label] = at(totals, label) + 1;
    if (isClean(row)) clean[label] = at(clean, label) + 1;
    if (isRobust(row)) robust[label] = at(robust, label) + 1;
  }
  const fraction = (count: number | undefined, total: number) =>
    total === 0 ? null : (count as number) / total;
  return totals.map((total, label) => ({
    class: label,
    total,
    cleanAccuracy: fraction(clean[label], total),
    robustAccuracy: fraction(robust[label], total),
  }));
}
