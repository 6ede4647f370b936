import type {Figure} from '../demo/summary';
import type {RowScores} from './measure';
import {paperRow, type PrintedCells} from './paperNumbers';
import type {PaperReport} from './report';
import {distinct} from './spans';
import {COLUMN_LABELS, COLUMNS, type RowFigures, type RowSummary} from './rowSummary';

/** A line of the table: measured here, of the row or of its teacher, or the paper's. */
export interface PaperLine {
  readonly name: string;
  readonly kind: 'own' | 'teacher' | 'paper';
  /** Best epoch, then last. */
  readonly cells: readonly string[];
}

/** The titles of the columns. */
export const HEAD: readonly string[] = [
  ...COLUMNS.map((column) => `${COLUMN_LABELS[column]}, best`),
  ...COLUMNS.map((column) => `${COLUMN_LABELS[column]}, last`),
];

// Where the paper has several runs it prints two digits of all their figures.
const shown = (figure: Figure | null, digits: number): string => {
  if (figure === null) return '–';
  const {mean, sd} = figure;
  return [mean, ...(sd === null ? [] : [sd])].map((x) => (100 * x).toFixed(digits)).join(' ± ');
};

const own = (figures: RowFigures, digits = 1): string[] =>
  COLUMNS.map((column) => shown(figures[column], digits));

const single = (scores: RowScores, digits = 1): string[] =>
  COLUMNS.map((column) => {
    const mean = scores[column];
    return shown(mean === null ? null : {mean, sd: null}, digits);
  });

const papers = (cells: PrintedCells): string[] => COLUMNS.map((column) => cells[column]);

const NONE: readonly string[] = COLUMNS.map(() => '–');

const nameOf = ({label, group}: RowSummary): string =>
  group === null ? label : `${label}, ${group}`;

/** The rows in the paper's layout, the paper's own numbers below each. */
export const paperLines = (report: PaperReport): readonly PaperLine[] =>
  report.rows.flatMap((row) => linesOf(row, report));

function linesOf(row: RowSummary, {experiment, runs, seeds}: PaperReport): PaperLine[] {
  const name = nameOf(row);
  const paper = paperRow(experiment.name, name);
  const hasRuns = paper !== undefined && paper.runs.length > 0;
  const digits = hasRuns ? 2 : 1;
  const line = (
    ...[title, kind, best, last]: [string, PaperLine['kind'], readonly string[], readonly string[]]
  ): PaperLine => ({name: title, kind, cells: [...best, ...last]});
  const each = runs
    .filter(({id}) => hasRuns && id === row.id)
    .map(({seed, best, last}) =>
      line(`${name}, seed ${seed}`, 'own', single(best.scores, digits), single(last, digits)),
    );
  const mark = row.collapsed.length === 0 ? '' : ' †';
  const {length} = row.seeds;
  const some = length < seeds.length ? ` (${length} of ${seeds.length} seeds)` : '';
  const all = line(`${name}${some}${mark}`, 'own', own(row.best, digits), own(row.last, digits));
  const taught = row.teacher === null ? null : own(row.teacher, digits);
  const teacher = taught === null ? [] : [line(`${name}: teacher`, 'teacher', NONE, taught)];
  if (paper === undefined) return [...each, all, ...teacher];
  const {printed} = paper;
  return [
    ...[...each, all, ...teacher],
    ...paper.runs.map((cells, i) =>
      line(`${name}, run ${i + 1}, in the paper`, 'paper', papers(cells), NONE),
    ),
    line(
      `${name}, in the paper${paper.remark === null ? '' : ' ‡'}`,
      'paper',
      papers(printed.best),
      printed.last === null ? NONE : papers(printed.last),
    ),
  ];
}

/** What speaks against numbers of the paper: `‡ REAT, in the paper: ...`. */
export const remarksOn = ({experiment, rows}: PaperReport): readonly string[] =>
  rows.flatMap((row) => {
    const remark = paperRow(experiment.name, nameOf(row))?.remark ?? null;
    return remark === null ? [] : [`‡ ${nameOf(row)}, in the paper: ${remark}.`];
  });

/** What each row cost. */
export function costLines(report: PaperReport): readonly (readonly string[])[] {
  return report.rows.map((row) => [
    nameOf(row),
    row.seeds.join(', '),
    row.bestEpochs.join(', '),
    row.imageSteps.toLocaleString('en-US'),
    row.seconds.mean.toFixed(0),
  ]);
}

/** Each run of a row by itself at its best epoch, and its teacher; row by row. */
export const runLines = ({rows, runs}: PaperReport): readonly (readonly string[])[] =>
  distinct(rows.map((row) => row.id))
    .flatMap((id) => runs.filter((run) => run.id === id))
    .flatMap(({id, seed, best, teacher}) => [
      [id, String(seed), ...single(best.scores)],
      ...(teacher === null ? [] : [[`${id}, teacher`, String(seed), ...single(teacher)]]),
    ]);
