import {describe, expect, it} from 'vitest';

import {collapseOf, type Scores} from '../../../examples/demo/measure';
import {collapseSentences} from '../../../examples/demo/words';
import type {MethodSummary} from '../../../examples/demo/summary';

const scores = (clean: number, share: number, classes = 10) =>
  ({
    ...{clean, mostAnswered: {class: 3, share}},
    perClassClean: Array<number>(classes).fill(clean),
  }) as unknown as Scores;

const NAMES = ['boots', 'coats', 'shirts', 'bags'];

describe('collapseOf', () => {
  it('calls a training collapsed whose answers are one class by more than half of what can be', () => {
    expect(collapseOf(scores(0.3, 0.56), NAMES)).toBe('56 % of the answers are bags');
    expect(collapseOf(scores(0.3, 0.54), NAMES)).toBeNull();
    expect(collapseOf(scores(0.5, 0.7, 2), NAMES)).toMatch(/chance/); // 0.75 is the bound of two classes
    expect(collapseOf(scores(0.6, 0.7, 2), NAMES)).toBeNull();
  });

  it('or that is no better than chance', () => {
    expect(collapseOf(scores(0.1, 0.2), NAMES)).toBe('10.0 % are right, which chance gives');
    expect(collapseOf(scores(0.11, 0.2), NAMES)).toBeNull();
  });
});

describe('collapseSentences', () => {
  it('say how many runs, which and why', () => {
    const methods = [
      {name: 'at-bsl', collapsed: []},
      {name: 'kl', collapsed: [{seed: 4, reason: '97 % of the answers are class 0'}]},
    ] as unknown as MethodSummary[];
    expect(collapseSentences(methods, 5)).toEqual([
      '† KL to the teacher: 1 of 5 runs collapsed (seed 4: 97 % of the answers are class 0). ' +
        'They count in its figures.',
    ]);
  });
});
