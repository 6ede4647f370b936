import * as Plot from '@observablehq/plot';

import {drawSeries, type Series} from '../shared/drawSeries';

/** A point of a scatter. */
export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
  /** What the paper reports: drawn as a ring. */
  readonly isPaper: boolean;
}

/** A point of a line. */
export interface LinePoint {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

// Accuracies that are close to each other would have ticks of many digits, and one alone none.
function accuracy(label: string, values: readonly number[]) {
  const known = values.filter(Number.isFinite).map((value) => 100 * value);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const from = Math.max(0, Math.min(98, Math.floor((low + high) / 2 - 1)));
  const domain =
    known.length > 0 && high - low < 2
      ? {domain: [Math.min(from, low), Math.max(from + 2, high)]}
      : {};
  return {percent: true, grid: true, label: `${label} (%)`, ...domain};
}

// Every epoch has its tick while there are few.
function epochAxis(points: readonly EpochPoint[]) {
  const axis = {label: 'epoch →', tickFormat: 'd'};
  const epochs = [...new Set(points.map(({epoch}) => epoch))].sort((a, b) => a - b);
  const [first, last] = [epochs[0], epochs.at(-1)];
  if (first === undefined || last === undefined || last - first > 10) return axis;
  const ticks = Array.from({length: last - first + 1}, (_, i) => first + i);
  return {...axis, ticks, ...(ticks.length === 1 ? {domain: [first - 1, last + 1]} : {})};
}

const isOneEpoch = (points: readonly EpochPoint[]): boolean =>
  new Set(points.map(({epoch}) => epoch)).size === 1;

// A line of one epoch would not be seen.
const single = (points: readonly EpochPoint[], y: 'pgd' | 'loss') =>
  isOneEpoch(points) ? [Plot.dot(points, {x: 'epoch', y, fill: 'series', r: 4})] : [];

const LINE = {stroke: 'series', z: 'series', strokeWidth: 2};

/** Two accuracies against each other. */
export const scatter = (
  series: readonly Series[],
  points: readonly Point[],
  x: string,
  y: string,
): string =>
  drawSeries(series, {
    x: accuracy(
      `${x} →`,
      points.map((point) => point.x),
    ),
    y: accuracy(
      `↑ ${y}; rings: the paper’s`,
      points.map((point) => point.y),
    ),
    marks: [
      Plot.dot(
        points.filter(({isPaper}) => isPaper),
        {x: 'x', y: 'y', stroke: 'series', r: 7, strokeWidth: 1.5},
      ),
      Plot.dot(
        points.filter(({isPaper}) => !isPaper),
        {x: 'x', y: 'y', fill: 'series', r: 6},
      ),
    ],
  });

/** Accuracies over a number that was varied. */
export const sweepLines = (
  series: readonly Series[],
  points: readonly LinePoint[],
  x: string,
  y: string,
): string =>
  drawSeries(series, {
    x: {label: `${x} →`, type: 'point', domain: [...new Set(points.map((point) => point.x))]},
    y: accuracy(
      `↑ ${y}`,
      points.map((point) => point.y),
    ),
    marks: [
      Plot.lineY(points, {...LINE, x: 'x', y: 'y'}),
      Plot.dot(points, {x: 'x', y: 'y', fill: 'series', r: 4}),
    ],
  });

/** PGD-20 accuracy of groups of classes. */
export const groupLines = (series: readonly Series[], points: readonly LinePoint[]): string =>
  drawSeries(series, {
    x: {
      ...{label: 'group of classes, largest to smallest →', type: 'point', tickFormat: 'd'},
      domain: [...new Set(points.map((point) => point.x))],
    },
    y: accuracy('↑ PGD-20 accuracy at the best epoch', [0, ...points.map((point) => point.y)]),
    marks: [
      Plot.ruleY([0]),
      Plot.lineY(points, {...LINE, x: 'x', y: 'y'}),
      Plot.dot(points, {x: 'x', y: 'y', fill: 'series', r: 4}),
    ],
  });

const TITLES: Readonly<Record<string, string>> = {
  ...{clean: 'Clean', pgd: 'PGD-20', tailClean: 'T-Clean', tailPgd: 'T-PGD'},
};

/** A bar for each row in each column. */
export const bars = (
  series: readonly Series[],
  values: readonly {readonly series: string; readonly column: string; readonly y: number}[],
): string =>
  drawSeries(series, {
    fx: {label: null, domain: [...new Set(values.map(({column}) => TITLES[column] ?? column))]},
    x: {axis: null, domain: series.map(({label}) => label)},
    y: accuracy('↑ accuracy', [0, ...values.map(({y}) => y)]),
    marks: [
      Plot.ruleY([0]),
      Plot.barY(values, {
        ...{x: 'series', y: 'y', fill: 'series'},
        fx: ({column}: {column: string}) => TITLES[column] ?? column,
      }),
    ],
  });

interface EpochPoint {
  readonly series: string;
  readonly epoch: number;
  readonly loss: number;
  readonly pgd?: number;
}

/** Robust accuracy over the epochs, where it was measured. */
export function curves(series: readonly Series[], points: readonly EpochPoint[]): string {
  const measured = points.filter(({pgd}) => pgd !== undefined);
  return drawSeries(series, {
    x: epochAxis(measured),
    y: accuracy(
      '↑ PGD-20 accuracy',
      measured.map(({pgd = 0}) => pgd),
    ),
    marks: [Plot.lineY(measured, {...LINE, x: 'epoch', y: 'pgd'}), ...single(measured, 'pgd')],
  });
}

/** Training losses. They are not one quantity: only their shape tells. */
export const lossCurves = (series: readonly Series[], points: readonly EpochPoint[]): string =>
  drawSeries(series, {
    x: epochAxis(points),
    y: {
      ...{grid: true, label: '↑ training loss (nats; each method has its own)'},
      zero: isOneEpoch(points),
    },
    marks: [Plot.lineY(points, {...LINE, x: 'epoch', y: 'loss'}), ...single(points, 'loss')],
  });
