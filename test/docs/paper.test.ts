import {readFileSync} from 'node:fs';

import {describe, expect, it} from 'vitest';

interface Scores {
  readonly clean: number;
  readonly pgd: number;
  readonly autoAttack: number;
  readonly tailClean: number;
  readonly tailPgd: number;
}

interface Report {
  readonly seeds: readonly number[];
  readonly rows: readonly {readonly label: string; readonly id: string}[];
  readonly runs: readonly {
    readonly id: string;
    readonly seed: number;
    readonly best: {readonly scores: Scores};
    readonly last: Scores;
  }[];
}

const page = readFileSync('docs/paper.md', 'utf8');
const report = JSON.parse(
  readFileSync('docs/results/paper-cifar10-lt.json', 'utf8'),
) as unknown as Report;

const percent = (digits: number) => (value: number) =>
  value === 0 ? '0' : (100 * value).toFixed(digits);

describe('docs/paper.md', () => {
  it('has the experiment of two seeds as it is kept', () => {
    expect(report.seeds).toHaveLength(2);
    expect(report.runs).toHaveLength(2 * report.rows.length);
  });

  it.each(report.rows)('has the numbers of the kept report: $label', ({label, id}) => {
    const runs = report.seeds.map((seed) =>
      report.runs.find((run) => run.id === id && run.seed === seed),
    );
    const cell = (of: (run: Report['runs'][number]) => number, digits = 1) =>
      runs.map((run) => (run ? percent(digits)(of(run)) : '?')).join(', ');
    const cells = [
      label === 'Ours' ? "The paper's method" : label,
      cell(({best}) => best.scores.clean),
      cell(({best}) => best.scores.pgd),
      cell(({best}) => best.scores.autoAttack, 0),
      cell(({best}) => best.scores.tailClean),
      cell(({best}) => best.scores.tailPgd),
      cell(({last}) => last.tailPgd),
    ];
    expect(page).toContain(`| ${cells.join(' | ')} |`);
  });
});
