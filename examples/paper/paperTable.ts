import type {Figure} from '../demo/summary';
import {percent} from '../demo/table';
import {paperRow, type PaperCells} from './paperNumbers';
import type {PaperReport} from './report';
import {COLUMN_LABELS, COLUMNS, type RowFigures, type RowSummary} from './rowSummary';

/** A line of the table: measured here, or the paper's. */
export interface PaperLine {
  readonly name: string;
  readonly isPaper: boolean;
  /** Best epoch, then last. */
  readonly cells: readonly string[];
}

/** The titles of the columns. */
export const HEAD: readonly string[] = [
  ...COLUMNS.map((column) => `${COLUMN_LABELS[column]}, best`),
  ...COLUMNS.map((column) => `${COLUMN_LABELS[column]}, last`),
];

const own = (figures: RowFigures): string[] => COLUMNS.map((column) => percent(figures[column]));

const papers = (cells: PaperCells | null | undefined): string[] =>
  COLUMNS.map((column) => {
    const value = cells?.[column] ?? null;
    return percent(value === null ? null : {mean: value, sd: null});
  });

const nameOf = ({label, group}: RowSummary): string =>
  group === null ? label : `${label}, ${group}`;

/** The rows in the paper's layout, the paper's own numbers below each. */
export function paperLines(report: PaperReport): readonly PaperLine[] {
  return report.rows.flatMap((row): PaperLine[] => {
    const name = nameOf(row);
    const mark = row.collapsed.length === 0 ? '' : ' †';
    const measured = {name: `${name}${mark}`, isPaper: false};
    const paper = paperRow(report.experiment.name, name);
    const lines = [{...measured, cells: [...own(row.best), ...own(row.last)]}];
    if (paper === undefined) return lines;
    const cells = [...papers(paper.best), ...papers(paper.last)];
    return [...lines, {name: `${name}, in the paper`, isPaper: true, cells}];
  });
}

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

/** Each run of a row by itself, as the paper's table of several runs has them: best epoch. */
export function runLines(report: PaperReport): readonly (readonly string[])[] {
  const figure = (value: number | null): Figure | null =>
    value === null ? null : {mean: value, sd: null};
  return report.runs.map(({id, seed, best}) => [
    ...[id, String(seed)],
    ...COLUMNS.map((column) => percent(figure(best.scores[column]))),
  ]);
}
