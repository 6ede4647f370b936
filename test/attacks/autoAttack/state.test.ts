import {describe, expect, it} from 'vitest';

import {
  checkSameModel,
  ENSEMBLE_KIND,
  loadState,
  saveState,
  type EnsembleState,
} from '../../../src/attacks/autoAttack/state';
import {memoryCheckpoints} from '../../../src/core/checkpoint';

const placeIn = (store = memoryCheckpoints(), identity = 'f') => ({
  ...{where: 'where', store, key: 'key', kind: ENSEMBLE_KIND, identity},
});

describe('loadState', () => {
  const state = {component: 2} as EnsembleState;

  it('gives back what was saved, as it was then', async () => {
    const place = placeIn();
    expect(await loadState(place)).toBeUndefined();
    const changing = {...state};
    await saveState(place, changing);
    changing.component = 3;
    expect(await loadState(place)).toEqual(state);
  });

  it('refuses a state of another evaluation, and what is none', async () => {
    const store = memoryCheckpoints();
    await saveState(placeIn(store), state);
    await expect(loadState(placeIn(store, 'g'))).rejects.toThrow(
      'where: the checkpoint under "key" is of another run',
    );
    await store.save('key', 5);
    await expect(loadState(placeIn(store))).rejects.toThrow('found something else');
  });
});

it('checkSameModel compares logits and who was wrong', () => {
  const of = (logits: number[], ...verdicts: string[]) =>
    ({logits, samples: verdicts.map((verdict) => ({verdict}))}) as unknown as EnsembleState;
  const check = (saved: EnsembleState, fresh: EnsembleState) => () => {
    checkSameModel({where: 'where', key: 'key'}, saved, fresh);
  };
  const saved = of([1, -2, 0.5], 'broken', 'misclassified');
  expect(check(saved, of([1.0001, -2, 0.5], 'robust', 'misclassified'))).not.toThrow();
  expect(check(saved, of([1.1, -2, 0.5], 'robust', 'misclassified'))).toThrow(
    /another run: model \(first logits .*\) was \[1,-2,0\.5\] and is \[1\.1,-2,0\.5\]/,
  );
  expect(check(saved, of([1, -2], 'robust', 'misclassified'))).toThrow(/another run: model/);
  expect(check(saved, of([1, -2, 0.5], 'robust', 'robust'))).toThrow(/another run: model/);
});
