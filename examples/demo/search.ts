/**
 * Looks for a setting where distillation gains at equal image-steps: runs the settings of
 * `searchGrid.ts` one after another and keeps what they give in a JSON file, complete or not. Runs
 * are kept in the out folder, so that a search which was stopped goes on.
 *
 *     npm run search:distillation -- --help
 */
import os from 'node:os';

import {Command, InvalidArgumentError} from 'commander';

import {versionOf} from '../shared/pool';
import {writeWhole} from '../shared/writeWhole';
import {runJobs} from './pool';
import {GRID} from './searchGrid';
import {regimeReport, type SearchReport} from './searchReport';
import type {RunResult} from './runMethod';
import type {Job} from './settings';

const clock = (text: string): number => {
  const [, hours, minutes] = /^(\d\d?):(\d\d)$/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) {
    throw new InvalidArgumentError('Expected a time such as 18:30.');
  }
  const time = new Date();
  time.setHours(Number(hours), Number(minutes), 0, 0);
  return time.getTime();
};
const whole = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected an integer >= 1.');
  return Number(text);
};

interface Flags {
  readonly processes: number;
  readonly until?: number;
  readonly only?: string;
  readonly except?: string;
  readonly out: string;
  readonly report: string;
}

const {processes, until, only, except, out, report} = new Command('npm run search:distillation --')
  .option('--processes <n>', 'runs at a time', whole, os.availableParallelism())
  .option('--until <hh:mm>', 'start no run after this time of today', clock)
  .option('--only <name>', 'only regimes whose name has this in it')
  .option('--except <name>', 'no regime whose name has this in it')
  .option('--out <folder>', 'where runs are kept', 'reports/demo')
  .option('--report <file>', 'where the results go', 'docs/results/distillation.json')
  .parse(process.argv)
  .opts<Flags>();

const regimes = GRID.filter(
  ({name}) => name.includes(only ?? '') && (except === undefined || !name.includes(except)),
);
const found = regimes.map((regime) => ({
  regime,
  runs: regime.variants.map(() => [] as RunResult[]),
}));
// By turns and then seed by seed, so that what is there when time is up can be paired.
const jobs = found
  .flatMap(({regime, runs}) =>
    regime.variants.flatMap(({name, method, settings, turn, seeds}, i) =>
      seeds.map((seed) => ({
        ...{turn, seed},
        job: {method, seed, settings: {...regime.settings, ...settings}} satisfies Job,
        keep: (result: RunResult) => runs[i]?.push(result),
        name: `${regime.name}: ${name}, seed ${seed}`,
      })),
    ),
  )
  .sort((a, b) => a.turn - b.turn || a.seed - b.seed);

async function save(): Promise<void> {
  const body: SearchReport = {
    // The other flags say when and where, not what.
    command: `npm run search:distillation${only === undefined ? '' : ` -- --only '${only}'`}`,
    versions: {'lt-robust': versionOf('lt-robust'), tfjs: versionOf('@tensorflow/tfjs-core')},
    machine: os.cpus()[0]?.model ?? 'unknown',
    regimes: found.map(({regime, runs}) => regimeReport(regime, runs)),
  };
  await writeWhole(report, `${JSON.stringify(body, null, 1)}\n`);
}

await save();
const planned = new Map(jobs.map(({job, ...rest}) => [job as Job, rest]));
await runJobs([...planned.keys()], {
  ...{processes, folder: out},
  watch: () => undefined,
  isOver: () => until !== undefined && Date.now() > until,
  onResult: async (job, result) => {
    const {keep, name} = planned.get(job) ?? {};
    keep?.(result);
    const {last, seconds} = result;
    const percent = (value: number) => (100 * value).toFixed(1);
    console.log(
      `${new Date().toTimeString().slice(0, 5)} ${name}: ${seconds.toFixed(0)} s, clean ${percent(last.clean)}, ` +
        `PGD ${percent(last.pgd20)}, T-PGD ${percent(last.tailPgd20)}, 3T-PGD ${percent(last.rarePgd20)}`,
    );
    await save();
  },
});
