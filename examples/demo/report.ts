import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';

import {networksPage, type Networks} from '../shared/networksPage';
import {writeWhole} from '../shared/writeWhole';
import {METHOD_LABELS, METHODS} from './methodNames';
import type {Splits} from './splits';
import {page} from './page';
import type {MethodDifference} from './paired';
import {classPlot, curvePlot, lossPlot} from './plots';
import type {KeptRun, RunResult} from './runMethod';
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
  readonly runs: readonly KeptRun[];
}

// The networks of the first seed, which the strips of the page are of too.
function networksOf(report: DemoReport, results: readonly RunResult[]): Networks {
  const {settings, seeds, classNames, classCounts, command, versions} = report;
  const seed = seeds[0] ?? 0;
  const ofSeed = METHODS.flatMap((method) =>
    results.filter((result) => result.seed === seed && result.method === method),
  );
  return {
    ...{title: 'Class by class', seed, epsilon: settings.epsilon, classNames, classCounts},
    ...{command, versions},
    evaluations: Object.fromEntries(
      ofSeed.map(({method, evaluation}) => [METHOD_LABELS[method], evaluation]),
    ),
  };
}

/** The pictures of a report, as SVG. */
export const plotsOf = (
  report: DemoReport,
): Readonly<Record<'classes' | 'curves' | 'losses', string>> => ({
  classes: classPlot(report.methods, report.classCounts, report.classNames),
  curves: curvePlot(report.runs),
  losses: lossPlot(report.runs),
});

/** Writes report.html, networks.html, report.json and the plots as SVG files into `folder`. */
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
  await writeWhole(join(folder, 'networks.html'), networksPage(networksOf(report, results)));
  await writeWhole(html, page(report, results, plots));
  return html;
}
