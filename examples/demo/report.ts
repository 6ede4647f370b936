import {mkdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {classPlot, curvePlot, lossPlot} from './plots';
import type {RunResult} from './runMethod';
import {METHOD_LABELS, type derivedSettings, type DemoSettings} from './settings';
import {stripHtml} from './strip';
import {tableOf, type MethodSummary} from './summary';

/** What report.json holds: every number, setting, version, seed and time. */
export interface DemoReport {
  readonly command: string;
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly backend: string;
  readonly settings: DemoSettings;
  /** What follows from them. */
  readonly derived: ReturnType<typeof derivedSettings>;
  readonly seeds: readonly number[];
  readonly classNames: readonly string[];
  readonly classCounts: readonly number[];
  readonly tailClasses: readonly number[];
  readonly methods: readonly MethodSummary[];
  readonly runs: readonly Omit<RunResult, 'samples'>[];
}

const escape = (text: string | number) =>
  String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function page(
  report: DemoReport,
  results: readonly RunResult[],
  plots: Record<string, string>,
): string {
  const {head, rows} = tableOf(report.methods, METHOD_LABELS);
  const {settings, classCounts, seeds} = report;
  const shown = results.filter(({seed}) => seed === seeds[0]);
  const table = `<table><thead><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead>
    <tbody>${rows.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`).join('\n')}</tbody></table>`;
  const strips = shown.map(
    ({method, samples, imageShape}) =>
      `<h3>${METHOD_LABELS[method]}</h3>${stripHtml(samples, imageShape, report.classNames, settings.epsilon)}`,
  );
  const facts = {
    command: report.command,
    backend: report.backend,
    time: `${(report.elapsedMs / 1000).toFixed(0)} s`,
    seeds: seeds.join(', '),
    'training images per class': classCounts.join(', '),
    ...Object.fromEntries(
      Object.entries({...settings, ...report.derived}).map(([key, value]) => [
        key,
        JSON.stringify(value),
      ]),
    ),
    ...report.versions,
    ...report.machine,
  };
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>lt-robust: what the paper's method does for the tail</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; background: #fff; }
  table { border-collapse: collapse; } th, td { padding: .3rem .9rem; border-bottom: 1px solid #ddd; text-align: right; font-variant-numeric: tabular-nums; }
  th:first-child, td:first-child, td:nth-child(2) { text-align: left; }
  .strip { display: flex; overflow-x: auto; gap: .4rem; font-size: .72rem; text-align: center; }
  .rows { display: grid; grid-template-rows: 1.6rem 96px 96px 76px; align-items: center; min-width: 5rem; text-align: right; }
  figure { margin: 0; } figcaption { height: 1.6rem; font-weight: 600; white-space: nowrap; } img { display: block; width: 76px; height: 76px; image-rendering: pixelated; } figure div { height: 20px; white-space: nowrap; }
  .right { color: #06703b; } .wrong { color: #b00020; font-weight: 600; } svg { max-width: 100%; height: auto; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; font-size: .85rem; } dt { color: #666; } dd { margin: 0; overflow-wrap: anywhere; }
</style></head><body>
<h1>What adversarial training does to the tail, and what the paper's method does about it</h1>
<p>Three methods train one small network on the same long-tailed data (${classCounts[0]} images of the largest class, ${classCounts.at(-1)} of the
smallest) and are attacked with 20 steps of PGD, L∞ ${settings.epsilon.toFixed(3)}. Mean${seeds.length > 1 ? ' ± sample standard deviation' : ''} over
${seeds.length} seed${seeds.length > 1 ? 's' : ''}, in percent, on a balanced test set. T- is the tail: ${report.tailClasses
    .map((c) => report.classNames[c] ?? String(c))
    .join(
      ', ',
    )}. "Best" is the epoch with the highest PGD-20 accuracy on a balanced validation split.</p>
${table}
<h2>Robust accuracy per class</h2>${plots['classes'] ?? ''}
<h2>Training curves</h2>${plots['curves'] ?? ''}${plots['losses'] ?? ''}
<h2>What the attack does to an image</h2><p>The first test image of each class under attack, at the best checkpoint of seed ${seeds[0]}; the model's answer below each.</p>
${strips.join('\n')}
<h2>Settings</h2><dl>${Object.entries(facts)
    .map(([key, value]) => `<dt>${escape(key)}</dt><dd>${escape(value)}</dd>`)
    .join('')}</dl>
</body></html>
`;
}

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
  const plots = {
    classes: classPlot(report.methods, report.classCounts, report.classNames),
    curves: curvePlot(results),
    losses: lossPlot(results),
  };
  await mkdir(folder, {recursive: true});
  for (const [name, svg] of Object.entries(plots))
    await writeWhole(join(folder, `${name}.svg`), svg);
  await writeWhole(join(folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  const html = join(folder, 'report.html');
  await writeWhole(html, page(report, results, plots));
  return html;
}
