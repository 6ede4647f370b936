import type {LedgerState} from './attackLedger';

/** How many examples of each class are right, and what was predicted, where that is wanted. */
export interface Tally {
  readonly correct: readonly number[];
  readonly predictions: readonly number[];
}

/** An evaluation between two batches, as plain data. */
export interface EvaluationState {
  /** Examples that are done, in their order. */
  readonly done: number;
  /** Examples of each class among them. */
  readonly totals: readonly number[];
  /** What computed it; absent before 0.2.0. */
  readonly computedOn?: readonly string[] | undefined;
  readonly clean: Tally;
  /** In the order of the attacks. */
  readonly attacks: readonly (Tally & {readonly ledger: LedgerState})[];
}

/** What an attack did to a few examples. */
export interface AttackAnswer {
  /** Mean size of what it added to a pixel. */
  readonly perturbation: number;
  /** The classes predicted on what it returned. */
  readonly predicted: readonly number[];
}

/** What is saved of an evaluation after a batch. */
export interface SavedEvaluation {
  readonly state: EvaluationState;
  readonly logits: readonly number[];
  readonly backend: string;
  readonly answers: readonly AttackAnswer[];
}
