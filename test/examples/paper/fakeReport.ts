import {longTailedCounts} from '../../../src/samplers/longTailedCounts';
import {readArguments} from '../../../examples/paper/arguments';
import type {RowScores} from '../../../examples/paper/measure';
import {reportOf, type PaperReport} from '../../../examples/paper/report';
import type {RunResult} from '../../../examples/paper/runRow';

type Row = PaperReport['experiment']['rows'][number];

/** Scores that only their first number tells apart. */
export const scores = (clean: number, classes = 10): RowScores => ({
  ...{clean, pgd: clean / 2, autoAttack: null, tailClean: clean / 3, tailPgd: clean / 4},
  perClassClean: Array<number>(classes).fill(clean),
  perClassPgd: Array.from({length: classes}, (_, c) => (clean * c) / classes),
  mostAnswered: {class: 0, share: 0.1},
});

/** A run of a row that was never run, on as many images as the paper has. */
export function fakeRun({preset}: Row, seed: number, clean = 0.4): RunResult {
  const {maxCount, numClasses, imbalanceRatio, tail} = preset.dataset;
  return {
    ...{id: preset.id, seed, backend: 'wasm', code: ['a1'], parameters: 12, testImages: 10_000},
    classCounts: longTailedCounts({maxCount, numClasses, imbalanceRatio}),
    classNames: Array.from({length: numClasses}, (_, c) => `class ${c}`),
    tail: Array.from({length: tail}, (_, i) => numClasses - tail + i),
    last: scores(clean, numClasses),
    best: {epoch: 2, scores: scores(clean + 0.1, numClasses)},
    teacher: preset.teacher === null ? null : scores(clean + 0.05, numClasses),
    history: [
      {epoch: 1, loss: 2.1},
      {epoch: 2, loss: 1.9, pgd: 0.2},
      {epoch: 3, loss: 1.7, pgd: 0.1},
    ],
    ...{imageSteps: 513, seconds: 4, collapse: null},
    evaluation: undefined as unknown as RunResult['evaluation'], // the report does not keep it
  };
}

/**
 * The report of what a command line asks for, with invented runs.
 *
 * @param change - What becomes of the runs that the command asks for, seed by seed.
 */
export function fakeReport(
  command: string,
  change: (runs: RunResult[]) => RunResult[] = (runs) => runs,
): PaperReport {
  const asked = readArguments(['node', 'paper', ...command.split(' ')]);
  const rows = new Map(asked.experiment.rows.map((row) => [row.preset.id, row]));
  const runs = asked.seeds.flatMap((seed) =>
    [...rows.values()].map((row, i) => fakeRun(row, seed, 0.4 + 0.002 * i + 0.01 * seed)),
  );
  return reportOf(asked, `npm run paper -- ${command}`, change(runs));
}
