import {describe, expect, it} from 'vitest';

import {changedLines, isOnLines} from '../../scripts/mutation/changed';
import {
  addOutcomes,
  describeFigures,
  figuresOf,
  type Kept,
  newestOf,
  scoresOf,
} from '../../scripts/mutation/kept';
import {inRandomOrder, isMutable, type Mutant, mutantsOf} from '../../scripts/mutation/mutants';
import {survivorsOf, tableOf} from '../../scripts/mutation/page';
import {type Outcome, runMutants} from '../../scripts/mutation/runMutants';

const TEXT = `
export const isSmall = (x: number): boolean => x < 3;

export function half(x: number): number {
  if (x < 0) throw new RangeError(\`half of \${x}\`);
  return x / 2;
}
`;
const parse = (text: string) => mutantsOf(['src/core/some.ts'], () => text);
const keysOf = (mutants: readonly Mutant[]) => mutants.map(({key}) => key);

describe('mutants', () => {
  it('are known by their statement: what changes elsewhere in the file leaves their keys', async () => {
    const before = await parse(TEXT);
    const after = await parse(`// A comment.\n${TEXT.replace('x < 3', 'x <= 4')}`);
    const within = ({start}: Mutant, first: number) => start.line >= first;
    const half = before.filter((mutant) => within(mutant, 3));
    expect(half.length).toBeGreaterThan(5);
    expect(keysOf(after.filter((mutant) => within(mutant, 4)))).toEqual(keysOf(half));
    const small = keysOf(before.filter((mutant) => !within(mutant, 3)));
    expect(keysOf(after).filter((key) => small.includes(key))).toEqual([]);
    expect(new Set(keysOf(before)).size).toBe(before.length);
  });

  it('say whether they stand in an error', async () => {
    const mutants = await parse(TEXT);
    const messages = mutants.filter(({isMessage}) => isMessage);
    expect(messages.map(({replacement}) => replacement)).toEqual(['``']);
  });

  it('leave out functions that return nothing', async () => {
    expect((await parse(TEXT)).map(({mutator}) => mutator)).not.toContain('ArrowFunction');
  });

  it('come in an order of the seed, which additions leave', async () => {
    const all = await parse(TEXT);
    const ordered = keysOf(inRandomOrder(all, 1));
    expect([...ordered].sort()).toEqual(keysOf(all).sort());
    expect(keysOf(inRandomOrder([...all].reverse(), 1))).toEqual(ordered);
    expect(keysOf(inRandomOrder(all, 2))).not.toEqual(ordered);
    const some = all.slice(3);
    expect(keysOf(inRandomOrder(some, 1))).toEqual(
      ordered.filter((key) => keysOf(some).includes(key)),
    );
  });

  it('have other numbers for the constants of a module', async () => {
    const text = 'export const RESTARTS = 5;\nconst SCALE = {at: -1e-4, from: 0} as const;\n';
    const constants = (await parse(text)).filter(({mutator}) => mutator === 'Constant');
    const told = constants.map(({constant, replacement}) => [constant?.property, replacement]);
    expect(told).toEqual([
      [undefined, '1'],
      [undefined, '10'],
      ['at', '-0.000001'],
      ['at', '-0.01'],
      ['from', '1'],
    ]);
  });

  it('are of code, not of barrels nor of assembly', () => {
    expect(isMutable('src/attacks/apgd/ascend.ts')).toBe(true);
    for (const file of [
      'src/attacks/index.ts',
      'src/kernels/wasm/assembly/fab.ts',
      'test/core/at.test.ts',
    ]) {
      expect(isMutable(file)).toBe(false);
    }
  });
});

describe('runMutants', () => {
  const run = {backend: 'cpu', timeoutMs: 60_000};
  const of = async (file: string, tests: string) => {
    const mutants = await mutantsOf([file]);
    return {mutants, outcomes: await runMutants(mutants, {...run, tests: [tests]})};
  };

  it('catches every mutant that a test notices, and none that no test looks at', async () => {
    const near = await of('src/core/at.ts', 'test/core/at.test.ts');
    expect(near.mutants.length).toBeGreaterThan(3);
    expect([...near.outcomes.keys()]).toHaveLength(near.mutants.length);
    const caught = [...near.outcomes.values()].filter((outcome) => outcome === 'killed');
    expect(caught.length).toBeGreaterThan(0.6 * near.mutants.length);
    const file = 'src/attacks/autoAttack/recheckSquare.ts';
    const restarts = (await mutantsOf([file])).filter(({mutator}) => mutator === 'Constant');
    const tests = ['test/attacks/autoAttack/recheckSquare.test.ts'];
    const noticed = await runMutants(restarts, {...run, tests});
    expect([...noticed.values()]).toEqual(['killed', 'killed']);
    const far = await of('src/core/at.ts', 'test/core/describeValue.test.ts');
    expect(new Set(far.outcomes.values())).toEqual(new Set(['survived']));
  }, 240_000);

  it('goes on with the others after one that never ends', async () => {
    const folder = 'test/support/mutation';
    const mutants = (await mutantsOf([`${folder}/countDown.ts`])).filter(
      ({mutator}) => mutator === 'UpdateOperator' || mutator === 'EqualityOperator',
    );
    const tests = [`${folder}/countDown.test.ts`];
    const outcomes = await runMutants(mutants, {backend: 'cpu', timeoutMs: 50, tests});
    const told = mutants.map((mutant) => [mutant.replacement, outcomes.get(mutant)]);
    expect(Object.fromEntries(told)).toMatchObject({
      ...{'left++': 'timeout', 'left <= 0': 'killed'},
      ...{'left < 0': 'killed', 'left > 0': 'killed'},
    });
  }, 240_000);
});

describe('runMutants, of what cannot be undone', () => {
  it('repeats what stands around each test, and knows what ran before the tests', async () => {
    const folder = 'test/support/mutation';
    const mutants = await mutantsOf([`${folder}/renewed.ts`]);
    const tests = [`${folder}/renewed.test.ts`];
    const outcomes = await runMutants(mutants, {backend: 'cpu', timeoutMs: 2000, tests});
    expect(mutants.map((mutant) => outcomes.get(mutant))).toEqual([
      ...['killed', 'killed', 'killed', 'killed'],
    ]);
  }, 240_000);

  it('switches mutants on in the processes that a test starts', async () => {
    const folder = 'test/support/mutation';
    const mutants = await mutantsOf([`${folder}/inChild.ts`]);
    const tests = [`${folder}/inChild.test.ts`];
    const outcomes = await runMutants(mutants, {backend: 'cpu', timeoutMs: 2000, tests});
    // Another operator; other numbers for a module's constants are not switched on there yet.
    const [operator, ...constants] = mutants;
    expect(operator?.mutator).toBe('ArithmeticOperator');
    expect(constants.map(({mutator}) => mutator)).toEqual(['Constant', 'Constant']);
    expect(operator && outcomes.get(operator)).toBe('killed');
  }, 240_000);

  it('tells a mutant that leaves something behind from a test that cannot be repeated', async () => {
    const folder = 'test/support/mutation';
    // Without its last block nothing is let go of: each test after it would be red.
    const mutants = (await mutantsOf([`${folder}/leftBehind.ts`])).filter(
      ({start, replacement}) => start.line === 7 && replacement === '{}',
    );
    expect(mutants).toHaveLength(1);
    const tests = [`${folder}/leftBehind.test.ts`];
    const outcomes = await runMutants(mutants, {backend: 'cpu', timeoutMs: 2000, tests});
    expect([...outcomes.values()]).toEqual(['killed']);
  }, 480_000);
});

describe('what is kept', () => {
  const at = {commit: 'abc', date: '2026-01-01'};
  const nothing: Kept = {
    ...{folder: 'core', ...at, mutants: 0},
    ...{killed: [], timeout: [], survived: [], mended: [], newest: []},
  };

  it('remembers that a mutant survived at first, and drops what is gone', async () => {
    const [first, second, third, ...others] = (await parse(TEXT)) as [Mutant, Mutant, Mutant];
    const present = [first, second, third, ...others];
    const outcomes = new Map<Mutant, Outcome>([
      ...([
        [first, 'killed'],
        [second, 'survived'],
        [third, 'timeout'],
      ] as const),
    ]);
    const once = addOutcomes(nothing, present, outcomes, at);
    expect(figuresOf([once])).toMatchObject({
      ...{tried: 3, mutants: present.length, timeouts: 1, atFirst: 2, now: 2},
    });
    const wide = {...at, isWide: true};
    const twice = addOutcomes(once, present, new Map([[second, 'killed']]), wide);
    expect(twice.survived).toEqual([]);
    expect(twice.mended.map(({key}) => key)).toEqual([second.key]);
    expect(figuresOf([twice])).toMatchObject({tried: 3, atFirst: 2, now: 3});
    const without = addOutcomes(twice, [first, ...others], new Map(), at);
    expect(figuresOf([without])).toMatchObject({tried: 1, atFirst: 1, now: 1});
    // The first run of all unit tests caught it: no test was written for it.
    expect(figuresOf([twice])).toMatchObject({bySuite: 3});
    const beside = addOutcomes(once, present, new Map([[second, 'killed']]), at);
    expect(figuresOf([beside])).toMatchObject({bySuite: 2, now: 3});
    const missed = addOutcomes(once, present, new Map([[second, 'survived']]), wide);
    const mended = addOutcomes(missed, present, new Map([[second, 'killed']]), wide);
    expect(figuresOf([missed])).toMatchObject({bySuite: 2, now: 2});
    expect(figuresOf([mended])).toMatchObject({bySuite: 2, now: 3});
    expect(tableOf([mended])).toContain(
      `| core | abc | 3 of ${present.length} | 66.7 | 66.7 (20.8 to 93.9) | 66.7 of 3 | 66.7 of 3 | 100.0 |  |`,
    );
    const more = addOutcomes(mended, present, new Map(others.map((one) => [one, 'killed'])), at);
    expect(newestOf(mended)).toEqual({run: 3, caught: 2, equivalent: 0});
    expect(newestOf(more)).toEqual({run: others.length, caught: others.length, equivalent: 0});
    const whole = `100.0 of ${others.length}`;
    expect(tableOf([more])).toContain(` | ${whole} | ${whole} | 100.0 |  |`);
  });

  it('scores the newest sample with and without the mutants that are equivalent', async () => {
    const present = (await parse(TEXT)).slice(0, 5);
    const outcomes = present.map((one, i) => [one, i < 3 ? 'killed' : 'survived'] as const);
    const drawn = addOutcomes(nothing, present, new Map(outcomes), at);
    const [survivor, ...gaps] = drawn.survived;
    if (survivor === undefined) throw new Error('none survived');
    const marked = [{...survivor, kind: 'equivalent: nothing changes'}, ...gaps];
    const looked = {...drawn, survived: marked};
    expect(tableOf([looked])).toContain(' | 60.0 of 5 | 75.0 of 4 | 60.0 | 1 equivalent, ');
    expect(describeFigures('core', [looked, looked])).toContain(
      'newest sample: 6 of 10 (60.0 %), of 8 that are not equivalent (75.0 %)',
    );
    expect(scoresOf({run: 2, caught: 0, equivalent: 2})).toEqual([0, 1]);
  });

  it('weighs folders by the mutants that they have', async () => {
    const present = await parse(TEXT);
    const [first] = present as [Mutant];
    const half = (outcome: Outcome, mutants: number): Kept => ({
      ...addOutcomes(nothing, present, new Map([[first, outcome]]), at),
      mutants,
    });
    expect(tableOf([half('killed', 300), half('survived', 100)])).toContain(
      '| all, weighted |  | 2 of 400 | 75.0 | 75.0 | 75.0 | 75.0 | 75.0 | 1 not looked at |',
    );
  });

  it('lists what survives, texts of errors left out', async () => {
    const present = await parse(TEXT);
    const kept = addOutcomes(
      nothing,
      present,
      new Map(present.map((one) => [one, 'survived'])),
      at,
    );
    const lines = survivorsOf([kept]).split('\n');
    expect(lines).toHaveLength(present.length - 1);
    expect(lines[0]).toMatch(/^\| `core\/some\.ts:2 \w+: .+` \| {2}\|$/);
  });
});

describe('changed lines', () => {
  const diff = `diff --git a/src/core/at.ts b/src/core/at.ts
--- a/src/core/at.ts
+++ b/src/core/at.ts
@@ -3 +3,2 @@
-a
+b
+c
@@ -9,2 +10,0 @@
-d
-e
diff --git a/src/core/index.ts b/src/core/index.ts
--- a/src/core/index.ts
+++ b/src/core/index.ts
@@ -1 +1 @@
diff --git a/src/core/gone.ts b/src/core/gone.ts
--- a/src/core/gone.ts
+++ /dev/null
@@ -1,2 +0,0 @@
`;

  it('are those that a diff adds to files of code', async () => {
    const ranges = changedLines(diff);
    expect(ranges).toEqual([{file: 'src/core/at.ts', first: 3, last: 4}]);
    const [mutant] = (await mutantsOf(['src/core/at.ts'], () => TEXT)) as [Mutant];
    const onLine = (line: number) =>
      isOnLines({...mutant, start: {line: line - 1, column: 0}}, ranges);
    expect([2, 3, 4, 5].map(onLine)).toEqual([false, true, true, false]);
  });
});
