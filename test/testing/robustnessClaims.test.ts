import {describe, expect, it} from 'vitest';

import {binomialTail} from '../../src/metrics/binomialTail';
import {demandsOf, judgeDemands} from '../../src/testing/robustnessClaims';

const NONE = {atLeast: undefined, perClass: undefined, tail: undefined};
const mass = (k: number, n: number, p: number) => binomialTail(k, n, p) - binomialTail(k + 1, n, p);

describe('demandsOf', () => {
  it('lists all, the tail and the classes', () => {
    const tail = {classes: [2, 1], atLeast: 0.2};
    expect(demandsOf('f', {atLeast: 0.5, perClass: 0.1, tail}, 3)).toEqual([
      {subject: 'all', classes: [0, 1, 2], atLeast: 0.5},
      {subject: 'tail', classes: [2, 1], atLeast: 0.2},
      ...[0, 1, 2].map((label) => ({subject: 'class', classes: [label], atLeast: 0.1})),
    ]);
    expect(demandsOf('f', {...NONE, perClass: {2: 0.3}}, 3)).toEqual([
      {subject: 'class', classes: [2], atLeast: 0.3},
    ]);
  });

  it.each([
    [NONE, 'atLeast'],
    [{...NONE, atLeast: 40}, 'atLeast'],
    [{...NONE, perClass: 2}, 'perClass'],
    [{...NONE, perClass: {7: 0.1}}, 'perClass'],
    [{...NONE, perClass: {1: 2}}, 'perClass[1]'],
    [{...NONE, perClass: {}}, 'perClass'],
    [{...NONE, tail: {classes: [3], atLeast: 0.1}}, 'tail.classes'],
    [{...NONE, tail: {classes: [1, 1], atLeast: 0.1}}, 'tail.classes'],
    [{...NONE, tail: {classes: [1], atLeast: NaN}}, 'tail.atLeast'],
    [{...NONE, perClass: Float32Array.of(0, 0) as never}, 'perClass'],
    [{...NONE, perClass: [0.5, 0.5] as never}, 'perClass'],
  ])('refuses %j', (demands, argument) => {
    expect(() => demandsOf('f', demands, 3)).toThrow(`f: "${argument}" must`);
  });
});

describe('what demandsOf refuses', () => {
  const of = (demands: object) => () => demandsOf('f', {...NONE, ...demands}, 3);

  it('says what classes there are', () => {
    const message = 'must list different classes from 0 to 2, at least one, found ';
    expect(of({tail: {classes: [1, 3], atLeast: 0.1}})).toThrow(
      `f: "tail.classes" ${message}[1, 3]. Number the classes from 0.`,
    );
    expect(of({tail: {classes: [], atLeast: 0.1}})).toThrow(`f: "tail.classes" ${message}[].`);
    expect(of({tail: {classes: [-1], atLeast: 0.1}})).toThrow(message);
    expect(of({tail: {classes: [0.5], atLeast: 0.1}})).toThrow(message);
    expect(of({perClass: {a: 0.1}})).toThrow(`f: "perClass" ${message}[NaN]`);
  });

  it('says what to pass', () => {
    expect(of({})).toThrow(
      'f: "atLeast" must be given, or "perClass", or "tail", found none of them. ' +
        'Say what you ask of the model: {atLeast: 0.4}.',
    );
    expect(of({atLeast: 40})).toThrow('found 40. Pass a fraction: 0.4 for 40 %.');
    expect(of({tail: [8, 9]})).toThrow(
      'f: "tail" must be {classes, atLeast}, found [8, 9]. Pass {classes: [8, 9], atLeast: 0.2}, say.',
    );
    expect(of({perClass: 'all'})).toThrow(
      'f: "perClass" must be a number, or one for each class, found \'all\'. ' +
        'Pass {3: 0.2}, say, or one number for every class.',
    );
    const unreadable = {
      get 0(): never {
        throw new Error('not now');
      },
    };
    expect(of({perClass: unreadable})).toThrow(
      /cannot be read \(not now\)\. Pass \{0: \.\.\.\}\.$/,
    );
  });

  it('not: all, and none', () => {
    expect(of({atLeast: 0, perClass: {0: 1}})()).toEqual([
      {subject: 'all', classes: [0, 1, 2], atLeast: 0},
      {subject: 'class', classes: [0], atLeast: 1},
    ]);
  });
});

describe('judgeDemands', () => {
  const demand = (label: number, atLeast: number) =>
    ({subject: 'class', classes: [label], atLeast}) as const;

  it.each([
    [90, 100, 0.8, 'above'],
    [70, 100, 0.8, 'below'],
    [80, 100, 0.8, 'undecided'],
    [0, 0, 0.8, 'undecided'],
    [3, 3, 0.9, 'undecided'], // all are robust, and that says little
    [0, 3, 0, 'above'],
  ] as const)('says of %i of %i against %s: %s', (correct, total, atLeast, outcome) => {
    const [claim] = judgeDemands([demand(0, atLeast)], [correct], [total], 0.95);
    expect(claim).toMatchObject({correct, total, outcome});
    expect(claim!.neededExamples === null).toBe(
      outcome !== 'undecided' || total === 0 || correct === 80,
    );
  });

  it('knows nothing of classes without examples', () => {
    const [claim, met] = judgeDemands([demand(0, 0.5), demand(0, 0)], [0], [0], 0.95);
    expect(claim).toMatchObject({bounds: [0, 1], outcome: 'undecided', neededExamples: null});
    expect(met).toMatchObject({bounds: [0, 1], outcome: 'above'});
  });

  it('adds up the classes that are asked about', () => {
    const some = {subject: 'tail', classes: [2, 0], atLeast: 0.5} as const;
    const [claim] = judgeDemands([some], [1, 20, 3], [10, 40, 30], 0.95);
    expect(claim).toMatchObject({correct: 4, total: 40, outcome: 'below'});
  });

  // The probability of each count is known, so that of a wrong outcome is, too.
  it.each([
    [20, 0.5],
    [100, 0.4],
    [100, 0.95],
    [333, 0.1],
  ])('is wrong of %i examples at %s at most as often as is said', (n, atLeast) => {
    const wrongAt = (p: number, outcome: string) => {
      let wrong = 0;
      for (let k = 0; k <= n; k++) {
        const [claim] = judgeDemands([demand(0, atLeast)], [k], [n], 0.95);
        if (claim!.outcome === outcome) wrong += mass(k, n, p);
      }
      return wrong;
    };
    // Just less robust than asked: it may hardly pass. Exactly as asked: hardly fail.
    expect(wrongAt(atLeast - 1e-9, 'above')).toBeLessThanOrEqual(0.05);
    expect(wrongAt(atLeast, 'below')).toBeLessThanOrEqual(0.05);
  });

  it('keeps that promise for several demands together', () => {
    const [n, atLeast] = [40, 0.5];
    const demands = [0, 1, 2].map((label) => demand(label, atLeast));
    const outcomes = Array.from({length: n + 1}, (_, k) => {
      return judgeDemands(demands, [k, k, k], [n, n, n], 0.95)[0]!.outcome;
    });
    const probability = (outcome: string, p: number) =>
      outcomes.reduce((sum, each, k) => (each === outcome ? sum + mass(k, n, p) : sum), 0);
    // One class is not robust enough, the others surely are: passing needs all three.
    const passes = probability('above', atLeast - 1e-9) * probability('above', 0.99) ** 2;
    expect(passes).toBeLessThanOrEqual(0.05);
    // All are exactly as robust as asked: some class is called below.
    const fails = 1 - (1 - probability('below', atLeast)) ** 3;
    expect(fails).toBeLessThanOrEqual(0.05);
    expect(fails).toBeGreaterThan(0.005);
  });
});
