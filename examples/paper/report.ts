import {existsSync, readFileSync} from 'node:fs';
import os from 'node:os';
import {join} from 'node:path';

import type {Experiment} from 'lt-robust/presets';

import {networksPage} from '../shared/networksPage';
import {versionOf} from '../shared/pool';
import {writeWhole} from '../shared/writeWhole';
import type {PaperArguments} from './arguments';
import {csvOf} from './csv';
import {figuresFor} from './figures';
import {networksOf} from './networks';
import {page} from './page';
import type {KeptRun, RunResult} from './runRow';
import {inOrder, summariseRows, type RowSummary} from './rowSummary';
import type {PaperScale, PaperSettings} from './settings';

/** What report.json holds: every number, setting, version and seed. */
export interface PaperReport {
  readonly command: string;
  readonly experiment: Experiment;
  readonly settings: PaperSettings;
  readonly scale: PaperScale;
  readonly seeds: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly rows: readonly RowSummary[];
  readonly runs: readonly KeptRun[];
}

/** The experiment whose report a folder holds, where that is another one. */
export function otherReport(folder: string, name: string): string | undefined {
  const path = join(folder, 'report.json');
  if (!existsSync(path)) return undefined;
  const {experiment} = JSON.parse(readFileSync(path, 'utf8')) as Partial<PaperReport>;
  return experiment?.name === name ? undefined : (experiment?.name ?? 'something else');
}

/** The report of the runs that are there. */
export const reportOf = (
  {experiment, settings, scale, seeds, processes}: PaperArguments,
  command: string,
  runs: readonly RunResult[],
): PaperReport => ({
  ...{command, experiment, settings, scale, seeds},
  versions: {
    'lt-robust': versionOf('lt-robust'),
    'tfjs-core': versionOf('@tensorflow/tfjs-core'),
    node: process.version,
  },
  machine: {cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.cpus().length, processes},
  rows: summariseRows(experiment, runs),
  runs: inOrder(experiment, runs).map(({evaluation: _, ...run}) => run),
});

/**
 * Writes report.html, networks.html, report.json, report.csv and the figures; returns the page's path.
 */
export async function writeReport(
  folder: string,
  keep: string | null,
  report: PaperReport,
  runs: readonly RunResult[],
): Promise<string> {
  const figures = figuresFor(report);
  const json = `${JSON.stringify(report, null, 1)}\n`;
  const html = join(folder, 'report.html');
  await writeWhole(join(folder, 'report.json'), json);
  if (keep !== null) await writeWhole(keep, json);
  await writeWhole(join(folder, 'report.csv'), csvOf(report));
  for (const {name, svg} of figures) await writeWhole(join(folder, `${name}.svg`), `${svg}\n`);
  const networks = networksOf(report, inOrder(report.experiment, runs));
  if (networks !== undefined)
    await writeWhole(join(folder, 'networks.html'), networksPage(networks));
  await writeWhole(html, page(report, figures));
  return html;
}
