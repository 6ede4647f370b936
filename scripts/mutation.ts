/**
 * Mutation testing, folder by folder and in parts: `npm run mutation -- [folders...] [--sample 80]`.
 * What was run stays in docs/mutation, so that a further run adds further mutants. docs/mutation.md
 * says how to read it.
 */
import {execFileSync} from 'node:child_process';
import path from 'node:path';

import {Command, Option} from 'commander';

import {previousCommit, runChanged} from './mutation/changed';
import {
  addOutcomes,
  describeFigures,
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
import {ownTestOf} from './mutation/plan';
import {backendOf, runNear, runOwn, runRooms, runWidely} from './mutation/runAsTold';
import {type Outcome, runMutants} from './mutation/runMutants';

interface Options {
  readonly sample?: number;
  readonly own?: boolean;
  readonly seed: number;
  readonly survivors?: true | 'own' | 'room';
  readonly list?: boolean;
  readonly page?: boolean;
  readonly changed?: string | true;
  readonly minutes: number;
}

const commit = (): string =>
  execFileSync('git', ['rev-parse', '--short', 'HEAD'], {encoding: 'utf8'}).trim();

/** Runs some more mutants of folders, each folder's drawn by itself, and keeps what became of them. */
async function runFolders(
  folders: readonly string[],
  {sample, own, seed, list}: Options,
): Promise<Kept[]> {
  const all = [];
  for (const folder of folders) {
    const present = await mutantsOf(filesIn(folder));
    const kept = loadKept(folder);
    const known = knownKeys(kept);
    const fresh = present.filter(({key}) => !known.has(key));
    all.push({kept, present, chosen: inRandomOrder(fresh, seed).slice(0, sample)});
  }
  const chosen = all.flatMap((one) => one.chosen);
  const run = own === true ? runOwn : (some: readonly Mutant[]) => runNear(folders, some);
  const outcomes = list === true ? new Map<Mutant, Outcome>() : await run(chosen);
  return all.map((one) => keep(one.kept, one.present, only(one.chosen, outcomes)));
}

/** The outcomes of some mutants. */
const only = (mutants: readonly Mutant[], outcomes: ReadonlyMap<Mutant, Outcome>) =>
  new Map(
    mutants.flatMap((mutant) => {
      const outcome = outcomes.get(mutant);
      return outcome === undefined ? [] : [[mutant, outcome] as const];
    }),
  );

function keep(
  kept: Kept,
  present: readonly Mutant[],
  outcomes: ReadonlyMap<Mutant, Outcome>,
  isWide = false,
) {
  const at = {commit: commit(), date: new Date().toISOString().slice(0, 10), isWide};
  const next = addOutcomes(kept, present, outcomes, at);
  if (outcomes.size > 0) saveKept(next);
  return next;
}

/**
 * Runs what survived so far in some folders, and keeps what became of it. What was found to change
 * nothing is left out.
 */
async function runSurvivors(
  folders: readonly string[],
  tests: true | 'own' | 'room',
): Promise<Kept[]> {
  const all = [];
  for (const folder of folders) {
    const present = await mutantsOf(filesIn(folder));
    const kept = loadKept(folder);
    const open = kept.survived.filter(({kind}) => !kind.startsWith('equivalent'));
    const keys = new Set(open.map(({key}) => key));
    all.push({kept, present, survivors: present.filter(({key}) => keys.has(key))});
  }
  const chosen = all.flatMap(({survivors}) => survivors);
  const ownOnBoth = (some: readonly Mutant[]) => runOwn(some, true);
  const run = {own: ownOnBoth, room: runRooms, all: runWidely}[tests === true ? 'all' : tests];
  const outcomes = await run(chosen);
  return all.map(({kept, present, survivors}) =>
    keep(kept, present, only(survivors, outcomes), tests !== 'own'),
  );
}

/** Runs the mutants of files against their own tests; nothing is kept: it is no random sample. */
async function runFiles(files: readonly string[], {sample, seed}: Options): Promise<void> {
  const tests = files.map(ownTestOf);
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
  .option(
    '--own',
    'the sample against the tests of the files themselves, alone: quicker, and a lower bound',
  )
  .option('--seed <number>', 'of the random order', Number, 1)
  .addOption(
    new Option(
      '--survivors [tests]',
      'run those again that survived so far, against all unit tests, or those of their room or of their own files; not those marked as equivalent',
    ).choices(['room', 'own']),
  )
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
  const folders = program.args.length > 0 ? program.args : foldersOfSource();
  const tell = (kept: Kept) => {
    console.log(describeFigures(kept.folder, [kept]));
    if (program.args.length === 0) return;
    for (const {mutant, kind} of kept.survived) console.log(`  ${mutant}${kind && ` (${kind})`}`);
  };
  const done: Kept[] = [];
  if (options.survivors !== undefined)
    done.push(...(await runSurvivors(folders, options.survivors)));
  // Folders that were named are run together: it takes one start of their tests.
  else if (program.args.length > 0) done.push(...(await runFolders(folders, options)));
  else for (const folder of folders) done.push(...(await runFolders([folder], options)));
  done.forEach(tell);
  if (done.length > 1) console.log(describeFigures('together', done));
}
