import {join} from 'node:path';

import {afterAll, describe, expect, it} from 'vitest';

import {methodsBlocks, winners} from '../../../examples/methods/blocks';
import {GRID, type Entry} from '../../../examples/methods/grid';
import {
  choiceOf,
  isSameSweep,
  readReport,
  trialOf,
  writeReport,
  type MethodsReport,
  type Run,
} from '../../../examples/methods/report';
import {FULL, QUICK} from '../../../examples/methods/settings';
import {temporaryFolder} from '../../support/temporaryFolder';

const entryOf = (name: string): Entry => {
  const found = GRID.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

const empty: MethodsReport = {
  ...{command: '', versions: {}, machine: '', settings: QUICK, trials: [], runs: []},
};
const trial = (entry: string, candidate: object, pgd20: number, rarePgd20: number) => ({
  ...{entry, candidate: {...candidate}, pgd20, rarePgd20, seconds: 1, collapse: null},
});

const run = (entry: string, seed: number, pgd20: number, tailPgd20: number): Run => ({
  ...{entry, seed, candidate: {}, epochs: 1, teacherEpochs: null, seconds: 1, collapse: null},
  passes: {forward: 1, backward: 1, teacher: 0},
  scores: {
    ...{clean: 0.7, pgd20, worstClassPgd20: 0, tailClean: 0.5, tailPgd20, rareClean: 0.5},
    ...{rarePgd20: 0.4, autoAttack: null, tailAutoAttack: null},
    ...{perClassClean: [], perClassPgd20: [], mostAnswered: {class: 0, share: 0.1}},
  },
});

describe('the choice of hyperparameters', () => {
  const trades = entryOf('trades');

  const [six, , three] = trades.candidates;
  if (six === undefined || three === undefined) throw new Error('no candidates');

  it('is among four for every method', () => {
    const counts = GRID.map(({candidates}) => candidates.length);
    expect(new Set(counts)).toEqual(new Set([4, 1])); // 1: clean training, which nothing tells apart
    expect(counts.filter((count) => count === 1)).toHaveLength(1);
  });

  it('goes by PGD-20 over all classes and over the rarest, alike', () => {
    const trials = [trial('trades', six, 0.5, 0.3), trial('trades', three, 0.45, 0.4)];
    expect(choiceOf({trials}, trades)).toEqual({beta: 3, learningRate: 0.05});
    expect(trialOf({trials}, trades, six)).toBe(trials[0]);
    expect(trialOf({trials}, entryOf('mart'), six)).toBeUndefined();
  });

  it('is the first where nothing was tried, or all are equal', () => {
    expect(choiceOf({trials: []}, trades)).toEqual(six);
    const trials = [trial('trades', six, 0.5, 0.3), trial('trades', three, 0.4, 0.4)];
    expect(choiceOf({trials}, trades)).toEqual(six);
  });
});

describe('winners', () => {
  const paper = [0.5, 0.52].map((pgd, seed) => run('paper', seed, pgd, 0.4));

  it('beat the paper in both, by more than the larger standard deviation', () => {
    const runs = [
      ...paper,
      ...[0.55, 0.56].map((pgd, seed) => run('bsl-ema', seed, pgd, 0.5)), // in both
      ...[0.55, 0.56].map((pgd, seed) => run('trades', seed, pgd, 0.4)), // not on the tail
      ...[0.5, 0.6].map((pgd, seed) => run('mart', seed, pgd, 0.5)), // within its own deviation
      run('reat', 0, 0.9, 0.9), // one seed has no deviation
    ];
    expect(winners({...empty, runs}).map(({name}) => name)).toEqual(['bsl-ema']);
  });
});

describe('the table of the field', () => {
  const secondsOf = (seconds: readonly number[]) => {
    const runs = seconds.map((each, seed) => ({...run('paper', seed, 0.5, 0.4), seconds: each}));
    const blocks = methodsBlocks({...empty, runs}, 'other');
    const [head = '', , row = ''] = blocks['other: field']?.split('\n') ?? [];
    const cells = [head, row].map((line) => line.split('|').map((cell) => cell.trim()));
    return cells[1]?.[cells[0]?.indexOf('seconds, median') ?? -1];
  };

  it('has the median of the seconds, which one slow run does not move', () => {
    expect(secondsOf([20, 300, 24])).toBe('24');
    expect(secondsOf([20, 300, 24, 22])).toBe('23');
  });
});

describe('the verdict', () => {
  const runs = (entry: string, pgd: readonly number[], collapsed?: number) =>
    pgd.map((value, seed) => ({
      ...run(entry, seed, value, value),
      collapse: seed === collapsed ? 'one answer' : null,
    }));
  const verdictOf = (...all: Run[][]) =>
    methodsBlocks({...empty, runs: all.flat()})['methods: verdict'] ?? '';

  it('names what is ahead, and says if nothing is', () => {
    const paper = runs('paper', [0.5, 0.52, 0.51]);
    expect(verdictOf(paper, runs('mart', [0.5, 0.51, 0.52]))).toMatch(
      /^In these runs, no method and no combination is ahead of the paper's method in PGD-20 \*\*and\*\*/,
    );
    expect(verdictOf(paper, runs('mart', [0.6, 0.6, 0.61]), runs('reat', [0.7, 0.7, 0.7]))).toMatch(
      /^In these runs, “MART” and “REAT” are ahead /,
    );
    expect(verdictOf(runs('paper', [0.5]))).toMatch(/^Fewer than two seeds/);
  });

  it('is given with and without the runs that collapsed', () => {
    const text = verdictOf(
      runs('paper', [0.5, 0.51, 0.1], 2),
      runs('bsl-ema', [0.6, 0.61, 0.6]),
    ).split('\n\n');
    expect(text[0]).toMatch(/^With all runs, no method/);
    expect(text[1]).toMatch(
      /^Without the runs that collapsed, “AT-BSL, averaged weights” is ahead /,
    );
  });
});

describe('the kept report', () => {
  const folder = temporaryFolder();
  afterAll(folder.remove);

  it('is written and read', async () => {
    const path = join(folder.path, 'deep', 'methods.json');
    expect(await readReport(path)).toBeUndefined();
    const report = {...empty, runs: [run('paper', 0, 0.5, 1 / 3)]};
    await writeReport(path, report);
    const read = await readReport(path);
    expect(read?.runs[0]?.scores.tailPgd20).toBeCloseTo(1 / 3, 6);
    expect(read?.settings).toEqual(QUICK);
  });

  it('is of one sweep only if the settings are the same', () => {
    expect(isSameSweep(QUICK, {...QUICK})).toBe(true);
    expect(isSameSweep(QUICK, FULL)).toBe(false);
    expect(isSameSweep(QUICK, {...QUICK, passes: 1})).toBe(false);
  });
});
