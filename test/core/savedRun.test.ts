import * as v from 'valibot';
import {describe, expect, it} from 'vitest';

import {memoryCheckpoints, type CheckpointStore} from '../../src/core/checkpoint';
import {CheckpointMismatchError, isCheckpointMismatchError} from '../../src/core/errors';
import {checkStore, loadRun, saveRun} from '../../src/core/savedRun';

const placeIn = (store: CheckpointStore, identity = {epsilon: 0.1, name: 'pgd'}) => ({
  ...{where: 'here', store, key: 'key', kind: 'training 1', identity},
});

const anything = () => v.unknown();

describe('loadRun', () => {
  it('gives back what was saved of this run, as it was then', async () => {
    const place = placeIn(memoryCheckpoints());
    expect(await loadRun(place, anything)).toBeUndefined();
    const state = {step: 2, weights: Float32Array.of(1, 2)};
    await saveRun(place, state);
    state.weights[0] = 9;
    const loaded = await loadRun(place, anything);
    expect(loaded).toEqual({step: 2, weights: Float32Array.of(1, 2)});
    expect(await loadRun(place, anything)).not.toBe(loaded);
    expect(await loadRun({...place, key: 'other'}, anything)).toBeUndefined();
  });

  it('refuses another run, with both descriptions side by side', async () => {
    const store = memoryCheckpoints();
    await saveRun(placeIn(store), 1);
    const other = placeIn(store, {epsilon: 0.3, name: 'trades'});
    const error: unknown = await loadRun(other, anything).catch((reason: unknown) => reason);
    expect(isCheckpointMismatchError(error)).toBe(true);
    expect(error).toBeInstanceOf(CheckpointMismatchError);
    expect(error).toMatchObject({
      ...{where: 'here', key: 'key'},
      differences: [
        {field: 'epsilon', saved: 0.1, now: 0.3},
        {field: 'name', saved: 'pgd', now: 'trades'},
      ],
      message:
        'here: the checkpoint under "key" is of another run: epsilon was 0.1 and is 0.3; name was ' +
        '"pgd" and is "trades". Go on with what it was saved with, or choose another checkpointKey.',
    });
  });

  it('refuses what is no run, or one of another kind', async () => {
    const store = memoryCheckpoints();
    const place = placeIn(store);
    for (const value of [5, null, {format: 'mine'}]) {
      await store.save('key', value);
      await expect(loadRun(place, anything)).rejects.toThrow(
        'here: "checkpoints" must hold nothing, or a training of this version, under "key", found ' +
          'something else.',
      );
    }
    await saveRun({...place, kind: 'evaluation 1'}, 1);
    await expect(loadRun(place, anything)).rejects.toThrow(/found "evaluation 1"/);
  });

  it('refuses a state that its schema does not take, and says what is wrong', async () => {
    const place = placeIn(memoryCheckpoints());
    await saveRun(place, {epoch: -5});
    const schema = v.strictObject({epoch: v.pipe(v.number(), v.minValue(1))});
    await expect(loadRun(place, () => Promise.resolve(schema))).rejects.toThrow(
      'here: "checkpoints" must hold nothing, or a training of this version, under "key", found one ' +
        'that was changed or damaged (epoch: Invalid value: Expected >=1 but received -5). Remove it, ' +
        'or choose another checkpointKey, and begin anew.',
    );
  });
});

it('checkStore takes objects and instances with load and save, and nothing else', () => {
  class Store {
    load() {
      return Promise.resolve(undefined);
    }
    save() {
      return Promise.resolve();
    }
  }
  for (const store of [undefined, memoryCheckpoints(), new Store()]) {
    expect(() => {
      checkStore('here', store);
    }).not.toThrow();
  }
  for (const store of [null, 'folder', {load: () => 1}]) {
    expect(() => {
      checkStore('here', store as never);
    }).toThrow(/here: "checkpoints" must have load and save/);
  }
});
