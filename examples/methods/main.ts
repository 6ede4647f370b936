// Compares all methods and some combinations at the same number of passes. See docs/results.md.
import os from 'node:os';

import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers'; // registers the gradients
import * as tf from '@tensorflow/tfjs-core';
import {registerGradientKernels} from 'lt-robust/kernels';
import {Command, InvalidArgumentError} from 'commander';

import {versionOf} from '../shared/pool';
import {GRID, type Candidate, type Entry} from './grid';
import {
  choiceOf,
  isSameSweep,
  readReport,
  trialOf,
  writeReport,
  type MethodsReport,
} from './report';
import {runEntry} from './runEntry';
import {FULL, QUICK, TUNING_SEED} from './settings';

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected an integer >= 0.');
  return Number(text);
};
const clock = (text: string): number => {
  const [, hours, minutes] = /^(\d\d?):(\d\d)$/.exec(text) ?? [];
  if (hours === undefined) throw new InvalidArgumentError('Expected a time such as 18:30.');
  return new Date().setHours(Number(hours), Number(minutes), 0, 0);
};

interface Flags {
  readonly quick?: boolean;
  readonly only?: string;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly until?: number;
  readonly report: string;
  readonly fresh?: boolean;
}

const flags = new Command('npm run bench:methods --')
  .description('Trains every method on the same number of passes; goes on where a report ends.')
  .option('--quick', 'a smaller network and fewer passes')
  .option('--only <names>', `of ${GRID.map(({name}) => name).join(', ')}`)
  .option('--seeds <n>', 'runs of each method, with seeds 0, 1, ...', whole, 5)
  .option('--first-seed <n>', 'the first of these seeds', whole, 0)
  .option('--until <hh:mm>', 'start no run after this time of today', clock)
  .option('--report <file>', 'where the results are kept', 'docs/results/methods.json')
  .option('--fresh', 'begin anew where the report is of other settings')
  .parse(process.argv)
  .opts<Flags>();

const settings = flags.quick === true ? QUICK : FULL;
const names = flags.only?.split(',');
const entries = GRID.filter(({name}) => names?.includes(name) ?? true);
const found = await readReport(flags.report);
const isOther = found !== undefined && !isSameSweep(found.settings, settings);
if (isOther && flags.fresh !== true) {
  throw new Error(`${flags.report} is of other settings: pass --fresh, or another --report.`);
}
let report: MethodsReport = {
  command: `npm run bench:methods${flags.quick === true ? ' -- --quick' : ''}`,
  versions: {
    'lt-robust': versionOf('lt-robust'),
    tfjs: versionOf('@tensorflow/tfjs-core'),
    node: process.version,
  },
  machine: os.cpus()[0]?.model ?? 'unknown',
  settings,
  trials: found === undefined || isOther ? [] : found.trials,
  runs: found === undefined || isOther ? [] : found.runs,
};

await tf.setBackend(settings.backend);
await registerGradientKernels();

const isOver = () => flags.until !== undefined && Date.now() > flags.until;
const percent = (value: number) => (100 * value).toFixed(1);
const say = (text: string) => {
  console.log(`${new Date().toTimeString().slice(0, 5)} ${text}`);
};

async function tryCandidate(entry: Entry, candidate: Candidate): Promise<void> {
  const job = {entry, candidate, seed: TUNING_SEED, share: settings.tuningShare};
  const {scores, seconds, collapse} = await runEntry(job, settings, 'validation');
  const {pgd20, rarePgd20} = scores;
  const trial = {entry: entry.name, candidate, pgd20, rarePgd20, seconds, collapse};
  report = {...report, trials: [...report.trials, trial]};
  await writeReport(flags.report, report);
  say(
    `${entry.name} ${JSON.stringify(candidate)}: ${seconds.toFixed(0)} s, ` +
      `PGD ${percent(pgd20)}, 3T-PGD ${percent(rarePgd20)} (validation)`,
  );
}

async function run(entry: Entry, seed: number): Promise<void> {
  const candidate = choiceOf(report, entry);
  const result = await runEntry({entry, candidate, seed, share: 1}, settings, 'test');
  report = {...report, runs: [...report.runs, {entry: entry.name, candidate, seed, ...result}]};
  await writeReport(flags.report, report);
  const {scores, seconds} = result;
  say(
    `${entry.name}, seed ${seed}: ${seconds.toFixed(0)} s, clean ${percent(scores.clean)}, ` +
      `PGD ${percent(scores.pgd20)}, T-PGD ${percent(scores.tailPgd20)}`,
  );
}

for (const entry of entries) {
  if (entry.candidates.length < 2) continue;
  for (const candidate of entry.candidates) {
    if (isOver()) break;
    if (trialOf(report, entry, candidate) === undefined) await tryCandidate(entry, candidate);
  }
}
for (let seed = flags.firstSeed; seed < flags.firstSeed + flags.seeds; seed++) {
  for (const entry of entries) {
    if (isOver()) break;
    const isDone = report.runs.some((each) => each.entry === entry.name && each.seed === seed);
    if (!isDone) await run(entry, seed);
  }
}
await writeReport(flags.report, report);
