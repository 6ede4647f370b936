import {at} from '../../core/at';
import type {CheckpointValue} from '../../core/checkpoint';
import {loadRun, refuseDifferences, saveRun, type RunPlace} from '../../core/savedRun';
import type {SampleState, EnsembleState} from './ensembleState';
import type {StateFrame} from './stateSchema';

/** Kind and version of what is saved. */
export const ENSEMBLE_KIND = 'evaluation 2';

/**
 * The state saved of an evaluation, or `undefined` if there is none.
 *
 * @param place - Where it is, and which run it is.
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
