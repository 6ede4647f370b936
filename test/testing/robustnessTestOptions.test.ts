import {describe, expect, it} from 'vitest';

import {pgdAttack} from '../../src/attacks/pgdAttack';
import {attackOf, robustnessTestSettings} from '../../src/testing/robustnessTestOptions';

describe('robustnessTestSettings', () => {
  it('fills in the defaults', () => {
    expect(robustnessTestSettings('f', {atLeast: 0.4})).toMatchObject({
      ...{norm: 'linf', epsilon: 8 / 255, clip: [0, 1], confidence: 0.95, undecided: 'fail'},
      ...{seed: 1, timeLimitMs: 60_000, counterexamples: 1},
    });
  });

  it.each([
    [{confidence: 1}, 'confidence'],
    [{confidence: 95}, 'confidence'],
    [{epsilon: 8}, 'epsilon'],
    [{epsilon: -0.1}, 'epsilon'],
    [{epsilon: [0.1]}, 'epsilon'],
    [{examples: 0}, 'examples'],
    [{batchSize: 0.5}, 'batchSize'],
    [{timeLimitMs: 0}, 'timeLimitMs'],
    [{counterexamples: -1}, 'counterexamples'],
    [{undecided: 'maybe'}, 'undecided'],
    [{norm: 'l1'}, 'norm'],
    [{atleast: 0.4}, 'atleast'],
  ])('refuses %j', (options, argument) => {
    expect(() => robustnessTestSettings('f', options as object)).toThrow(`f: "${argument}" must`);
  });

  it('takes the attack that is given', () => {
    expect(attackOf({attack: pgdAttack})).toBe(pgdAttack);
    expect(attackOf({attack: undefined})).toBeTypeOf('function');
  });
});
