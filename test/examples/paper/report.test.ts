import {preset} from 'lt-robust/presets';
import {describe, expect, it} from 'vitest';

import {csvOf} from '../../../examples/paper/csv';
import {figuresFor, groupMeans} from '../../../examples/paper/figures';
import {page} from '../../../examples/paper/page';
import {paperLines} from '../../../examples/paper/paperTable';
import type {PaperReport} from '../../../examples/paper/report';
import {summariseRows} from '../../../examples/paper/rowSummary';
import type {KeptRun} from '../../../examples/paper/runRow';
import {fakeReport} from './fakeReport';
import {DEFAULT_SETTINGS} from '../../../examples/paper/settings';
import {summaryText} from '../../../examples/paper/summaryText';
import {allExperiments, experimentOf} from '../../../examples/paper/targets';

const scores = (clean: number) => ({
  ...{clean, pgd: clean / 2, autoAttack: null, tailClean: clean / 3, tailPgd: clean / 4},
  perClassClean: Array<number>(10).fill(clean),
  perClassPgd: Array.from({length: 10}, (_, c) => (clean * c) / 10),
  mostAnswered: {class: 0, share: 0.1},
});

const result = (id: string, seed: number, clean: number): KeptRun => ({
  ...{id, seed, backend: 'wasm', code: ['a1'], parameters: 12, testImages: 20},
  classCounts: [50, 40, 30, 20, 10, 8, 6, 4, 2, 1],
  classNames: Array.from({length: 10}, (_, c) => `class ${c}`),
  tail: [9],
  last: scores(clean),
  best: {epoch: 2, scores: scores(clean + 0.1)},
  teacher: null,
  history: [
    {epoch: 1, loss: 2.1},
    {epoch: 2, loss: 1.9, pgd: 0.2},
    {epoch: 3, loss: 1.7, pgd: 0.1},
  ],
  ...{imageSteps: 513, seconds: 4, collapse: null},
});

const reportFor = (name: string): PaperReport => {
  const experiment = experimentOf(name);
  const ids = [...new Set(experiment.rows.map((row) => row.preset.id))];
  const runs = ids.flatMap((id, i) =>
    [0, 1].map((seed) => result(id, seed, 0.4 + 0.02 * i + 0.01 * seed)),
  );
  return {
    ...{command: `npm run paper -- ${name}`, experiment, settings: DEFAULT_SETTINGS},
    ...{scale: {epochs: 3}, seeds: [0, 1], versions: {node: 'v20'}, machine: {cores: 2}},
    ...{rows: summariseRows(experiment, runs), runs},
  };
};

describe('the report of npm run paper', () => {
  it('gives mean and sample deviation of each column, the best epoch apart from the last', () => {
    const [row] = reportFor('table1').rows;
    expect(row?.last.clean?.mean).toBeCloseTo(0.405, 12);
    expect(row?.last.clean?.sd).toBeCloseTo(0.01 / Math.SQRT2, 12);
    expect(row?.best.clean?.mean).toBeCloseTo(0.505, 12);
    expect(row?.best.autoAttack).toBeNull();
  });

  it("sets the paper's numbers below each row, marked as the paper's", () => {
    const lines = paperLines(reportFor('table1'));
    expect(lines.map(({name}) => name).slice(-2)).toEqual(['Ours', 'Ours, in the paper']);
    expect(lines.at(-1)?.cells).toEqual([
      ...['70.81', '38.85', '34.32', '73.8', '36.9', '71.74', '37.80', '33.74', '74.7', '36.2'],
    ]);
    // 30.35 and 40.15 are a little less as fractions, and were rounded down.
    for (const [table, name, cell] of [
      ['table1', 'AWP', '30.35'],
      ['table2', 'AWP', '40.15'],
    ] as const) {
      const line = paperLines(reportFor(table)).find((one) =>
        one.name.startsWith(`${name}, in the paper`),
      );
      expect(line?.cells).toContain(cell);
      expect(page(reportFor(table), [])).toContain(`>${cell}</td>`);
      expect(summaryText(reportFor(table))).toContain(cell);
    }
    const html = page(reportFor('table1'), []);
    expect(html).toContain('Reduced scale');
    expect(html.match(/<tr class="paper">/g)).toHaveLength(8);
  });

  it('has the runs, means and deviations of Table 10 as the paper lays them out', () => {
    const report = fakeReport('table10 --data cifar');
    const lines = paperLines(report);
    const numbers = [1, 2, 3, 4, 5];
    expect(lines.map(({name}) => name)).toEqual([
      ...numbers.map((n) => `Ours, seed ${n - 1}`),
      ...['Ours', 'Ours: teacher'],
      ...numbers.map((n) => `Ours, run ${n}, in the paper`),
      'Ours, in the paper ‡',
    ]);
    expect(lines[2]?.cells[0]).toBe('52.00');
    expect(lines[5]?.cells[0]).toBe('52.00 ± 1.58');
    expect(lines[7]?.cells.slice(0, 5)).toEqual(['46.13', '22.42', '–', '38.9', '17.9']);
    expect(lines[12]?.cells.slice(0, 5)).toEqual([
      ...['46.35 ± 0.27', '22.31 ± 0.15', '–', '38.38 ± 0.68', '17.84 ± 0.11'],
    ]);
    for (const text of [page(report, []), summaryText(report)]) {
      for (const digits of ['46.57', '± 0.68', '± 0.11']) expect(text).toContain(digits);
    }
  });

  it('marks numbers of the paper that cannot be right, and says why', () => {
    const report = fakeReport('table4 --data cifar --rows REAT;AT-BSL');
    const names = paperLines(report).map(({name}) => name);
    expect(names).toEqual(['REAT', 'REAT, in the paper ‡', 'AT-BSL', 'AT-BSL, in the paper']);
    for (const text of [page(report, []), summaryText(report)]) {
      expect(text).toContain('‡ REAT, in the paper: this is the row of AT-BSL');
    }
    expect(page(fakeReport('table2 --data cifar'), [])).not.toContain('‡');
  });

  it('shows what the teacher of a row reaches, in the table, the terminal and the CSV', () => {
    const report = fakeReport('table1 --data cifar --epochs 20 --seeds 2 --rows AT-BSL;Ours');
    const lines = paperLines(report);
    const names = ['AT-BSL', 'AT-BSL, in the paper', 'Ours', 'Ours: teacher', 'Ours, in the paper'];
    expect(lines.map(({name}) => name)).toEqual(names);
    const cells = ['45.7 ± 0.7', '22.9 ± 0.4', '–', '15.2 ± 0.2', '11.4 ± 0.2'];
    expect(lines[3]?.cells).toEqual([...Array<string>(5).fill('–'), ...cells]);
    for (const text of [page(report, []), summaryText(report)]) {
      expect(text).toContain('Ours: teacher');
      expect(text).toContain('45.7 ± 0.7');
    }
    expect(page(report, [])).toContain('A teacher’s line is its last epoch, the one that taught.');
    expect(csvOf(report)).toContain(
      'table1,Ours,cifar10-lt50/resnet18/paper,1,teacher,6,tailPgd,0.1155,\n',
    );
    expect(page(report, [])).toContain(
      '>cifar10-lt50/resnet18/paper, teacher</td><td>1</td><td>46.2<',
    );
    expect(page(fakeReport('table1 --rows AT-BSL'), [])).not.toContain('teacher’s line');
  });

  it.each(allExperiments().map(({name}) => name))('%s has its figures and a page', (name) => {
    const report = reportFor(name);
    const figures = figuresFor(report);
    expect(figures.length).toBeGreaterThan(0);
    for (const {svg} of figures) {
      expect(svg).toMatch(/^<svg/);
      expect(svg).not.toContain('NaN');
    }
    const html = page(report, figures);
    expect(html).toContain('</html>');
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)="http/); // it stands alone
    expect(summaryText(report)).toContain('reduced scale');
  });

  it('puts every number of every run into the CSV', () => {
    const [head, ...lines] = csvOf(reportFor('table1')).trim().split('\n');
    expect(head).toBe('experiment,row,preset,seed,checkpoint,epoch,metric,value,paper');
    expect(lines).toHaveLength(8 * 2 * 2 * 5);
    expect(lines[0]).toBe(
      `table1,PGD-AT,${preset('cifar10-lt50/resnet18/pgd-at').id},0,best,2,clean,0.5,0.5271`,
    );
  });

  it('reports what is there of a run that was stopped', () => {
    const report = reportFor('table1');
    const some = {...report, rows: report.rows.slice(0, 2), runs: report.runs.slice(0, 3)};
    expect(paperLines(some)).toHaveLength(4);
    const none = {...report, rows: [], runs: []};
    expect(page(none, figuresFor(none))).toContain('</html>');
  });
});

describe('groupMeans', () => {
  it('has ten groups of a hundred classes', () => {
    const perClass = Array.from({length: 100}, (_, c) => c);
    expect(groupMeans(perClass)).toEqual([
      4.5, 14.5, 24.5, 34.5, 44.5, 54.5, 64.5, 74.5, 84.5, 94.5,
    ]);
    expect(groupMeans([1, 2, 3])).toEqual([1, 2, 3]);
  });
});
