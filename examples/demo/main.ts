/**
 * Methods of adversarial training on long-tailed Fashion-MNIST at equal cost: trains each with the
 * same number of image-steps, attacks the networks, prints a table and writes an HTML report. Meant
 * for 5 minutes on 2 cores; `--quick` under one. Only the public API of lt-robust is used.
 *
 *     npm run demo -- --help
 */
import os from 'node:os';

import {CommanderError} from 'commander';

import {readArguments, type DemoArguments} from './arguments';
import {methodDifferences} from './paired';
import {versionOf} from '../shared/pool';
import {messageOf} from '../shared/messageOf';
import {showProgress} from '../shared/progress';
import {METHOD_LABELS} from './methodNames';
import {runJobs} from './pool';
import {writeReport, type DemoReport} from './report';
import type {Job} from './settings';
import {summariseMethods} from './summary';
import {costTable, differenceTable, isShown, textTable} from './table';
import {autoAttackWords, collapseSentences} from './words';

const {settings, methods, seeds, processes, out} = askedFor(process.argv);
const startedAt = new Date();
// The longest jobs first, so that no process is left alone with one at the end.
const jobs: Job[] = [...methods]
  .reverse()
  .flatMap((method) => seeds.map((seed) => ({method, seed, settings})));

const progress = showProgress<Job>(({method, seed}) => `${METHOD_LABELS[method]}, seed ${seed}`);
const results = await runJobs(jobs, {processes, folder: out, watch: progress.watch})
  .finally(progress.stop)
  .catch((error: unknown) => {
    console.error(`\n${messageOf(error)}`);
    process.exit(1);
  });
const [first] = results;
if (first === undefined) throw new Error('nothing ran');

const {backend} = first;
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
  classNames: first.classNames,
  classCounts: first.classCounts,
  tailClasses: first.measured.tail,
  rareClasses: first.measured.rare,
  balancedImages: first.balancedImages,
  validationFrom: first.validationFrom,
  methods: summariseMethods(results),
  differences: methodDifferences(results),
  runs: results.map(({samples: _, evaluation: _evaluation, ...run}) => run),
};
const html = await writeReport(out, report, results);

console.log(`\n${textTable(costTable(report.methods))}`);
const differences = report.differences.filter(isShown);
if (seeds.length > 1 && differences.length > 0) {
  console.log(
    '\nPaired over the seeds, in points, with the 95 % interval of the mean (three seeds or more):\n',
  );
  console.log(textTable(differenceTable(differences)));
}
console.log(
  `\nLast checkpoints; test accuracy in percent. T-: the ${settings.tail} rarest of ` +
    `${report.classCounts.length} classes (${report.classCounts.join(', ')} training images), ` +
    `3T-: the three rarest; T-AA: ${autoAttackWords(settings)}. ` +
    `Passes: forward / backward, + forward passes of the teacher.\n` +
    `${seeds.length} seed(s), ${(report.elapsedMs / 1000).toFixed(0)} s on ${backend}, ` +
    `${processes} process(es).`,
);
for (const sentence of collapseSentences(report.methods, seeds.length)) console.log(sentence);
console.log(`Report: ${html}`);

function askedFor(argv: readonly string[]): DemoArguments {
  try {
    return readArguments(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) console.error(error.message);
    process.exit(error.exitCode);
  }
}
