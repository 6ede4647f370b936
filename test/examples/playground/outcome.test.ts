import {describe, expect, it} from 'vitest';

import {outcomeOf, stepName, type Ended} from '../../../examples/playground/src/outcome';

const frame = (step: number | null, ...probabilities: number[]) => ({
  step,
  probabilities: Float32Array.from(probabilities),
});

const ended = (changed: Partial<Ended>): Ended => ({
  frames: [frame(null, 0.9, 0.1, 0), frame(0, 0.9, 0.1, 0), frame(1, 0.8, 0.2, 0)],
  ...{settings: {steps: 1, target: null}, label: 0, labelFrom: 'data'},
  nameOf: (label) => ['cat', 'dog', 'cow'][label] ?? '?',
  ...changed,
});

const FOOLED = [frame(null, 0.9, 0.1, 0), frame(0, 0.4, 0.6, 0), frame(1, 0.2, 0.8, 0)];

describe('how an attack ended', () => {
  it.each<[string, Partial<Ended>]>([
    ['The network holds: after 1 step it still says cat.', {}],
    [
      'The network holds: after 1 step it still says cat (what the network itself says of the clean image counts as right).',
      {labelFrom: 'network'},
    ],
    ['The network is wrong without any attack: it takes this dog for cat.', {label: 1}],
    ['Fooled: the network takes this cat for dog, first at start.', {frames: FOOLED}],
    [
      'Fooled: the network takes this cat for dog, as aimed at, first at start.',
      {frames: FOOLED, settings: {steps: 1, target: 1}},
    ],
    [
      'Fooled: the network takes this cat for dog, if not for cow, first at start.',
      {frames: FOOLED, settings: {steps: 1, target: 2}},
    ],
    [
      'The network is wrong at start, and right again at the end.',
      {frames: [...FOOLED.slice(0, 2), frame(1, 0.9, 0.1, 0)]},
    ],
  ])('%s', (words, changed) => {
    expect(outcomeOf(ended(changed))).toBe(words);
  });

  it('calls frames by their step', () => {
    expect([null, 0, 7].map((step) => stepName({step}))).toEqual(['clean', 'start', 'step 7']);
  });
});
