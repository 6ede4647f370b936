import type * as tf from '@tensorflow/tfjs-core';

import {at} from '../core/at';
import type {EvaluationAttack} from '../core/attack';
import {attackLedger, type AttackLedger} from './attackLedger';
import type {EvaluationState, Tally} from './evaluationState';
import {robustnessScore, type ClassSelection, type RobustnessReport} from './robustnessReport';

/** How many of each class are right so far, and what was predicted. */
export interface OpenTally {
  readonly correct: number[];
  readonly predictions: number[];
}

/** What an evaluation counts, batch by batch. */
export interface Counts<I extends tf.Tensor> {
  readonly totals: number[];
  /** What computed them. */
  computedOn: readonly string[];
  readonly clean: OpenTally;
  readonly attacked: readonly (OpenTally & {
    readonly name: string;
    readonly attack: EvaluationAttack<I>;
    readonly ledger: AttackLedger;
  })[];
}

/** What is counted, from where a saved evaluation stood, or from nothing. */
export function countsFrom<I extends tf.Tensor>(
  saved: EvaluationState | undefined,
  attacks: Readonly<Record<string, EvaluationAttack<I>>>,
  numClasses: number,
): Counts<I> {
  const zeros = () => new Array<number>(numClasses).fill(0);
  const tallyFrom = (tally: Tally | undefined): OpenTally => ({
    correct: [...(tally?.correct ?? zeros())],
    predictions: [...(tally?.predictions ?? [])],
  });
  return {
    totals: [...(saved?.totals ?? zeros())],
    computedOn: saved?.computedOn ?? [],
    clean: tallyFrom(saved?.clean),
    attacked: Object.entries(attacks).map(([name, attack], i) => ({
      ...{name, attack, ledger: attackLedger(numClasses, saved?.attacks[i]?.ledger)},
      ...tallyFrom(saved?.attacks[i]),
    })),
  };
}

/** The counts as plain data, after `done` examples. */
export const stateOf = <I extends tf.Tensor>(
  done: number,
  {totals, computedOn, clean, attacked}: Counts<I>,
): EvaluationState => ({
  ...{done, totals, computedOn, clean},
  attacks: attacked.map(({correct, predictions, ledger}) => ({
    ...{correct, predictions, ledger: ledger.state()},
  })),
});

/** Adds what was counted of examples that come after those of `counts`. */
export function absorb<I extends tf.Tensor>(counts: Counts<I>, state: EvaluationState): void {
  const addTo = (tally: OpenTally, {correct, predictions}: Tally) => {
    correct.forEach((count, c) => (tally.correct[c] = (tally.correct[c] ?? 0) + count));
    tally.predictions.push(...predictions);
  };
  state.totals.forEach((count, c) => (counts.totals[c] = (counts.totals[c] ?? 0) + count));
  counts.computedOn = [...new Set([...counts.computedOn, ...(state.computedOn ?? [])])];
  addTo(counts.clean, state.clean);
  counts.attacked.forEach((attacked, i) => {
    const more = state.attacks[i];
    if (more === undefined) return;
    addTo(attacked, more);
    attacked.ledger.absorb(more.ledger);
  });
}

/** The sum of some counts. */
export const sumOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0);

/** Adds one to the count of each example's class where `isCounted`. */
export function count(
  truth: Int32Array,
  counts: number[],
  isCounted: (i: number) => boolean,
): void {
  truth.forEach((label, i) => {
    if (isCounted(i)) counts[label] = at(counts, label) + 1;
  });
}

/** What a report says besides the scores, and which classes it is about. */
export interface ReportFrame {
  /** Examples evaluated. */
  readonly examples: number;
  readonly numClasses: number;
  readonly strict: boolean;
  readonly selection: ClassSelection;
  /** Whether the report lists the predicted class of every example. */
  readonly predictions: boolean;
}

/**
 * Makes the report from the counts.
 *
 * @throws UnusableGradientError if no example had a gradient that an attack could follow.
 */
export function reportOf<I extends tf.Tensor>(
  where: string,
  {totals, computedOn, clean, attacked}: Counts<I>,
  {examples, numClasses, strict, selection, predictions}: ReportFrame,
): RobustnessReport {
  for (const {name, ledger} of attacked) ledger.checkGradients(`${where}, attacks.${name}`);
  const scoreOf = (tally: OpenTally) => ({
    ...robustnessScore(tally.correct, totals, selection),
    ...(predictions ? {predictions: tally.predictions} : {}),
  });
  const scores = attacked.map(
    (each) => [each.name, {...scoreOf(each), ...each.ledger.report(totals, selection)}] as const,
  );
  return {
    ...{examples, numClasses, strict},
    ...{clean: scoreOf(clean), attacks: Object.fromEntries(scores), computedOn},
  };
}
