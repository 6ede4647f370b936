import {expect, it} from 'vitest';

import {ensembleRun} from '../../support/ensembleRuns';

it('initialState knows who is misclassified, at one forward pass each', () => {
  const {state, labels, dispose} = ensembleRun(4, {}, {wrong: [2]});
  expect(state.samples.map(({verdict}) => verdict)).toEqual([
    ...['robust', 'robust', 'misclassified', 'robust'],
  ]);
  expect(state.samples[0]?.prediction).toBe(labels[0]);
  expect(state.samples[2]?.prediction).toBe(((labels[2] as number) + 3) % 4);
  for (const sample of state.samples) {
    expect(sample).toMatchObject({component: -1, target: -1, forward: 1, backward: 0, queries: 0});
  }
  expect(state.components).toHaveLength(4);
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  dispose();
});

it('initialState remembers the logits of the first sixteen examples', () => {
  for (const count of [4, 20]) {
    const {state, logits, dispose} = ensembleRun(count);
    expect(logits).toHaveLength(4 * count);
    expect(state.logits).toEqual(Array.from(logits.slice(0, 64)));
    dispose();
  }
});
