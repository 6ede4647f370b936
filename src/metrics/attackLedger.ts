import * as tf from '@tensorflow/tfjs-core';

import type {AttackResult, AttackTally, AttackWarning} from '../core/attackResult';
import {checkUsableGradients, type GradientCounts, gradientTallies} from '../core/gradientTallies';
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
  /** Adds what the first gradient of a batch was, for an attack that does not say so itself. */
  addGradients(counts: GradientCounts): void;
  /** Throws if there were gradients, and none that an attack could follow. */
  checkGradients(where: string): void;
  /** What there is to report beside the score. */
  report(
    totals: readonly number[],
    selection: ClassSelection,
  ): Pick<AttackScore, 'cost' | 'components' | 'tallies' | 'warnings'>;
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
  let gradients: GradientCounts | undefined;
  let hasOwnTallies = false;
  return {
    addGradients({zero, nonFinite, total}) {
      gradients = {
        zero: zero + (gradients?.zero ?? 0),
        nonFinite: nonFinite + (gradients?.nonFinite ?? 0),
        total: total + (gradients?.total ?? 0),
      };
      tallies = addTallies(tallies, gradientTallies({zero, nonFinite, total}));
      warnings ??= new Map();
    },
    checkGradients(where) {
      if (gradients !== undefined && !hasOwnTallies) checkUsableGradients(where, gradients);
    },
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
      hasOwnTallies ||= (result.tallies ?? []).length > 0;
      warnings ??= new Map();
      const counted = new Set(result.tallies?.map(({code}) => code)); // over all batches, below
      for (const warning of result.warnings ?? []) {
        if (counted.has(warning.code) || warnings.has(warning.code)) continue;
        warnings.set(warning.code, warning);
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
              ...(hasOwnTallies ? fewExamples(totals) : []),
            ],
            tallies,
          }),
    }),
  };
}
