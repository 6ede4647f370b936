import {checkGiven, hasParts} from '../core/checks/checkGiven';
import {at} from '../core/at';
import {checkNumber} from '../core/checks/checkNumber';
import {InvalidArgumentError} from '../core/errors';
import {isPlainObject, plainOptions} from '../core/options';
import {binomialBounds} from '../metrics/binomialTail';
import {neededExamples} from './neededExamples';

/** The tail of a task, and what is asked of it. */
export interface TailDemand {
  /** The classes of the tail; `tailClasses(classCounts, k)` gives them. */
  readonly classes: readonly number[];
  /** Robust accuracy of their examples together, a fraction. */
  readonly atLeast: number;
}

/** What is asked of a model. */
export interface RobustnessDemands {
  /** Robust accuracy over all examples. */
  readonly atLeast: number | undefined;
  /** Robust accuracy of every class, or of the classes listed. */
  readonly perClass: number | Readonly<Record<number, number>> | undefined;
  /** Robust accuracy of the tail. */
  readonly tail: TailDemand | undefined;
}

/** A demand before anything was counted. */
export interface Demand {
  /** What it is about. */
  readonly subject: 'all' | 'class' | 'tail';
  /** The classes concerned. */
  readonly classes: readonly number[];
  /** Robust accuracy asked for, a fraction. */
  readonly atLeast: number;
}

/** How a demand came out. */
export type Outcome = 'above' | 'below' | 'undecided';

/** A demand, what was counted, and what follows. Plain data. */
export interface RobustnessClaim extends Demand {
  /** Robust examples. */
  readonly correct: number;
  /** Examples evaluated. */
  readonly total: number;
  /** Exact confidence bounds of the robust accuracy, each one-sided. */
  readonly bounds: readonly [lower: number, upper: number];
  /**
   * `above`: the lower bound reaches `atLeast`; `below`: the upper one does not; `undecided`
   * otherwise.
   */
  readonly outcome: Outcome;
  /**
   * About how many examples would decide an undecided claim, if the fraction of robust ones stayed
   * as it is; `null` where the claim is decided, or no number below a million would do.
   */
  readonly neededExamples: number | null;
}

const isClass = (label: unknown, numClasses: number): label is number =>
  Number.isInteger(label) && (label as number) >= 0 && (label as number) < numClasses;

function checkClasses(
  where: string,
  argument: string,
  classes: readonly unknown[],
  numClasses: number,
): void {
  const isRight =
    classes.length > 0 &&
    classes.every((label) => isClass(label, numClasses)) &&
    new Set(classes).size === classes.length;
  if (isRight) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `list different classes from 0 to ${numClasses - 1}, at least one`,
    found: `[${classes.join(', ')}]`,
    remedy: 'Number the classes from 0.',
  });
}

/** The single demands that the options ask for, at least one. */
export function demandsOf(
  where: string,
  {atLeast, perClass, tail}: RobustnessDemands,
  numClasses: number,
): Demand[] {
  const all = Array.from({length: numClasses}, (_, label) => label);
  const demands: Demand[] = [];
  const add = (argument: string, demand: Demand) => {
    checkNumber(
      where,
      argument,
      demand.atLeast,
      {min: 0, max: 1},
      'Pass a fraction: 0.4 for 40 %.',
    );
    demands.push(demand);
  };
  if (atLeast !== undefined) add('atLeast', {subject: 'all', classes: all, atLeast});
  if (tail !== undefined) {
    const remedy = 'Pass {classes: [8, 9], atLeast: 0.2}, say.';
    const isTail = hasParts(tail, 'classes');
    checkGiven(where, 'tail', tail, isTail, 'be {classes, atLeast}', remedy);
    checkClasses(where, 'tail.classes', tail.classes, numClasses);
    add('tail.atLeast', {subject: 'tail', classes: [...tail.classes], atLeast: tail.atLeast});
  }
  if (typeof perClass === 'number') {
    for (const label of all)
      add('perClass', {subject: 'class', classes: [label], atLeast: perClass});
  } else if (perClass !== undefined) {
    const isTable = isPlainObject(perClass);
    const remedy = 'Pass {3: 0.2}, say, or one number for every class.';
    checkGiven(where, 'perClass', perClass, isTable, 'be a number, or one for each class', remedy);
    const asked = Object.entries(plainOptions(where, perClass, '0')).map(([label, atLeast]) => ({
      label: Number(label),
      atLeast,
    }));
    checkClasses(
      where,
      'perClass',
      asked.map(({label}) => label),
      numClasses,
    );
    for (const {label, atLeast} of asked) {
      add(`perClass[${label}]`, {subject: 'class', classes: [label], atLeast});
    }
  }
  if (demands.length > 0) return demands;
  throw new InvalidArgumentError({
    where,
    argument: 'atLeast',
    expected: 'be given, or "perClass", or "tail"',
    found: 'none of them',
    remedy: 'Say what you ask of the model: {atLeast: 0.4}.',
  });
}

/**
 * How the demands come out.
 *
 * "Above" needs no correction for many demands: the model passes only if all of them are shown, and
 * if one is not true, it is shown with probability 1 - `confidence` at most (an intersection-union
 * test). "Below" is corrected (Bonferroni), so that all failures that are reported hold together
 * with that confidence.
 *
 * @param correct - Robust examples of each class.
 * @param totals - Examples of each class.
 */
export function judgeDemands(
  demands: readonly Demand[],
  correct: readonly number[],
  totals: readonly number[],
  confidence: number,
): RobustnessClaim[] {
  const sum = (counts: readonly number[], classes: readonly number[]) =>
    classes.reduce((total, label) => total + at(counts, label), 0);
  const joint = 1 - (1 - confidence) / demands.length;
  return demands.map((demand) => {
    const [right, total] = [sum(correct, demand.classes), sum(totals, demand.classes)];
    const [lower] = total === 0 ? [0] : binomialBounds(right, total, confidence);
    const [, upper] = total === 0 ? [0, 1] : binomialBounds(right, total, joint);
    // Nothing is below 0: such a demand is met by whatever was counted.
    const isAbove = lower >= demand.atLeast;
    const outcome = isAbove ? 'above' : upper < demand.atLeast ? 'below' : 'undecided';
    const needed =
      outcome === 'undecided' && total > 0
        ? neededExamples(right / total, total, demand.atLeast, {confidence, joint})
        : null;
    return {
      ...demand,
      ...{correct: right, total, outcome, neededExamples: needed},
      bounds: [lower, upper] as const,
    };
  });
}
