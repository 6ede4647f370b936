import type * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import type {EnsembleState} from '../../../src/attacks/autoAttack/ensembleState';
import type {EnsembleSettings} from '../../../src/attacks/autoAttack/ensembleSettings';
import {initialState} from '../../../src/attacks/autoAttack/run';
import {
  checkSameModel,
  ENSEMBLE_KIND,
  loadState,
  saveState,
} from '../../../src/attacks/autoAttack/state';
import {memoryCheckpoints} from '../../../src/core/checkpoint';

const placeIn = (store = memoryCheckpoints(), identity = 'f') => ({
  ...{where: 'where', store, key: 'key', kind: ENSEMBLE_KIND, identity},
});

describe('loadState', () => {
  const frame = {examples: 0, numClasses: 2, components: 3, pixels: 1, adversarial: false};
  const settings = {components: []} as unknown as EnsembleSettings<tf.Tensor2D>;
  const empty = initialState(new Int32Array(0), new Float32Array(0), 2, settings);
  const passes = {forward: 0, backward: 0, queries: 0, zeroGradient: 0, nonFiniteGradient: 0};
  const components = Array.from({length: 3}, () => ({attacked: 0, elapsedMs: 0, ...passes}));
  const state: EnsembleState = {...empty, components, component: 2};

  it('gives back what was saved, as it was then', async () => {
    const place = placeIn();
    expect(await loadState(place, frame)).toBeUndefined();
    const changing = {...state};
    await saveState(place, changing);
    changing.component = 3;
    expect(await loadState(place, frame)).toEqual(state);
  });

  it('refuses a state of another evaluation, and what is none', async () => {
    const store = memoryCheckpoints();
    await saveState(placeIn(store), state);
    await expect(loadState(placeIn(store, 'g'), frame)).rejects.toThrow(
      'where: the checkpoint under "key" is of another run',
    );
    await store.save('key', 5);
    await expect(loadState(placeIn(store), frame)).rejects.toThrow('found something else');
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
  const more = of([1, -2, 0.5, 7], 'robust', 'misclassified');
  expect(check(saved, more)).toThrow(/was \[1,-2,0\.5\] and is \[1,-2,0\.5\]/);
  expect(check(saved, of([1, -2, 0.5], 'robust', 'robust'))).toThrow(/another run: model/);
  expect(check(saved, of([1, -2, 0.5], 'misclassified', 'misclassified'))).toThrow(/run: model/);
  // To a thousandth of the largest logit, whatever its sign and size.
  for (const largest of [2, -2, 1000, -1000]) {
    const near = of([largest, 0], 'robust');
    expect(check(near, of([largest, 0.9e-3 * Math.abs(largest)], 'robust'))).not.toThrow();
    expect(check(near, of([largest, 1.1e-3 * Math.abs(largest)], 'robust'))).toThrow(/run: model/);
  }
  expect(check(of([0, 0], 'robust'), of([0, 0], 'robust'))).not.toThrow();
  expect(check(of([0, 0], 'robust'), of([1e-8, 0], 'robust'))).toThrow(/run: model/);
});
