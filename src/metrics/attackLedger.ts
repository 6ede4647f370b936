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

/** What a ledger holds, as plain data. */
export interface LedgerState {
  /** What was spent; `null` while no attack counted it. */
  readonly cost: PassTotals | null;
  /** Warnings so far, each kind once; `null` while no attack looks for any. */
  readonly warnings: readonly AttackWarning[] | null;
  /** What the first gradients of the batches were; `null` while none was watched. */
  readonly gradients: GradientCounts | null;
  /** Whether the attack counts such things itself. */
  readonly hasOwnTallies: boolean;
  /** Counts that become a warning once they are large enough. */
  readonly tallies: readonly AttackTally[];
  /** The components of the attack, in their order. */
  readonly components: readonly {
    readonly name: string;
    readonly correct: readonly number[];
    readonly cost: PassTotals;
  }[];
}

/** What an attack reports about itself, added up over the batches of an evaluation. */
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
  /** Adds what another ledger held, of batches that come after those of this one. */
  absorb(state: LedgerState): void;
  /** What it holds, to be saved. */
  state(): LedgerState;
  /** Throws if there were gradients, and none that an attack could follow. */
  checkGradients(where: string): void;
  /** What the report says besides the score. */
  report(
    totals: readonly number[],
    selection: ClassSelection,
  ): Pick<AttackScore, 'cost' | 'components' | 'tallies' | 'warnings'>;
}

const EMPTY: LedgerState = {
  ...{cost: null, warnings: null, gradients: null, hasOwnTallies: false},
  ...{tallies: [], components: []},
};

/**
 * A ledger for a task of `numClasses` classes.
 *
 * @param numClasses - Number of classes.
 * @param saved - What an earlier one held; by default it is empty.
 */
export function attackLedger(numClasses: number, saved: LedgerState = EMPTY): AttackLedger {
  let held = saved;
  const absorb = (state: LedgerState) => {
    held = joined(held, state);
  };
  return {
    add: (result, truth) => {
      absorb(ofResult(result, truth, numClasses));
    },
    addGradients: (gradients) => {
      absorb({...EMPTY, gradients, tallies: gradientTallies(gradients), warnings: []});
    },
    absorb,
    state: () => held,
    checkGradients(where) {
      if (held.gradients === null || held.hasOwnTallies) return;
      checkUsableGradients(where, held.gradients);
    },
    report: (totals, selection) => reportOf(held, totals, selection),
  };
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** The sum of two values where both are there, otherwise the one that is. */
const sumOr = <T>(a: T | null, b: T | null, add: (a: T, b: T) => T): T | null => {
  if (a === null || b === null) return a ?? b;
  return add(a, b);
};

const plus = (a: PassTotals, b: PassTotals): PassTotals => ({
  forward: a.forward + b.forward,
  backward: a.backward + b.backward,
  queries: a.queries + b.queries,
});

/** Each kind of warning once, as it was first given. */
const firstOfEach = (warnings: readonly AttackWarning[]): AttackWarning[] =>
  warnings.filter(({code}, i) => warnings.findIndex((other) => other.code === code) === i);

/** What the result of one batch says. */
function ofResult(
  result: tf.Tensor | AttackResult<tf.Tensor>,
  truth: Int32Array,
  numClasses: number,
): LedgerState {
  // An attack written in JavaScript may return the batch alone, without its cost.
  if (result instanceof tf.Tensor || (result.cost as unknown) === undefined) return EMPTY;
  const {forward, backward, queries} = result.cost;
  const isDoubtful = result.warnings !== undefined || result.tallies !== undefined;
  const tallies = result.tallies ?? [];
  const counted = new Set(tallies.map(({code}) => code)); // the warning is about all batches together
  return {
    cost: {forward: sumOf(forward), backward: sumOf(backward), queries: sumOf(queries)},
    warnings: isDoubtful
      ? firstOfEach((result.warnings ?? []).filter(({code}) => !counted.has(code)))
      : null,
    gradients: null,
    hasOwnTallies: tallies.length > 0,
    tallies,
    components: (result.components ?? []).map(({name, success, cost}) => {
      const correct = new Array<number>(numClasses).fill(0);
      truth.forEach((label, i) => {
        if (success[i] === false) correct[label] = (correct[label] ?? 0) + 1;
      });
      return {name, correct, cost};
    }),
  };
}

/** What two ledgers held, the first of earlier batches. */
function joined(a: LedgerState, b: LedgerState): LedgerState {
  return {
    cost: sumOr(a.cost, b.cost, plus),
    warnings: sumOr(a.warnings, b.warnings, (first, then) => firstOfEach([...first, ...then])),
    gradients: sumOr(a.gradients, b.gradients, (first, then) => ({
      zero: first.zero + then.zero,
      nonFinite: first.nonFinite + then.nonFinite,
      total: first.total + then.total,
    })),
    hasOwnTallies: a.hasOwnTallies || b.hasOwnTallies,
    tallies: addTallies(a.tallies, b.tallies),
    components: joinedComponents(a.components, b.components),
  };
}

function joinedComponents(
  a: LedgerState['components'],
  b: LedgerState['components'],
): LedgerState['components'] {
  const sums = new Map(a.map((component) => [component.name, component]));
  for (const component of b) {
    const before = sums.get(component.name);
    sums.set(
      component.name,
      before === undefined
        ? component
        : {
            name: component.name,
            correct: before.correct.map((count, c) => count + (component.correct[c] ?? 0)),
            cost: plus(before.cost, component.cost),
          },
    );
  }
  return [...sums.values()];
}

function reportOf(
  {cost, warnings, tallies, components, hasOwnTallies}: LedgerState,
  totals: readonly number[],
  selection: ClassSelection,
): Pick<AttackScore, 'cost' | 'components' | 'tallies' | 'warnings'> {
  const said = new Set(warnings?.map(({code}) => code));
  return {
    ...(cost === null ? {} : {cost}),
    ...(components.length === 0
      ? {}
      : {
          components: components.map(({name, correct, cost: spent}) => ({
            ...{name, ...robustnessScore(correct, totals, selection)},
            cost: spent,
          })),
        }),
    ...(warnings === null
      ? {}
      : {
          warnings: [
            ...warnings,
            ...tallyWarnings(tallies).filter(({code}) => !said.has(code)),
            // The report of an attack that counts doubtful cases also warns of classes with few
            // examples.
            ...(hasOwnTallies ? fewExamples(totals) : []),
          ],
          tallies,
        }),
  };
}
