import {describe, expect, it} from 'vitest';

import {COLUMNS, type Scores} from '../../../examples/demo/measure';
import type {RunResult} from '../../../examples/demo/runMethod';
import {searchBlocks} from '../../../examples/demo/searchBlocks';
import {GRID, type Regime} from '../../../examples/demo/searchGrid';
import {regimeReport} from '../../../examples/demo/searchReport';
import {DEFAULT_SETTINGS} from '../../../examples/demo/settings';

const scores = (value: number): Scores =>
  ({
    ...Object.fromEntries(COLUMNS.map((column) => [column, value])),
    ...{perClassClean: [], perClassPgd20: [], mostAnswered: {class: 0, share: 0.1}},
    tailAutoAttack: null,
  }) as unknown as Scores;

/** A run whose test figures are `last`, `last − 0.1` at the best epoch, and `validation` there. */
const run = (method: RunResult['method'], seed: number, last: number, validation: number) =>
  ({
    ...{method, seed, seconds: 10.4, classCounts: [5, 2], collapse: null},
    plan: {
      teacher: method === 'kl' ? {imageSteps: 30} : null,
      main: {imageSteps: method === 'kl' ? 70 : 100},
    },
    history: [{epoch: 1, loss: 1, pgd20: validation, rarePgd20: 1 - validation}],
    ...{last: scores(last), best: {epoch: 1, scores: scores(last - 0.1)}},
    teacher: method === 'kl' ? {last: scores(0.3)} : null,
  }) as unknown as RunResult;

const when = {turn: 1, seeds: [0, 1]};
const regime: Regime = {
  ...{name: 'some data', why: 'it is there', settings: DEFAULT_SETTINGS},
  variants: [
    {name: 'AT-BSL', method: 'at-bsl', settings: {}, ...when},
    {name: 'KL 1', method: 'kl', settings: {klWeight: 1}, ...when},
    {name: 'KL 3', method: 'kl', settings: {klWeight: 3}, ...when},
    {name: 'KL 9', method: 'kl', settings: {klWeight: 9}, ...when},
    {name: 'KL, rate 1', method: 'kl', settings: {learningRate: 1}, ...when, isTrial: true},
  ],
};
const report = regimeReport(regime, [
  [run('at-bsl', 1, 0.5, 0.9), run('at-bsl', 0, 0.4, 0.9)],
  [run('kl', 0, 0.6, 0.2), run('kl', 1, 0.6, 0.4)],
  [run('kl', 0, 0.9, 0.1)],
  [],
  [run('kl', 0, 0.95, 0.95)],
]);

describe('regimeReport', () => {
  it('chooses among the taught by the validation split, by either measure', () => {
    expect(report.chosen).toEqual({pgd20: 'KL 1', rarePgd20: 'KL 3'});
  });

  it('pairs each variant with the runs of AT-BSL that have its seeds', () => {
    const [bsl, one, three, nine, trial] = report.variants;
    expect(bsl?.againstAtBsl).toBeNull();
    expect(bsl?.runs.map(({seed}) => seed)).toEqual([0, 1]);
    expect(one?.againstAtBsl?.last.pgd20).toMatchObject({perSeed: [0.2, 0.1]});
    expect(one?.againstAtBsl?.best.pgd20?.mean).toBeCloseTo(0.15, 12);
    expect(one?.againstAtBsl?.last.tailAutoAttack).toBeUndefined();
    expect(one?.againstTeacherAlone?.last).toEqual({});
    expect(three?.againstAtBsl?.last.pgd20).toEqual({mean: 0.5, interval: null, perSeed: [0.5]});
    expect(nine).toMatchObject({runs: [], imageSteps: null});
    expect(trial).toMatchObject({againstAtBsl: null, againstTeacherAlone: null});
    expect(one).toMatchObject({imageSteps: 100, settings: {klWeight: 1}});
  });

  it('is written with all that ran, and the chosen are marked', () => {
    const text = searchBlocks({
      ...{command: 'npm run it', versions: {}, machine: 'a machine', regimes: [report]},
    })['search: regimes'];
    expect(text).toMatch(/\| KL 1¹ +\| 2 +\| 100 +\| 60.0 ± 0.0/);
    expect(text).toMatch(/\| KL 3² +\| 1 +\| 100 +\| 90.0 /);
    expect(text).not.toContain('KL 9');
    expect(text?.match(/KL, rate 1/g)).toHaveLength(1);
    expect(text).toMatch(/\| KL, rate 1 +\| 95.0 +\| 5.0 +\|/);
    expect(text).toMatch(/\| KL 1 +\| AT-BSL +\| 2 +\| \+15.0 +\|/);
  });
});

describe('the grid of the search', () => {
  it('has in every regime what the taught are compared with, for all of their seeds', () => {
    for (const {name, variants} of GRID) {
      const names = variants.map((variant) => variant.name);
      expect(new Set(names).size, name).toBe(names.length);
      for (const baseline of ['at-bsl', 'teacher']) {
        const found = variants.find(({method}) => method === baseline);
        const compared = variants.filter(({isTrial}) => isTrial !== true);
        const last = Math.max(...compared.flatMap(({seeds}) => seeds));
        expect(found?.seeds, `${name}: ${baseline}`).toContain(last);
        const turns = compared.map(({turn}) => turn);
        expect(found?.turn).toBe(Math.min(...turns));
      }
    }
  });
});
