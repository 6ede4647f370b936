/**
 * Trains rows of the paper's tables and figures at the scale that the machine allows, and reports them
 * in the paper's layout with the paper's numbers beside. Only the public API of lt-robust is used.
 *
 *     npm run paper -- --help
 *     npm run paper -- --list
 */
import {CommanderError} from 'commander';

import {messageOf} from '../shared/messageOf';
import {showProgress} from '../shared/progress';
import {readArguments, type PaperArguments} from './arguments';
import {runJobs} from './pool';
import {otherReport, reportOf, writeReport} from './report';
import type {RunResult} from './runRow';
import type {Job} from './settings';
import {listing} from './listing';
import {summaryText} from './summaryText';

const asked = askedFor(process.argv);
if (asked.list) {
  console.log(listing());
  process.exit(0);
}
const {experiment, settings, seeds, processes, out, keep, until} = asked;
const other = otherReport(out, experiment.name);
if (other !== undefined) {
  console.error(`error: ${out} holds the report of ${other}: choose another folder by --out`);
  process.exit(1);
}
const command = ['npm run paper --', ...process.argv.slice(2)].join(' ');

// Seed by seed, so that what is there when the program is stopped can be compared.
const ids = new Set<string>();
const presets = experiment.rows
  .map(({preset}) => preset)
  .filter(({id}) => !ids.has(id) && ids.add(id));
const jobs: Job[] = seeds.flatMap((seed) =>
  presets.map((preset) => ({preset, seed, epsilon: experiment.epsilon, settings})),
);
const found: RunResult[] = [];
const save = () => writeReport(out, keep, reportOf(asked, command, found), found);

const progress = showProgress<Job>(
  ({preset, seed}) => `${preset.id.split('/').slice(2).join('/')} ${seed}`,
);
await runJobs(jobs, {
  ...{processes, folder: out, watch: progress.watch},
  isOver: () => until !== null && Date.now() > until,
  onResult: async (_, result) => {
    found.push(result);
    await save();
  },
})
  .finally(progress.stop)
  .catch((error: unknown) => {
    console.error(`\n${messageOf(error)}`);
    process.exit(1);
  });
const html = await save();
console.log(`\n${summaryText(reportOf(asked, command, found))}`);
if (found.length < jobs.length) console.log(`${jobs.length - found.length} runs are still to do.`);
console.log(`Report: ${html}`);

function askedFor(argv: readonly string[]): PaperArguments {
  try {
    return readArguments(argv);
  } catch (error) {
    // It has said what is wrong, or printed the help.
    if (error instanceof CommanderError) process.exit(error.exitCode);
    console.error(messageOf(error));
    process.exit(1);
  }
}
