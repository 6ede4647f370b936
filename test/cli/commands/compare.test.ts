import {mkdir, readFile} from 'node:fs/promises';
import path from 'node:path';

import {afterAll, beforeAll, describe, expect, it} from 'vitest';

import {compareReports} from '../../../src/cli/commands/compare';
import {reportFile, type ReportFile} from '../../../src/cli/reportFile';
import {writeWhole} from '../../../src/node/writeWhole';
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
  it('prints nothing but the table, its files and what p is', async () => {
    const [old, fresh] = [place('old.json'), place('new.json')];
    const {out, err} = await cli('compare', old, fresh);
    expect(out).toMatch(
      new RegExp(
        `^first:  ${old}\nsecond: ${fresh}\n\ninputs +classes +examples +first +second +difference +95 % interval +p\n`,
      ),
    );
    expect(out).toContain(
      "\n\np: McNemar's exact test, of the examples that only one of the two gets right.\n",
    );
    expect(err).toBe('');
    // Numbers end in one column.
    const rows = out.split('\n').filter((line) => /^(inputs|clean|pgd) /.test(line));
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  });

  it('writes a plus before what is better, and none before nothing', async () => {
    const back = await cli('compare', place('new.json'), place('old.json'));
    expect(back.out).toMatch(
      /^pgd\s+all\s+60\s+33\.3 %\s+66\.7 %\s+\+33\.3 points\s+\+\d+\.\d to \+\d+\.\d\s+< 0\.0001$/m,
    );
    const same = await cli('compare', place('old.json'), place('old.json'));
    expect(same.out).toMatch(
      /^clean\s+all\s+60\s+83\.3 %\s+83\.3 %\s+0\.0 points\s+-\d+\.\d to \+\d+\.\d\s+1$/m,
    );
  });

  it('takes a difference for one below the significance that is asked for', async () => {
    // Of the 6 answers that differ the second has none right: p is 2 / 2^6.
    await writeWhole(place('six.json'), JSON.stringify(file(50, 34)));
    const codeOf = async (...more: string[]) =>
      (await cli('compare', place('old.json'), place('six.json'), ...more)).code;
    expect(await codeOf('--fail-if-worse')).toBe(1);
    expect(await codeOf()).toBe(0);
    expect(await codeOf('--fail-if-worse', '--significance', '0.03')).toBe(0);
    expect(await codeOf('--fail-if-worse', '--significance', '0.03125')).toBe(0);
    expect(await codeOf('--fail-if-worse', '--significance', '0.0313')).toBe(1);
  });

  it('has both files in its JSON, and says which page it wrote', async () => {
    const argv = ['compare', place('old.json'), place('new.json'), '--json'];
    const {out, err} = await cli(...argv, '--html', place('d.html'));
    expect(JSON.parse(out)).toMatchObject({
      ...{first: place('old.json'), second: place('new.json')},
      comparisons: [{inputs: 'clean', classes: 'all'}, {inputs: 'clean', classes: 'tail'}, {}, {}],
    });
    expect(err).toBe(`Written: ${place('d.html')}\n`);
    expect(await readFile(place('d.html'), 'utf8')).toContain('lt-robust compare');
    const worse = await cli(...argv, '--fail-if-worse');
    expect(worse.err).toBe('FAILED: The second model is worse: pgd (all), pgd (tail).\n');
  });
});

describe('reports that are compared', () => {
  it('need the same labels, and answers to single examples', () => {
    const turned = labels.map((label) => 1 - label);
    expect(() => compareReports(file(1, 1), file(1, 1, {labels: turned}))).toThrow(
      'The reports are about other examples: evaluate both models on the same data, with the same --examples and --seed.',
    );
    const {report} = file(1, 1);
    const silent = {...report, attacks: {pgd: {...report.attacks['pgd']!, predictions: undefined}}};
    expect(() => compareReports(file(1, 1), file(1, 1, {report: silent as never}))).toThrow(
      'A report has no answers to single examples under pgd.',
    );
    const norm = {pgd: {attack: 'pgd', norm: 'l2', epsilon: 0.1}} as const;
    expect(() => compareReports(file(1, 1), file(1, 1, {attacks: norm}))).toThrow(
      '"pgd" is another attack in the two reports: they differ in norm or epsilon.',
    );
  });

  it('are compared under the attacks that both have, and on a tail if there is one', () => {
    const names = (first: ReportFile, second: ReportFile) =>
      compareReports(first, second).map(({inputs, classes}) => `${inputs} ${classes}`);
    const other = {attacks: {fgsm: {attack: 'fgsm', norm: 'linf', epsilon: 0.1}}} as const;
    expect(names(file(1, 1), file(1, 1, other))).toEqual(['clean all', 'clean tail']);
    expect(names(file(1, 1, {tail: undefined}), file(1, 1))).toEqual(['clean all', 'pgd all']);
    const [, tail] = compareReports(file(50, 40), file(49, 20));
    // Every second example is of class 1: 25 right of 30, and 24.
    expect(tail).toMatchObject({total: 30, both: 24, onlyFirst: 1, onlySecond: 0});
  });
});
