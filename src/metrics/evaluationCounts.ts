import type * as tf from '@tensorflow/tfjs-core';

import type {EvaluationAttack} from '../core/attack';
import {attackLedger, type AttackLedger} from './attackLedger';
import type {EvaluationState, Tally} from './openEvaluation';
import {robustnessScore, type ClassSelection, type RobustnessReport} from './robustnessReport';

/** How many of each class are right so far, and what was predicted. */
export interface OpenTally {
  readonly correct: number[];
  readonly predictions: number[];
}

/** What an evaluation counts, batch by batch. */
export interface Counts<I extends tf.Tensor> {
  readonly totals: number[];
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
  {totals, clean, attacked}: Counts<I>,
): EvaluationState => ({
  ...{done, totals, clean},
  attacks: attacked.map(({correct, predictions, ledger}) => ({
    ...{correct, predictions, ledger: ledger.state()},
  })),
});

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
    if (isCounted(i)) counts[label] = (counts[label] as number) + 1;
  });
}

/** The scores of what was counted, for the report. */
export function scoresOf<I extends tf.Tensor>(
  {totals, clean, attacked}: Counts<I>,
  selection: ClassSelection,
  predictions: boolean,
): Pick<RobustnessReport, 'clean' | 'attacks'> {
  const scoreOf = (tally: OpenTally) => ({
    ...robustnessScore(tally.correct, totals, selection),
    ...(predictions ? {predictions: tally.predictions} : {}),
  });
  const scores = attacked.map(
    (each) => [each.name, {...scoreOf(each), ...each.ledger.report(totals, selection)}] as const,
  );
  return {clean: scoreOf(clean), attacks: Object.fromEntries(scores)};
}
