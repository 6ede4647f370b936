import {at} from '../../core/at';
import type {CheckpointValue} from '../../core/checkpoint';
import {loadRun, refuseDifferences, saveRun, type RunPlace} from '../../core/savedRun';
import type {DiagnosticAccuracies, Verdict} from './report';
import type {StateFrame} from './stateSchema';

/** What is known of one example. */
export interface SampleState {
  verdict: Verdict;
  /** Index of the part that broke it, −1 for none. */
  component: number;
  target: number;
  prediction: number;
  distance: number;
  forward: number;
  backward: number;
  queries: number;
}

/** What a part has done. */
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
  /** Clean logits of the first examples: of the model, which cannot be described. */
  readonly logits: readonly number[];
  /** Index of the part at work. */
  component: number;
  /** Rows that it has still to attack; `null` before it has started. */
  pending: number[] | null;
  readonly samples: SampleState[];
  readonly components: ComponentState[];
  /** Adversarial points by row, where the caller wants them. */
  readonly points: Record<string, number[]>;
  /** Rows on which the model gave something not finite. */
  nonFinite: number[];
  /** Of what Square broke, what gradient attacks did not break at a second try; `null`: none was made. */
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
}

/** Kind and version of what is saved. */
export const ENSEMBLE_KIND = 'evaluation 2';

/**
 * The state saved of an evaluation, or `undefined` if there is none.
 *
 * @param place - Where it is, and whose it is.
 * @param frame - The evaluation that it must fit.
 * @throws {@link CheckpointMismatchError} if it belongs to another evaluation.
 * @throws {@link InvalidArgumentError} if it cannot be a state of this one.
 */
export const loadState = (place: RunPlace, frame: StateFrame): Promise<EnsembleState | undefined> =>
  loadRun(place, async () => {
    const {stateSchema} = await import('./stateSchema');
    return stateSchema(frame);
  });

/** Throws unless a saved state is of the model that has just predicted the clean examples. */
export function checkSameModel(
  place: Pick<RunPlace, 'where' | 'key'>,
  saved: EnsembleState,
  fresh: EnsembleState,
): void {
  const scale = Math.max(1e-6, ...fresh.logits.map(Math.abs));
  const isSame =
    saved.logits.length === fresh.logits.length &&
    saved.logits.every((z, i) => Math.abs(z - at(fresh.logits, i)) <= 1e-3 * scale);
  const wasWrong = ({verdict}: SampleState) => verdict === 'misclassified';
  const areAlike = saved.samples.every(
    (sample, row) => wasWrong(sample) === wasWrong(at(fresh.samples, row)),
  );
  if (isSame && areAlike) return;
  const first = ({logits}: EnsembleState) => logits.slice(0, 3);
  refuseDifferences(place, [
    {field: 'model (first logits on the clean examples)', saved: first(saved), now: first(fresh)},
  ]);
}

/** Saves a copy: the evaluation goes on changing the state. */
export const saveState = (place: RunPlace, state: EnsembleState): Promise<void> =>
  saveRun(place, state as unknown as CheckpointValue);
