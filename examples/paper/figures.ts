import type {Series} from '../shared/drawSeries';
import {bars, curves, groupLines, lossCurves, scatter, sweepLines, type Point} from './plots';
import {paperRow} from './paperNumbers';
import type {PaperReport} from './report';
import type {Column, RowSummary} from './rowSummary';

/** A picture of a report. */
export interface ReportFigure {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

// Told apart by the colour-blind too (Okabe & Ito), then repeated darker.
const COLOURS = [
  ...['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#b8860b', '#d55e00', '#8a8a8a'],
  ...['#004a73', '#946600', '#00654a', '#7f4b68'],
];

const nameOf = ({label, group}: RowSummary): string =>
  group === null ? label : `${label}, ${group}`;

const seriesOf = (labels: readonly string[]): Series[] =>
  [...new Set(labels)].map((label, i) => ({label, colour: COLOURS[i % COLOURS.length] as string}));

const meanOf = (row: RowSummary, column: Column): number | null => row.best[column]?.mean ?? null;

/** The pictures that an experiment has in the paper, and for tables what their rows look like. */
export function figuresFor(report: PaperReport): readonly ReportFigure[] {
  const {rows, experiment} = report;
  if (rows.length === 0) return [];
  const byName: Partial<Record<string, () => ReportFigure[]>> = {
    figure1: () => scatters(report),
    figure4: () => overImbalance(rows),
    figure5: () => teacherBars(rows),
    figure6: () => sweeps(rows, ['clean', 'pgd']),
    figure7: () => sweeps(rows, ['tailClean', 'tailPgd']),
    figure8: () => groups(rows),
  };
  const own = byName[experiment.name]?.();
  return own ?? [...scatters(report), ...groups(rows), ...training(report)];
}

/** Figure 1: a circle for each row, a ring for what the paper reports of it. */
function scatters({rows, experiment}: PaperReport): ReportFigure[] {
  const points = (x: Column, y: Column): Point[] =>
    rows.flatMap((row) => {
      const name = nameOf(row);
      const paper = paperRow(experiment.name, name)?.best;
      return [
        {series: name, x: meanOf(row, x), y: meanOf(row, y), isPaper: false},
        {series: name, x: paper?.[x] ?? null, y: paper?.[y] ?? null, isPaper: true},
      ].filter((point): point is Point => point.x !== null && point.y !== null);
    });
  const hasAutoAttack = rows.some(({best}) => best.autoAttack !== null);
  const robust = hasAutoAttack ? 'autoAttack' : 'pgd';
  const series = seriesOf(rows.map(nameOf));
  return [
    {
      ...{name: 'scatter-all', title: 'All classes'},
      svg: scatter(
        series,
        points('clean', robust),
        'Clean',
        hasAutoAttack ? 'AutoAttack' : 'PGD-20',
      ),
    },
    {
      ...{name: 'scatter-tail', title: 'The tail'},
      svg: scatter(series, points('tailClean', 'tailPgd'), 'T-Clean', 'T-PGD'),
    },
  ];
}

const numberOf = (text: string | null): number => Number(/[\d.]+/.exec(text ?? '')?.[0] ?? NaN);

/** Figure 4: robust accuracy over the imbalance ratio, of all classes and of the tail. */
function overImbalance(rows: readonly RowSummary[]): ReportFigure[] {
  return (['pgd', 'tailPgd'] as const).map((column) => ({
    name: `imbalance-${column}`,
    title: column === 'pgd' ? 'All classes' : 'The tail',
    svg: sweepLines(
      seriesOf(rows.map(({label}) => label)),
      rows.map((row) => ({
        series: row.label,
        x: numberOf(row.group),
        y: meanOf(row, column) ?? NaN,
      })),
      'imbalance ratio',
      'PGD-20 accuracy',
    ),
  }));
}

/** Figure 5: what the student reaches with each teacher. */
function teacherBars(rows: readonly RowSummary[]): ReportFigure[] {
  const columns = ['clean', 'pgd', 'tailClean', 'tailPgd'] as const;
  return [
    {
      ...{name: 'teachers', title: 'The student by its teacher'},
      svg: bars(
        seriesOf(rows.map(nameOf)),
        rows.flatMap((row) =>
          columns.map((column) => ({series: nameOf(row), column, y: meanOf(row, column) ?? NaN})),
        ),
      ),
    },
  ];
}

/** Figures 6 and 7: over α, and over γ. */
function sweeps(rows: readonly RowSummary[], columns: readonly Column[]): ReportFigure[] {
  return (['α', 'γ'] as const).map((what) => ({
    name: what === 'α' ? 'alpha' : 'gamma',
    title: `Over ${what}`,
    svg: sweepLines(
      seriesOf(columns.map(label)),
      rows
        .filter(({group}) => group?.startsWith(what))
        .flatMap((row) =>
          columns.map((column) => ({
            ...{series: label(column), x: numberOf(row.group), y: meanOf(row, column) ?? NaN},
          })),
        ),
      what === 'α' ? 'α' : 'γ, in units of the imbalance ratio',
      'accuracy',
    ),
  }));
}

const label = (column: Column): string =>
  ({
    clean: 'Clean',
    pgd: 'PGD-20',
    autoAttack: 'AutoAttack',
    tailClean: 'T-Clean',
    tailPgd: 'T-PGD',
  })[column];

/** Figure 8: PGD-20 accuracy of ten groups of classes, from the largest to the smallest. */
function groups(rows: readonly RowSummary[]): ReportFigure[] {
  const lines = rows.flatMap((row) =>
    groupMeans(row.best.perClassPgd.map(({mean}) => mean)).map((y, group) => ({
      ...{series: nameOf(row), x: group, y},
    })),
  );
  return [
    {
      ...{name: 'class-groups', title: 'Groups of classes, from the largest to the smallest'},
      svg: groupLines(seriesOf(rows.map(nameOf)), lines),
    },
  ];
}

/** Means of ten groups of consecutive classes; single classes where there are ten or fewer. */
export function groupMeans(perClass: readonly number[]): number[] {
  const groups = Math.min(10, perClass.length);
  return Array.from({length: groups}, (_, g) => {
    const [from, to] = [g, g + 1].map((at) => Math.round((at * perClass.length) / groups));
    const part = perClass.slice(from, to);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** Curves over the epochs of the first seed. */
function training({rows, runs, seeds}: PaperReport): ReportFigure[] {
  const named = runs
    .filter(({seed}) => seed === seeds[0])
    .map(({id, history}) => ({name: rows.find((row) => row.id === id), history}));
  const points = named.flatMap(({name, history}) =>
    name === undefined ? [] : history.map((at) => ({series: nameOf(name), ...at})),
  );
  const series = seriesOf(rows.map(nameOf));
  return [
    {
      ...{name: 'robustness', title: 'PGD-20 accuracy of the validation images over the epochs'},
      svg: curves(series, points),
    },
    {
      ...{name: 'losses', title: 'Training loss over the epochs'},
      svg: lossCurves(series, points),
    },
  ];
}
