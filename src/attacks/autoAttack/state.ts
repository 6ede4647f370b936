import {at} from '../../core/at';
import type {CheckpointStore, CheckpointValue} from '../../core/checkpoint';
import {InvalidArgumentError} from '../../core/errors';
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
  elapsedMs: number;
}

/** An evaluation between two batches; JSON keeps it whole. */
export interface EnsembleState {
  readonly format: 1;
  /** Of everything that decides the result. */
  readonly fingerprint: string;
  /** Clean logits of the first examples: of the model, which no fingerprint can be taken of. */
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

/** FNV-1a over bytes and text; tells inputs apart, not adversaries. */
export function fingerprintOf(parts: readonly (string | ArrayBufferView)[]): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4 | 0;
  const add = (byte: number) => {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte ^ (low >>> 24), 0x01000197);
  };
  for (const part of parts) {
    if (typeof part === 'string') {
      for (let i = 0; i < part.length; i++) add(part.charCodeAt(i) & 0xff);
    } else {
      new Uint8Array(part.buffer, part.byteOffset, part.byteLength).forEach(add);
    }
    add(0xff);
  }
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0');
  return hex(high) + hex(low);
}

/**
 * The state saved under a key, or `undefined` if there is none.
 *
 * @throws {@link InvalidArgumentError} if it is not one, or belongs to another evaluation.
 */
export async function loadState(
  where: string,
  store: CheckpointStore,
  key: string,
  fingerprint: string,
): Promise<EnsembleState | undefined> {
  const value = await store.load(key);
  if (value === undefined) return undefined;
  const isState = typeof value === 'object' && value !== null && 'fingerprint' in value;
  const state = value as unknown as EnsembleState;
  // A copy: the store's own must not change with the evaluation.
  if (isState && state.format === 1 && state.fingerprint === fingerprint) {
    return structuredClone(state);
  }
  throw new InvalidArgumentError({
    where,
    argument: 'checkpoints',
    expected: `hold this evaluation under ${JSON.stringify(key)}`,
    found: isState ? 'one of other images, labels, options or randomness' : 'something else',
    remedy: 'Pass the same arguments, or another checkpointKey.',
  });
}

/** Throws unless a saved state is of the model that has just predicted the clean examples. */
export function checkSameModel(where: string, saved: EnsembleState, fresh: EnsembleState): void {
  const scale = Math.max(1e-6, ...fresh.logits.map(Math.abs));
  const isSame =
    saved.logits.length === fresh.logits.length &&
    saved.logits.every((z, i) => Math.abs(z - at(fresh.logits, i)) <= 1e-3 * scale);
  const wasWrong = ({verdict}: SampleState) => verdict === 'misclassified';
  const areAlike = saved.samples.every(
    (sample, row) => wasWrong(sample) === wasWrong(fresh.samples[row] as SampleState),
  );
  if (isSame && areAlike) return;
  throw new InvalidArgumentError({
    where,
    argument: 'checkpoints',
    expected: 'hold an evaluation of this model',
    found: 'one of a model with other logits on the clean examples',
    remedy: 'Pass the model it was begun with, or another checkpointKey.',
  });
}

/** Saves a copy: the evaluation goes on changing the state. */
export const saveState = (
  store: CheckpointStore,
  key: string,
  state: EnsembleState,
): Promise<void> => store.save(key, structuredClone(state) as unknown as CheckpointValue);
