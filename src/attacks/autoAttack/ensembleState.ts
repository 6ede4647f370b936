import type {DiagnosticAccuracies, Verdict} from './report';

/** What is known of one example. */
export interface SampleState {
  verdict: Verdict;
  /** Index of the component that broke it, −1 for none. */
  component: number;
  target: number;
  prediction: number;
  distance: number;
  forward: number;
  backward: number;
  queries: number;
}

/** What a component has done. */
export interface ComponentState {
  attacked: number;
  forward: number;
  backward: number;
  queries: number;
  /** Examples with a zero input gradient at its start. */
  zeroGradient: number;
  /** Examples with an input gradient that is not finite. */
  nonFiniteGradient: number;
  elapsedMs: number;
}

/** An evaluation between two batches; JSON keeps it whole. */
export interface EnsembleState {
  /**
   * Clean logits of the first examples: they tell the model from others, since a function cannot be
   * described.
   */
  readonly logits: readonly number[];
  /** Index of the component at work. */
  component: number;
  /** Rows that it has still to attack; `null` before it has started. */
  pending: number[] | null;
  readonly samples: SampleState[];
  readonly components: ComponentState[];
  /** Adversarial points by row, where the caller wants them. */
  readonly points: Record<string, number[]>;
  /** Rows on which the model gave something not finite. */
  nonFinite: number[];
  /**
   * Examples that Square broke and gradient attacks did not break at a second try; `null` if there
   * was none.
   */
  blackBoxOnly: number | null;
  /** Claims that a fresh forward pass did not confirm. */
  unconfirmed: number;
  /** Codes and messages of the checks before the attacks. */
  warnings: {code: string; message: string; advice: string}[];
  /** PGD and scaled PGD on the first rows, and which of them were right. */
  baseline: (Omit<DiagnosticAccuracies, 'ensemble' | 'examples'> & {rows: number[]}) | null;
  diagnosticForward: number;
  diagnosticBackward: number;
  elapsedMs: number;
  /** What computed it; absent before 0.2.0. */
  computedOn?: readonly string[] | undefined;
}
