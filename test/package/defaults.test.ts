import {describe, expect, it} from 'vitest';

import {defaultProblems} from './defaults';
import {readSources} from './sources';

const problemsOf = (text: string) => defaultProblems(new Map([['losses/a.ts', text]])).problems;

const file = (tag: string, value: string) =>
  `export interface AOptions {\n  /** What. ${tag} */\n  readonly a?: unknown;\n}\n` +
  `const DEFAULTS = {a: ${value}};`;

describe('@defaultValue', () => {
  it('agrees with the code', () => {
    const {problems, compared} = defaultProblems(readSources());
    expect(problems).toEqual([]);
    expect(compared).toBeGreaterThan(10);
  });
});

describe('defaultProblems', () => {
  it.each([
    ['@defaultValue 1', '1'],
    ['@defaultValue 8/255', '8 / 255'],
    ["@defaultValue `'kl'`, as in the paper", "'kl' as Kind"],
    ['@defaultValue [0, 1]', '[0, 1]'],
    ['@defaultValue \\{\\}: none', '{}'],
    ['@defaultValue crossEntropy', 'crossEntropy as Loss'],
    ['@defaultValue none: start at x', 'undefined as Rng | undefined'],
    ['', 'undefined'],
  ])('accepts %j for %s', (tag, value) => {
    expect(problemsOf(file(tag, value))).toEqual([]);
  });

  it.each([
    ['@defaultValue 1', '2'],
    ['@defaultValue 1', 'undefined'],
    ['@defaultValue none', '1'],
    ["@defaultValue 'l2'", "'kl'"],
    ['@defaultValue [0, 1]', '[0, 255]'],
    ['@defaultValue crossEntropy', 'klDivergence'],
    ['', '3'],
  ])('refuses %j for %s', (tag, value) => {
    expect(problemsOf(file(tag, value))).toHaveLength(1);
  });

  it('refuses a documented option that the code does not know', () => {
    const text =
      '/** O. */\ninterface O {\n  /** @defaultValue 1 */\n  a?: number;\n' +
      '  /** @defaultValue 2 */\n  b?: number;\n}\nconst DEFAULTS = {a: 1};';
    expect(problemsOf(text)).toEqual([
      'losses/a.ts: b: documented, but withDefaults does not know it',
    ]);
  });

  it('follows a spread into another file', () => {
    const sources = new Map([
      ['core/t.ts', 'export const DEFAULT_T = {b: 5};'],
      [
        'losses/a.ts',
        'interface O {\n  /** @defaultValue 4 */\n  b?: number;\n}\nconst DEFAULTS = {...DEFAULT_T};',
      ],
    ]);
    expect(defaultProblems(sources).problems).toEqual([
      'losses/a.ts: b: the tag says 4, the code 5',
    ]);
  });
});
