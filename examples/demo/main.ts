/**
 * The paper's method against its two ancestors, on long-tailed Fashion-MNIST: trains all three,
 * attacks them, prints a table and writes an HTML report. Meant for 5 minutes on 2 cores; `--quick`
 * under one. Only the public API of lt-robust is used.
 *
 *     npm run demo -- --help
 */
import {createRequire} from 'node:module';
import os from 'node:os';

import {tailClasses} from 'lt-robust';

import {readArguments} from './arguments';
import {runJobs} from './pool';
import {showProgress} from './progress';
import {writeReport, type DemoReport} from './report';
import {derivedSettings, METHOD_LABELS, METHODS, type Job} from './settings';
import {summariseMethods, tableOf} from './summary';

const require = createRequire(import.meta.url);
const versionOf = (name: string) => (require(`${name}/package.json`) as {version: string}).version;

const {settings, seeds, processes, out} = readArguments(process.argv);
const startedAt = new Date();
// The longest jobs first, so that no process is left alone with one at the end.
const jobs: Job[] = [...METHODS]
  .reverse()
  .flatMap((method) => seeds.map((seed) => ({method, seed, settings})));

const progress = showProgress();
const {results, backend} = await runJobs(jobs, processes, progress.watch)
  .finally(progress.stop)
  .catch((error: unknown) => {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  });
const [first] = results;
if (first === undefined) throw new Error('nothing ran');

const methods = summariseMethods(results);
const report: DemoReport = {
  command: ['npm run demo --', ...process.argv.slice(2)].join(' '),
  startedAt: startedAt.toISOString(),
  elapsedMs: Date.now() - startedAt.getTime(),
  versions: {
    'lt-robust': versionOf('lt-robust'),
    'tfjs-core': versionOf('@tensorflow/tfjs-core'),
    'tfjs-layers': versionOf('@tensorflow/tfjs-layers'),
    [`tfjs-backend-${backend}`]: versionOf(`@tensorflow/tfjs-backend-${backend}`),
    node: process.version,
  },
  machine: {cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.cpus().length, processes},
  ...{backend, settings, seeds},
  derived: derivedSettings(settings),
  classNames: first.classNames,
  classCounts: first.classCounts,
  tailClasses: tailClasses(first.classCounts, settings.tail),
  methods,
  runs: results.map(({samples: _, ...run}) => run),
};
const html = await writeReport(out, report, results);

const {head, rows} = tableOf(methods, METHOD_LABELS);
const widths = head.map((title, i) =>
  Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
);
const line = (cells: readonly string[]) =>
  cells
    .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
    .join('  ');
console.log(`\n${[head, widths.map((w) => '─'.repeat(w)), ...rows].map(line).join('\n')}`);
console.log(
  `\nTest accuracy in percent; T-: the ${settings.tail} rarest of ${report.classCounts.length} classes ` +
    `(${report.classCounts.join(', ')} training images); ${seeds.length} seed(s), ` +
    `${(report.elapsedMs / 1000).toFixed(0)} s on ${backend}, ${processes} process(es).\nReport: ${html}`,
);
