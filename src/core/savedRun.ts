import type {GenericSchema} from 'valibot';

import {describeValue} from './describeValue';
import type {CheckpointStore, CheckpointValue} from './checkpoint';
import {CheckpointMismatchError, InvalidArgumentError} from './errors';
import {differencesOf, type Difference, type Identity} from './identity';

/** Where a resumable run keeps its state, and which run it is. */
export interface RunPlace {
  /** Public function, for error messages. */
  readonly where: string;
  /** The store. */
  readonly store: CheckpointStore;
  /** Key of the run in it. */
  readonly key: string;
  /** Kind of run and version of its state, `'training 3'` say. */
  readonly kind: string;
  /** What decides the run's numbers. */
  readonly identity: Identity;
}

const FORMAT = 'lt-robust run';

/**
 * The state that was saved of this run, if there is one.
 *
 * @param place - Where it is, and which run it is.
 * @param schemaOf - Loads the schema of the state, which is needed only here.
 * @returns A copy; the store's own stays as it is.
 * @throws {@link CheckpointMismatchError} if what is saved under the key is of another run.
 * @throws {@link InvalidArgumentError} if it is not a run of this kind, or its state cannot be one.
 */
export async function loadRun<T>(
  place: RunPlace,
  schemaOf: () => GenericSchema<unknown, T> | Promise<GenericSchema<unknown, T>>,
): Promise<T | undefined> {
  const {where, store, key, kind, identity} = place;
  const saved = await store.load(key);
  if (saved === undefined) return undefined;
  const {readBy, runSchema} = await import('./savedSchemas');
  const refusal = (found: string, remedy: string): InvalidArgumentError =>
    new InvalidArgumentError({
      where,
      argument: 'checkpoints',
      expected: `hold nothing, or a ${kind.split(' ')[0]} of this version, under "${key}"`,
      ...{found, remedy},
    });
  const run = readBy(runSchema, saved);
  if ('problem' in run) throw refusal('something else', 'Choose another checkpointKey.');
  if (run.value.kind !== kind) {
    throw refusal(`"${run.value.kind}"`, 'Choose another checkpointKey.');
  }
  refuseDifferences(place, differencesOf(run.value.identity, identity));
  const state = readBy(await schemaOf(), run.value.state);
  if ('value' in state) return structuredClone(state.value);
  throw refusal(
    `one that was changed or damaged (${state.problem})`,
    'Remove it, or choose another checkpointKey, and begin anew.',
  );
}

/** Throws a {@link CheckpointMismatchError} if there are differences. */
export function refuseDifferences(
  {where, key}: Pick<RunPlace, 'where' | 'key'>,
  differences: readonly Difference[],
): void {
  if (differences.length > 0) throw new CheckpointMismatchError({where, key, differences});
}

/** Saves a copy of the state of a run, with its identity. */
export const saveRun = (
  {store, key, kind, identity}: RunPlace,
  state: CheckpointValue,
): Promise<void> =>
  store.save(key, {format: FORMAT, kind, identity, state: structuredClone(state)});

/** Throws unless `store` can load and save. */
export function checkStore(where: string, store: CheckpointStore | undefined): void {
  if (store === undefined) return;
  const {load, save}: Partial<Record<keyof CheckpointStore, unknown>> = {...asRecord(store)};
  if (typeof load === 'function' && typeof save === 'function') return;
  throw new InvalidArgumentError({
    where,
    argument: 'checkpoints',
    expected: 'have load and save',
    found: describeValue(store),
    remedy: 'Pass memoryCheckpoints(), fileCheckpoints(folder), or a store of your own.',
  });
}

// Methods of a class are on its prototype: they are looked up, not spread.
const asRecord = (store: unknown) =>
  typeof store === 'object' && store !== null
    ? {
        load: 'load' in store ? store.load : undefined,
        save: 'save' in store ? store.save : undefined,
      }
    : {};
