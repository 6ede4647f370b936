import * as tf from '@tensorflow/tfjs-core';

import type {AttackResult, AttackTally, AttackWarning} from '../core/attackResult';
import {addTallies, fewExamples, tallyWarnings} from '../core/tallyWarnings';
import {
  type AttackScore,
  type ClassSelection,
  type PassTotals,
  robustnessScore,
} from './robustnessReport';

/** What a ledger holds, as plain data. */
export interface LedgerState {
  /** What was spent; `null` while no attack counted it. */
  readonly cost: PassTotals | null;
  /** Warnings so far, each kind once; `null` while no attack looks for any. */
  readonly warnings: readonly AttackWarning[] | null;
  /** Counts that are a warning once they are large enough. */
  readonly tallies: readonly AttackTally[];
  /** The components of the attack, in their order. */
  readonly components: readonly {
    readonly name: string;
    readonly correct: readonly number[];
    readonly cost: PassTotals;
  }[];
}

/** What an attack says of itself, added up over the batches of an evaluation. */
export interface AttackLedger {
  /**
   * Adds a batch.
   *
   * @param result - What the attack returned.
   * @param truth - Classes of the batch.
   */
  add(result: tf.Tensor | AttackResult<tf.Tensor>, truth: Int32Array): void;
  /** What it holds, to be saved. */
  state(): LedgerState;
  /** What there is to report beside the score. */
  report(
    totals: readonly number[],
    selection: ClassSelection,
  ): Pick<AttackScore, 'cost' | 'components' | 'warnings'>;
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

const plus = (a: PassTotals, b: PassTotals): PassTotals => ({
  forward: a.forward + b.forward,
  backward: a.backward + b.backward,
  queries: a.queries + b.queries,
});

const EMPTY: LedgerState = {cost: null, warnings: null, tallies: [], components: []};

/**
 * A ledger for a task of `numClasses` classes.
 *
 * @param numClasses - Number of classes.
 * @param saved - What an earlier one held; by default it is empty.
 */
export function attackLedger(numClasses: number, saved: LedgerState = EMPTY): AttackLedger {
  let cost = saved.cost ?? undefined;
  let warnings = saved.warnings
    ? new Map(saved.warnings.map((warning) => [warning.code, warning]))
    : undefined;
  let {tallies} = saved;
  const components = new Map(
    saved.components.map(({name, correct, ...component}) => [
      name,
      {correct: [...correct], ...component},
    ]),
  );
  const none = {forward: 0, backward: 0, queries: 0};
  return {
    add(result, truth) {
      // In JavaScript, an attack may give the batch and no account of it.
      if (result instanceof tf.Tensor || (result.cost as unknown) === undefined) return;
      const {forward, backward, queries} = result.cost;
      const spent = {
        forward: sumOf(forward),
        backward: sumOf(backward),
        queries: sumOf(queries),
      };
      cost = plus(cost ?? none, spent);
      for (const component of result.components ?? []) {
        const entry = components.get(component.name) ?? {
          correct: new Array<number>(numClasses).fill(0),
          cost: none,
        };
        truth.forEach((label, i) => {
          if (component.success[i] === false)
            entry.correct[label] = (entry.correct[label] ?? 0) + 1;
        });
        components.set(component.name, {
          correct: entry.correct,
          cost: plus(entry.cost, component.cost),
        });
      }
      if (result.warnings === undefined && result.tallies === undefined) return;
      tallies = addTallies(tallies, result.tallies ?? []);
      warnings ??= new Map();
      for (const warning of result.warnings ?? []) {
        if (!warnings.has(warning.code)) warnings.set(warning.code, warning);
      }
    },
    state: () => ({
      cost: cost ?? null,
      warnings: warnings === undefined ? null : [...warnings.values()],
      tallies,
      components: [...components].map(([name, component]) => ({name, ...component})),
    }),
    report: (totals, selection) => ({
      ...(cost === undefined ? {} : {cost}),
      ...(components.size === 0
        ? {}
        : {
            components: [...components].map(([name, component]) => ({
              name,
              ...robustnessScore(component.correct, totals, selection),
              cost: component.cost,
            })),
          }),
      ...(warnings === undefined
        ? {}
        : {
            warnings: [
              ...warnings.values(),
              ...tallyWarnings(tallies).filter(({code}) => warnings?.has(code) !== true),
              // Whoever counts what is doubtful wants to know this, too.
              ...(tallies.length === 0 ? [] : fewExamples(totals)),
            ],
          }),
    }),
  };
}
