import * as tf from '@tensorflow/tfjs-core';

import type {AttackResult, AttackTally, AttackWarning} from '../core/attackResult';
import {addTallies, fewExamples, tallyWarnings} from '../core/tallyWarnings';
import {
  type AttackScore,
  type ClassSelection,
  type PassTotals,
  robustnessScore,
} from './robustnessReport';

/** What an attack says of itself, added up over the batches of an evaluation. */
export interface AttackLedger {
  /**
   * Adds a batch.
   *
   * @param result - What the attack returned.
   * @param truth - Classes of the batch.
   */
  add(result: tf.Tensor | AttackResult<tf.Tensor>, truth: Int32Array): void;
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

/** An empty ledger for a task of `numClasses` classes. */
export function attackLedger(numClasses: number): AttackLedger {
  let cost: PassTotals | undefined;
  let warnings: Map<string, AttackWarning> | undefined;
  let tallies: readonly AttackTally[] = [];
  const components = new Map<string, {correct: number[]; cost: PassTotals}>();
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
