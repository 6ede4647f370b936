import type {Column} from './measure';
import {METHOD_LABELS, type MethodName} from './methodNames';
import type {MethodDifference} from './paired';
import type {CheckpointSummary, CostSummary, Figure, MethodSummary} from './summary';

/** Titles and cells, as text. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How the columns are called in every table. */
export const COLUMN_LABELS: Record<Column, string> = {
  clean: 'Clean',
  pgd20: 'PGD-20',
  worstClassPgd20: 'worst class',
  tailClean: 'T-Clean',
  tailPgd20: 'T-PGD',
  tailAutoAttack: 'T-AA',
  rareClean: '3T-Clean',
  rarePgd20: '3T-PGD',
};

const SHOWN = Object.keys(COLUMN_LABELS) as Column[];

/** A figure in percent, as the papers print it: `38.9 ± 0.5`; a dash where there is none. */
export function percent(figure: Figure | null): string {
  if (figure === null) return '–';
  const {mean, sd} = figure;
  return `${(100 * mean).toFixed(1)}${sd === null ? '' : ` ± ${(100 * sd).toFixed(1)}`}`;
}

/** The mark of a row some of whose runs collapsed. */
export const collapseMark = ({collapsed}: MethodSummary): string =>
  collapsed.length === 0 ? '' : ' †';

const count = (value: number) => value.toLocaleString('en-US');
const millions = (value: number) => (value / 1e6).toPrecision(3);

const figuresOf = (summary: CheckpointSummary) => SHOWN.map((column) => percent(summary[column]));

const costOf = ({imageSteps, forward, backward, teacherForward, seconds}: CostSummary) => [
  count(imageSteps),
  `${millions(forward)} / ${millions(backward)}${teacherForward > 0 ? ` + ${millions(teacherForward)}` : ''}`,
  seconds.mean.toFixed(0),
];

/**
 * The table of the last checkpoints: what each method cost and what it reaches. The teacher of the
 * two-stage methods, which they share, has the last row; its cost is a part of theirs.
 */
export function costTable(methods: readonly MethodSummary[]): Table {
  const head = [
    ...['method', ...SHOWN.map((column) => COLUMN_LABELS[column])],
    ...['image-steps', 'passes (10⁶)', 'seconds'],
  ];
  const rows = methods.map((method) => [
    `${METHOD_LABELS[method.name]}${collapseMark(method)}`,
    ...figuresOf(method.last),
    ...costOf(method.cost),
  ]);
  const [taught] = methods.flatMap(({teacher, cost: whole}) =>
    teacher === null ? [] : [{...teacher, whole}],
  );
  if (taught === undefined) return {head, rows};
  const {cost, last, whole} = taught;
  const share = ((100 * cost.imageSteps) / whole.imageSteps).toFixed(0);
  const label = `the students’ teacher, ${share} % of the steps`;
  return {head, rows: [...rows, [label, ...figuresOf(last), ...costOf(cost)]]};
}

/** The figures of the last checkpoints, without cost or teachers: for README. */
export function shortTable(methods: readonly MethodSummary[], columns: readonly Column[]): Table {
  return {
    head: ['method, last checkpoint', ...columns.map((column) => COLUMN_LABELS[column])],
    rows: methods.map((method) => [
      `${METHOD_LABELS[method.name]}${collapseMark(method)}`,
      ...columns.map((column) => percent(method.last[column])),
    ]),
  };
}

/** The best checkpoints by the validation split. */
export function bestTable(methods: readonly MethodSummary[]): Table {
  const shown = SHOWN.filter((column) => column !== 'tailAutoAttack');
  return {
    head: ['method', 'epochs', ...shown.map((column) => COLUMN_LABELS[column])],
    rows: methods.map((method) => [
      `${METHOD_LABELS[method.name]}${collapseMark(method)}`,
      method.best.epochs.join(', '),
      ...shown.map((column) => percent(method.best[column])),
    ]),
  };
}

/** A difference in points with its interval: `+1.2 [−0.3, 2.7]`. */
export function points(mean: number, interval: readonly [number, number] | null): string {
  const sign = (value: number) => (100 * value).toFixed(1).replace('-', '−');
  const plus = mean >= 0 ? '+' : '';
  return `${plus}${sign(mean)}${interval === null ? '' : ` [${sign(interval[0])}, ${sign(interval[1])}]`}`;
}

/** Which of the differences the page shows: all against AT-BSL, and students against the teacher. */
export const isShown = ({method, against}: MethodDifference): boolean =>
  against === 'at-bsl' || (against === 'teacher' && method !== 'at-bsl');

// Robust columns, and what they cost on clean images.
const COMPARED: readonly Column[] = [
  ...(['clean', 'pgd20', 'worstClassPgd20', 'tailPgd20', 'tailAutoAttack', 'rarePgd20'] as const),
];

/** Paired differences in points, with their 95 % intervals. */
export function differenceTable(differences: readonly MethodDifference[]): Table {
  const label = (name: MethodName) => METHOD_LABELS[name];
  return {
    head: ['difference', ...COMPARED.map((column) => COLUMN_LABELS[column])],
    rows: differences.map(({method, against, columns}) => [
      `${label(method)} − ${label(against)}`,
      ...COMPARED.map((column) => {
        const difference = columns[column];
        return difference === undefined ? '–' : points(difference.mean, difference.interval);
      }),
    ]),
  };
}

/** A table for a terminal: the first column to the left, the others to the right. */
export function textTable({head, rows}: Table): string {
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [head, widths.map((width) => '─'.repeat(width)), ...rows].map(line).join('\n');
}

/** A table in Markdown, its columns aligned. */
export function markdownTable({head, rows}: Table): string {
  const widths = head.map((title, i) =>
    Math.max(3, title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}
