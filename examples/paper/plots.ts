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

const accuracy = (label: string) => ({percent: true, grid: true, label: `${label} (%)`});

/** Two accuracies against each other. */
export const scatter = (
  series: readonly Series[],
  points: readonly Point[],
  x: string,
  y: string,
): string =>
  drawSeries(series, {
    x: accuracy(`${x} →`),
    y: accuracy(`↑ ${y}; rings: the paper’s`),
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
    y: accuracy(`↑ ${y}`),
    marks: [
      Plot.lineY(points, {x: 'x', y: 'y', stroke: 'series', strokeWidth: 2}),
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
    y: accuracy('↑ PGD-20 accuracy at the best epoch'),
    marks: [
      Plot.ruleY([0]),
      Plot.lineY(points, {x: 'x', y: 'y', stroke: 'series', strokeWidth: 2}),
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
    y: accuracy('↑ accuracy'),
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
export const curves = (series: readonly Series[], points: readonly EpochPoint[]): string =>
  drawSeries(series, {
    x: {label: 'epoch →', tickFormat: 'd'},
    y: accuracy('↑ PGD-20 accuracy'),
    marks: [
      Plot.lineY(
        points.filter(({pgd}) => pgd !== undefined),
        {x: 'epoch', y: 'pgd', stroke: 'series', strokeWidth: 2},
      ),
    ],
  });

/** Training losses. They are not one quantity: only their shape tells. */
export const lossCurves = (series: readonly Series[], points: readonly EpochPoint[]): string =>
  drawSeries(series, {
    x: {label: 'epoch →', tickFormat: 'd'},
    y: {grid: true, label: '↑ training loss (nats; each method has its own)'},
    marks: [Plot.lineY(points, {x: 'epoch', y: 'loss', stroke: 'series', strokeWidth: 2})],
  });
