/**
 * Mutation testing, folder by folder and in parts: `npm run mutation -- [folders...] [--sample 80]`.
 * What was run stays in docs/mutation, so that a further run adds further mutants. docs/mutation.md
 * says how to read it.
 */
import {execFileSync} from 'node:child_process';
import path from 'node:path';

import {Command} from 'commander';

import {previousCommit, runChanged} from './mutation/changed';
import {
  addOutcomes,
  describeFigures,
  figuresOf,
  type Kept,
  knownKeys,
  loadAll,
  loadKept,
  saveKept,
} from './mutation/kept';
import {
  describeMutant,
  filesIn,
  foldersOfSource,
  inRandomOrder,
  type Mutant,
  mutantsOf,
} from './mutation/mutants';
import {writePage} from './mutation/page';
import {backendOf, runAsTold} from './mutation/runAsTold';
import {runMutants} from './mutation/runMutants';

interface Options {
  readonly sample?: number;
  readonly seed: number;
  readonly survivors?: boolean;
  readonly list?: boolean;
  readonly page?: boolean;
  readonly changed?: string | true;
  readonly minutes: number;
}

const commit = (): string =>
  execFileSync('git', ['rev-parse', '--short', 'HEAD'], {encoding: 'utf8'}).trim();

/** Runs some mutants of a folder and keeps what became of them. */
async function runFolder(folder: string, options: Options): Promise<Kept> {
  const present = await mutantsOf(filesIn(folder));
  const kept = loadKept(folder);
  const known = knownKeys(kept);
  const survivors = new Set(kept.survived.map(({key}) => key));
  const chosen: readonly Mutant[] =
    options.survivors === true
      ? present.filter(({key}) => survivors.has(key))
      : inRandomOrder(
          present.filter(({key}) => !known.has(key)),
          options.seed,
        ).slice(0, options.sample);
  const outcomes =
    options.list === true
      ? new Map()
      : await runAsTold(folder, chosen, {widely: options.survivors === true});
  const at = {commit: commit(), date: new Date().toISOString().slice(0, 10)};
  const next = addOutcomes(kept, present, outcomes, at);
  if (outcomes.size > 0) saveKept(next);
  return next;
}

/** Runs the mutants of files against their own tests; nothing is kept: it is no random sample. */
async function runFiles(files: readonly string[], {sample, seed}: Options): Promise<void> {
  const tests = files.map((file) => file.replace(/^src\/(.+)\.ts$/, 'test/$1.test.ts'));
  const chosen = inRandomOrder(await mutantsOf(files), seed).slice(0, sample);
  const backend = backendOf(path.posix.dirname(files[0] ?? '').slice('src/'.length));
  const outcomes = [...(await runMutants(chosen, {tests, backend, timeoutMs: 20_000}))];
  for (const file of files) {
    const own = outcomes.filter(([mutant]) => mutant.file === file);
    const survivors = own.filter(([, outcome]) => outcome === 'survived');
    console.log(`${file}: ${own.length - survivors.length} of ${own.length} caught`);
    for (const [mutant] of survivors) console.log(`  ${describeMutant(mutant)}`);
  }
}

const program = new Command('mutation')
  .argument(
    '[folders...]',
    'folders of src, such as attacks/apgd (default: all), or files, each against its own test',
  )
  .option(
    '--sample <mutants>',
    'so many more of each folder, drawn at random (default: all)',
    Number,
  )
  .option('--seed <number>', 'of the random order', Number, 1)
  .option('--survivors', 'run those again that survived so far, against all tests of the room')
  .option('--list', 'run nothing, print figures')
  .option('--page', 'run nothing, write the table into docs/mutation.md')
  .option(
    '--changed [commit]',
    'only lines changed since this commit (default: the one before HEAD); nothing is kept',
  )
  .option('--minutes <minutes>', 'time for --changed', Number, 2)
  .parse();
const options = program.opts<Options>();

if (options.page === true) writePage(loadAll());
else if (options.changed !== undefined)
  await runChanged(options.changed === true ? previousCommit() : options.changed, options);
else if (program.args.some((file) => file.endsWith('.ts'))) await runFiles(program.args, options);
else {
  const done: Kept[] = [];
  for (const folder of program.args.length > 0 ? program.args : foldersOfSource()) {
    const kept = await runFolder(folder, options);
    done.push(kept);
    console.log(describeFigures(folder, figuresOf([kept])));
    if (program.args.length === 1) {
      for (const {mutant, kind} of kept.survived) console.log(`  ${mutant}${kind && ` (${kind})`}`);
    }
  }
  if (done.length > 1) console.log(describeFigures('together', figuresOf(done)));
}
