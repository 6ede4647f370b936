import {mkdir, readFile} from 'node:fs/promises';
import path from 'node:path';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {compareReports} from '../../../src/cli/commands/compare';
import {reportFile, type ReportFile, writeWhole} from '../../../src/cli/reportFile';
import {robustnessScore} from '../../../src/metrics/robustnessReport';
import {cli} from '../../support/cliProject';
import {temporaryFolder} from '../../support/temporaryFolder';

const labels = Array.from({length: 60}, (_, i) => i % 2);

/** A report of a model that is right on the first so many examples. */
function file(clean: number, robust: number, change: Partial<ReportFile> = {}): ReportFile {
  const score = (right: number) => {
    const predictions = labels.map((label, i) => (i < right ? label : 1 - label));
    const correct = [0, 1].map((c) => labels.filter((label, i) => label === c && i < right).length);
    return {...robustnessScore(correct, [30, 30], {groups: {}, tail: [1]}), predictions};
  };
  return reportFile({
    report: {
      examples: 60,
      numClasses: 2,
      strict: false,
      computedOn: ['cpu'],
      clean: score(clean),
      attacks: {pgd: score(robust)},
    },
    ...{examples: labels.map((_, i) => i), labels, tail: [1]},
    attacks: {pgd: {attack: 'pgd', norm: 'linf', epsilon: 0.1}},
    run: {command: 'c', model: 'm', data: 'd', seed: 1, backend: 'cpu', elapsedMs: 5, versions: {}},
    ...change,
  });
}

const project = temporaryFolder();
const place = (name: string) => path.join(project.path, name);
beforeAll(async () => {
  await writeWhole(place('old.json'), JSON.stringify(file(50, 40)));
  await writeWhole(place('new.json'), JSON.stringify(file(49, 20)));
});
afterAll(project.remove);

describe('compareReports', () => {
  it('pairs clean inputs, attacks and the tail', () => {
    const rows = compareReports(file(50, 40), file(49, 20));
    expect(rows.map(({inputs, classes}) => `${inputs} ${classes}`)).toEqual([
      ...['clean all', 'clean tail', 'pgd all', 'pgd tail'],
    ]);
    expect(rows[2]).toMatchObject({both: 20, onlyFirst: 20, onlySecond: 0, total: 60});
    expect(rows[2]!.pValue).toBeCloseTo(2 * 0.5 ** 20, 12);
    expect(rows[0]!.pValue).toBe(1); // one example tells nothing
  });

  it.each([
    [file(1, 1, {examples: labels.map((_, i) => i + 1)}), 'about other examples'],
    [
      file(1, 1, {attacks: {pgd: {attack: 'pgd', norm: 'linf', epsilon: 0.2}}}),
      'is another attack',
    ],
    [
      file(1, 1, {attacks: {pgd: {attack: 'pgd', norm: 'l2', epsilon: 0.1}}}),
      'differ in norm or epsilon',
    ],
  ])('refuses reports that are no pair', (other, message) => {
    expect(() => compareReports(file(1, 1), other)).toThrow(message);
  });
});

describe('lt-robust compare', () => {
  it('prints both, the difference and p', async () => {
    const {code, out} = await cli('compare', place('old.json'), place('new.json'));
    expect(code).toBe(0);
    expect(out).toMatch(
      /^pgd\s+all\s+60\s+66\.7 %\s+33\.3 %\s+-33\.3 points\s+-\d+\.\d to -\d+\.\d\s+< 0\.0001$/m,
    );
    expect(out).toMatch(/^clean\s+all\s+60\s+83\.3 %\s+81\.7 %\s+-1\.7 points\s+\S+ to \S+\s+1$/m);
  });

  it('fails if the second is worse, where that is asked', async () => {
    const worse = await cli('compare', place('old.json'), place('new.json'), '--fail-if-worse');
    expect(worse).toMatchObject({
      code: 1,
      err: expect.stringContaining('worse: pgd (all), pgd (tail)'),
    });
    expect(
      (await cli('compare', place('new.json'), place('old.json'), '--fail-if-worse')).code,
    ).toBe(0);
  });

  it('writes JSON and a page', async () => {
    const {out} = await cli(
      'compare',
      place('old.json'),
      place('new.json'),
      '--json',
      '--html',
      place('c.html'),
    );
    expect((JSON.parse(out) as {comparisons: unknown[]}).comparisons).toHaveLength(4);
    expect(await readFile(place('c.html'), 'utf8')).toContain('Comparison of old and new');
  });

  it('tells two files of one name apart by their folders', async () => {
    const [first, second] = [place('old.json'), place('other/old.json')];
    await mkdir(place('other'), {recursive: true});
    await writeWhole(second, JSON.stringify(file(49, 20)));
    await cli('compare', first, second, '--html', place('same.html'));
    const page = await readFile(place('same.html'), 'utf8');
    expect(page).toContain(`Comparison of ${first} and ${second}`);
  });
});
