import * as Plot from '@observablehq/plot';

import {drawSeries} from '../examples/shared/drawSeries';

/** Times of one thing at several sizes. */
export interface GrowthSeries {
  readonly name: 'batch' | 'width' | 'classes' | 'threads' | 'workers' | 'shards';
  /** What is counted. */
  readonly what: string;
  /** What was timed. */
  readonly setting: string;
  readonly points: readonly {
    readonly at: number;
    /** Milliseconds for an image. */
    readonly ms: number;
    /** SIMD kernels that ran. */
    readonly kernels: string;
    /** Milliseconds until the workers are at work, which are not in `ms`. */
    readonly startMs?: number | undefined;
  }[];
}

/** What `npm run bench:growth` keeps. */
export interface GrowthReport {
  readonly format: 'lt-robust growth 1';
  readonly date: string;
  readonly isQuick: boolean;
  readonly machine: {readonly cpu: string; readonly cores: number; readonly node: string};
  /** Processes that wanted to run when it began. */
  readonly load: number;
  readonly seconds: number;
  readonly series: readonly GrowthSeries[];
}

const times = (value: number): string => value.toFixed(value < 10 ? 2 : 1);

/** The exponent by which the time for an image grows between two points. */
export function exponentOf({points}: GrowthSeries): number {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) return 0;
  return Math.log(last.ms / first.ms) / Math.log(last.at / first.at);
}

const LINEAR = 'the exponent';

function row(series: GrowthSeries): string {
  const first = series.points[0]?.ms ?? NaN;
  const cells = series.points.map(({at, ms}) => `${at}: ${times(ms)} (${times(ms / first)})`);
  return `| ${series.what} | ${series.setting} | ${cells.join(', ')} | ${exponentOf(series).toFixed(2)} |`;
}

/** The table of docs/benchmarks.md. */
export function growthTable(report: GrowthReport): string {
  const {machine, date, seconds, load, series} = report;
  const kernels = [...new Set(series.flatMap(({points}) => points.map((each) => each.kernels)))];
  const starts = series.flatMap(({points}) => points.flatMap(({startMs}) => startMs ?? []));
  return [
    `| grows with | what is timed | milliseconds for an image (times the first) | ${LINEAR} |`,
    '| --- | --- | --- | --- |',
    ...series.map(row),
    '',
    `${machine.cpu}, ${machine.cores} virtual cores, Node ${machine.node.slice(1)}, ${kernels.join(' and ')}` +
      ` kernels; ${date}, ${seconds} s in all, ${load.toFixed(1)} processes at work when it began.` +
      (starts.length === 0
        ? ''
        : ` Workers take ${times(Math.min(...starts) / 1000)} to ${times(Math.max(...starts) / 1000)} s to start, which are not counted.`),
  ].join('\n');
}

const COLOURS = ['#1f6feb', '#cf222e', '#8250df', '#1a7f37', '#bf8700', '#57606a'];

/** All series in one picture: how many times the first size, and how many times its time. */
export function growthPicture({series}: GrowthReport): string {
  const points = series.flatMap(({name, points: all}) =>
    all.map(({at, ms}) => ({name, size: at / (all[0]?.at ?? 1), time: ms / (all[0]?.ms ?? 1)})),
  );
  return drawSeries(
    series.map(({name}, i) => ({label: name, colour: COLOURS[i] ?? '#000'})),
    {
      x: {type: 'log', base: 2, grid: true, label: 'times the first size →', tickFormat: '~r'},
      y: {
        type: 'log',
        base: 2,
        grid: true,
        label: '↑ time for an image, times that at the first',
        tickFormat: '~r',
      },
      marks: [
        Plot.ruleY([1], {strokeDasharray: '3,3', stroke: '#888'}),
        Plot.lineY(points, {x: 'size', y: 'time', stroke: 'name', strokeWidth: 2}),
        Plot.dot(points, {x: 'size', y: 'time', fill: 'name', r: 4}),
      ],
    },
  );
}
