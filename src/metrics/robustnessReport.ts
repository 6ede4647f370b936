import {at} from '../core/at';
import type {AttackTally, AttackWarning} from '../core/attackResult';
import {wilsonInterval} from './wilsonInterval';

/** How many examples were right. Plain data: it survives JSON. */
export interface Score {
  /** Examples classified as their label. */
  readonly correct: number;
  /** Examples in all. */
  readonly total: number;
  /** `correct / total`, a fraction; `null` without examples. */
  readonly accuracy: number | null;
  /** 95 % Wilson interval of the accuracy; `null` without examples. */
  readonly interval: readonly [lower: number, upper: number] | null;
}

/** The score of one class. */
export interface ClassScore extends Score {
  /** Index of the class. */
  readonly class: number;
}

/** The score of all examples of some classes together. */
export interface GroupScore extends Score {
  /** Indices of the classes. */
  readonly classes: readonly number[];
}

/** Scores on clean inputs, or under one attack. */
export interface RobustnessScore extends Score {
  /** Over all examples; never `null`, as at least one was evaluated. */
  readonly accuracy: number;
  /** 95 % Wilson interval of the accuracy. */
  readonly interval: readonly [lower: number, upper: number];
  /** Mean of the class accuracies; classes without examples do not count. */
  readonly balancedAccuracy: number;
  /** Lowest of the class accuracies; classes without examples do not count. */
  readonly worstClassAccuracy: number;
  /** Every class, in order. */
  readonly perClass: readonly ClassScore[];
  /** The groups that were asked for, by name. */
  readonly groups: Readonly<Record<string, GroupScore>>;
  /** The tail classes; `null` if none were asked for. */
  readonly tail: GroupScore | null;
  /** Predicted class of each example in the order evaluated, if asked for. */
  readonly predictions?: readonly number[];
}

/** Passes through a model. Plain data. */
export interface PassTotals {
  /** Forward passes, those of `queries` among them: examples times calls. */
  readonly forward: number;
  /** Backward passes to the input. */
  readonly backward: number;
  /** Forward passes of black-box attacks. */
  readonly queries: number;
}

/** Where the examples stood after one component of an attack that is made of several. */
export interface ComponentScore extends RobustnessScore {
  /** The component. */
  readonly name: string;
  /** What it spent. */
  readonly cost: PassTotals;
}

/** Scores under an attack, with what the attack reports about itself. */
export interface AttackScore extends RobustnessScore {
  /** What the attack spent; only of attacks that count it. */
  readonly cost?: PassTotals;
  /** Scores after each of its components, in their order; only of attacks that have components. */
  readonly components?: readonly ComponentScore[];
  /**
   * What makes the score doubtful, each kind once; of attacks that look for it or take a gradient
   * through the model.
   */
  readonly warnings?: readonly AttackWarning[];
  /** Counts behind some of the warnings, large enough for one or not. */
  readonly tallies?: readonly AttackTally[];
}

/**
 * What `evaluateRobustness` returns: plain data, ready for `JSON.stringify`. `Name` is the names of the
 * attacks, so that `report.attacks.fgsm` is known to be there.
 */
export interface RobustnessReport<Name extends string = string> {
  /** Number of examples evaluated. */
  readonly examples: number;
  /** Number of classes. */
  readonly numClasses: number;
  /** Whether an example had to be right on its clean input too. */
  readonly strict: boolean;
  /**
   * What computed it, `['wasm, relaxed SIMD kernels']` say: more than one where an evaluation was
   * resumed elsewhere. They differ in the last digits, and so may the answer to an example on the
   * decision boundary.
   */
  readonly computedOn: readonly string[];
  /** On clean inputs. */
  readonly clean: RobustnessScore;
  /** Under each attack, by its name. */
  readonly attacks: Readonly<Record<Name, AttackScore>> & Readonly<Record<string, AttackScore>>;
}

/** Which classes are reported together. */
export interface ClassSelection {
  /** Classes of each group, by its name. */
  readonly groups: Readonly<Record<string, readonly number[]>>;
  /** Classes of the tail, or `null` for none. */
  readonly tail: readonly number[] | null;
}

const scoreOf = (correct: number, total: number): Score => ({
  correct,
  total,
  accuracy: total === 0 ? null : correct / total,
  interval: total === 0 ? null : wilsonInterval(correct, total),
});

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/**
 * Scores from counts per class.
 *
 * @internal
 * @param correct - Right answers of each class.
 * @param totals - Examples of each class, at least one in all.
 * @param selection - Which classes are reported together.
 */
export function robustnessScore(
  correct: readonly number[],
  totals: readonly number[],
  {groups, tail}: ClassSelection,
): RobustnessScore {
  const groupScore = (classes: readonly number[]): GroupScore => {
    const pick = (counts: readonly number[]) => sumOf(classes.map((c) => at(counts, c)));
    return {classes: [...classes], ...scoreOf(pick(correct), pick(totals))};
  };
  const perClass = totals.map((total, label) => ({
    class: label,
    ...scoreOf(at(correct, label), total),
  }));
  const recalls = perClass.flatMap((score) => (score.accuracy === null ? [] : [score.accuracy]));
  return {
    ...(scoreOf(sumOf(correct), sumOf(totals)) as Score & {
      accuracy: number;
      interval: [number, number];
    }),
    balancedAccuracy: sumOf(recalls) / recalls.length,
    worstClassAccuracy: Math.min(...recalls),
    perClass,
    groups: Object.fromEntries(
      Object.entries(groups).map(([name, classes]) => [name, groupScore(classes)]),
    ),
    tail: tail === null ? null : groupScore(tail),
  };
}
