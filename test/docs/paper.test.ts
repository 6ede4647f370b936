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
    readonly teacher: Scores | null;
    readonly imageSteps: number;
    readonly seconds: number;
  }[];
}

const page = readFileSync('docs/paper.md', 'utf8');
const report = JSON.parse(
  readFileSync('docs/results/paper-cifar10-lt.json', 'utf8'),
) as unknown as Report;

const readme = readFileSync('README.md', 'utf8');

// The runs of a row from the first seed and from the second.
const runsOf = (name: string) =>
  report.seeds.map((seed) =>
    report.runs.find((run) => run.id.endsWith(`/${name}`) && run.seed === seed)!,
  );

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

  it("has what the method's own teacher reaches, and how far the student is ahead of it", () => {
    const runs = runsOf('paper');
    const cell = (of: (scores: Scores) => number) =>
      runs.map(({teacher}) => percent(1)(of(teacher!))).join(', ');
    const [tailClean, tailPgd] = [cell((one) => one.tailClean), cell((one) => one.tailPgd)];
    const cells = [cell(({clean}) => clean), cell(({pgd}) => pgd), '–', tailClean, '–', tailPgd];
    expect(page).toContain(`| Its teacher, after its last epoch | ${cells.join(' | ')} |`);
    const ahead = (of: (run: (typeof runs)[number]) => Scores) =>
      runs.map((run) => percent(1)(of(run).tailPgd - run.teacher!.tailPgd)).join(' and ');
    expect(page).toContain(`by ${ahead(({best}) => best.scores)} points`);
    expect(page).toContain(`at its last by ${ahead(({last}) => last)}`);
  });

  it('has the image-steps of the method and of its control', () => {
    const steps = ['paper', 'at-bsl-equal'].map((name) => runsOf(name)[0]!.imageSteps);
    const [own, control] = steps.map((count) => count.toLocaleString('en-US'));
    expect(page).toContain(`${control} image-steps, against ${own}`);
  });

  it('has the hours that the runs of the kept report took', () => {
    const hours = report.runs.reduce((total, {seconds}) => total + seconds, 0) / 3600;
    expect(page).toContain(`${hours.toFixed(1)} hours of training`);
  });

  it('agrees with README about the last epoch of the tail', () => {
    const words = (name: string, of: (run: Report['runs'][number]) => Scores | null) =>
      runsOf(name)
        .map((run) => percent(1)(of(run)!.tailPgd))
        .join(' and ');
    const flat = readme.replaceAll(/\s+/g, ' ');
    for (const [name, of] of [
      ['paper', ({last}: Report['runs'][number]) => last],
      ['paper', ({teacher}: Report['runs'][number]) => teacher],
      ['at-bsl', ({last}: Report['runs'][number]) => last],
      ['at-bsl-equal', ({last}: Report['runs'][number]) => last],
    ] as const) {
      expect(flat).toContain(words(name, of));
    }
    expect(flat).not.toContain('in any setting measured so far');
  });
});
