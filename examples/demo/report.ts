import {mkdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {Splits} from './splits';
import {page} from './page';
import type {MethodDifference} from './paired';
import {classPlot, curvePlot, lossPlot} from './plots';
import type {RunResult} from './runMethod';
import type {DemoSettings} from './settings';
import type {MethodSummary} from './summary';

/** What report.json holds: every number, setting, version, seed and time. */
export interface DemoReport {
  readonly command: string;
  readonly startedAt: string;
  /** Runs that an earlier, killed start had finished are not in it. */
  readonly elapsedMs: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly backend: string;
  readonly settings: DemoSettings;
  readonly seeds: readonly number[];
  readonly classNames: readonly string[];
  readonly classCounts: readonly number[];
  readonly tailClasses: readonly number[];
  /** The three rarest, the tail among them. */
  readonly rareClasses: readonly number[];
  readonly balancedImages: number;
  readonly validationFrom: Splits['validationFrom'];
  readonly methods: readonly MethodSummary[];
  /** Paired over the seeds, of the last checkpoints. */
  readonly differences: readonly MethodDifference[];
  readonly runs: readonly Omit<RunResult, 'samples'>[];
}

/** The pictures of a report, as SVG. */
export const plotsOf = (
  report: DemoReport,
): Readonly<Record<'classes' | 'curves' | 'losses', string>> => ({
  classes: classPlot(report.methods, report.classCounts, report.classNames),
  curves: curvePlot(report.runs),
  losses: lossPlot(report.runs),
});

// Whole or not at all: a reader never meets half a file.
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

/** Writes report.html, report.json and the plots as SVG files into `folder`. */
export async function writeReport(
  folder: string,
  report: DemoReport,
  results: readonly RunResult[],
): Promise<string> {
  const plots = plotsOf(report);
  await mkdir(folder, {recursive: true});
  for (const [name, svg] of Object.entries(plots))
    await writeWhole(join(folder, `${name}.svg`), svg);
  await writeWhole(join(folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  const html = join(folder, 'report.html');
  await writeWhole(html, page(report, results, plots));
  return html;
}
