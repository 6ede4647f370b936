/**
 * Mutation testing, folder by folder: `npm run mutation -- [folders...]`, by default all of src but
 * the kernels' AssemblyScript. A folder's figures and survivors are kept in docs/mutation/, so that a
 * long run can be done in parts. `--changed` mutates only lines changed since a commit, a sample of
 * them where there are many, and keeps nothing.
 */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {Command} from 'commander';

const REPORT = 'reports/mutation/mutation.json';
const KEPT = 'docs/mutation';

/** One mutant of Stryker's JSON report, as far as it is read here. */
interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: {readonly start: {readonly line: number}};
}

interface MutationReport {
  readonly files: Readonly<Record<string, {readonly mutants: readonly Mutant[]}>>;
}

/** What is kept of the run over one folder. */
interface FolderFigures {
  readonly folder: string;
  readonly commit: string;
  readonly date: string;
  readonly killed: number;
  readonly survived: number;
  readonly score: number;
  readonly survivors: readonly string[];
}

const git = (...words: readonly string[]): string =>
  execFileSync('git', words, {encoding: 'utf8'}).trim();

const isMutable = (file: string): boolean =>
  /^src\/.+\.ts$/.test(file) &&
  !/(^|\/)index\.ts$/.test(file) &&
  !/^src\/kernels\/wasm\/(assembly|generated)\//.test(file);

/** Folders of src with code of their own, `attacks/apgd` apart from `attacks`. */
function folders(): string[] {
  const names = readdirSync('src', {recursive: true, encoding: 'utf8'})
    .map((name) => path.posix.join('src', name))
    .filter(isMutable)
    .map((name) => path.posix.dirname(name).slice('src/'.length))
    .filter((name) => name !== '' && name !== '.');
  return [...new Set(names)].sort();
}

/** The tests that run against a mutant of a file in `folder`. */
function testsFor(folder: string): string[] {
  const [room = ''] = folder.split('/');
  const contracts = ['attacks', 'losses', 'methods', 'training', 'samplers'].includes(room)
    ? ['test/contracts/**/*.test.ts']
    : [];
  return [`test/${room}/**/*.test.ts`, ...contracts];
}

function stryker(
  mutate: readonly string[],
  tests: readonly string[],
  backend: string,
): MutationReport {
  const run = spawnSync(
    'npx',
    ['stryker', 'run', '--mutate', mutate.join(','), '--logLevel', 'warn'],
    {
      stdio: 'inherit',
      env: {...process.env, MUTATION_TESTS: tests.join(','), MUTATION_BACKEND: backend},
    },
  );
  if (run.status !== 0) throw new Error(`Stryker ended with ${run.status ?? 'a signal'}.`);
  return JSON.parse(readFileSync(REPORT, 'utf8')) as MutationReport;
}

function figures(report: MutationReport) {
  const mutants = Object.entries(report.files).flatMap(([file, {mutants: all}]) =>
    all.map((mutant) => ({file, ...mutant})),
  );
  const count = (...statuses: readonly string[]) =>
    mutants.filter(({status}) => statuses.includes(status)).length;
  const killed = count('Killed', 'Timeout');
  const survived = count('Survived', 'NoCoverage');
  return {
    killed,
    survived,
    score: killed + survived === 0 ? 1 : killed / (killed + survived),
    survivors: mutants
      .filter(({status}) => status === 'Survived' || status === 'NoCoverage')
      .map(
        ({file, location, mutatorName, replacement}) =>
          `${file}:${location.start.line} ${mutatorName}: ${(replacement ?? '').replace(/\s+/g, ' ').slice(0, 80)}`,
      )
      .sort(),
  };
}

const backendOf = (folder: string): string => (folder.startsWith('kernels') ? 'wasm' : 'cpu');

function runFolder(folder: string): FolderFigures {
  const files = readdirSync(path.join('src', folder))
    .map((name) => path.posix.join('src', folder, name))
    .filter(isMutable);
  const found = figures(stryker(files, testsFor(folder), backendOf(folder)));
  const kept = {
    folder,
    commit: git('rev-parse', '--short', 'HEAD'),
    date: new Date().toISOString().slice(0, 10),
    ...found,
  };
  mkdirSync(KEPT, {recursive: true});
  writeFileSync(
    path.join(KEPT, `${folder.replaceAll('/', '-')}.json`),
    `${JSON.stringify(kept, null, 1)}\n`,
  );
  return kept;
}

/** Line ranges of src that changed since `base`: `file:first-last`. */
function changedRanges(base: string): string[] {
  const ranges: string[] = [];
  let file = '';
  for (const line of git('diff', '--unified=0', '--find-renames', base, '--', 'src').split('\n')) {
    const target = /^\+\+\+ b\/(.+)$/.exec(line)?.[1];
    if (target !== undefined) file = target;
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null || !isMutable(file)) continue;
    const first = Number(hunk[1]);
    const length = Number(hunk[2] ?? 1);
    if (length > 0) ranges.push(`${file}:${first}-${first + length - 1}`);
  }
  return ranges;
}

/** At most `budget` lines of the ranges, spread evenly over them. */
function sample(ranges: readonly string[], budget: number): string[] {
  const lines = ranges.flatMap((range) => {
    const [, file = '', first = 0, last = 0] = /^(.+):(\d+)-(\d+)$/.exec(range) ?? [];
    const count = Number(last) - Number(first) + 1;
    return Array.from(
      {length: count},
      (_, i) => `${file}:${Number(first) + i}-${Number(first) + i}`,
    );
  });
  if (lines.length <= budget) return [...ranges];
  return Array.from(
    {length: budget},
    (_, i) => lines[Math.floor((i * lines.length) / budget)] ?? '',
  );
}

function runChanged(base: string, budget: number): void {
  const ranges = sample(changedRanges(base), budget);
  const rooms = new Map<string, string[]>();
  for (const range of ranges) {
    const [, room = ''] = range.split('/');
    if (range.split('/').length > 2) rooms.set(room, [...(rooms.get(room) ?? []), range]);
  }
  let killed = 0;
  let survived = 0;
  for (const [room, mutate] of rooms) {
    const found = figures(stryker(mutate, testsFor(room), backendOf(room)));
    killed += found.killed;
    survived += found.survived;
    for (const survivor of found.survivors) console.log(`survived: ${survivor}`);
  }
  const total = killed + survived;
  console.log(
    total === 0
      ? `No line of src changed since ${base}.`
      : `${killed} of ${total} mutants of lines changed since ${base} caught (${((100 * killed) / total).toFixed(1)} %)`,
  );
  if (total > 0 && killed / total < 0.6) process.exitCode = 1;
}

const program = new Command('mutation')
  .argument('[folders...]', 'folders of src, such as attacks/apgd (default: all)')
  .option('--changed <commit>', 'only lines changed since this commit')
  .option('--budget <lines>', 'at most so many lines with --changed', Number, 40)
  .parse();
const {changed, budget} = program.opts<{changed?: string; budget: number}>();

if (changed !== undefined) runChanged(changed, budget);
else {
  for (const folder of program.args.length > 0 ? program.args : folders()) {
    const {killed, survived, score} = runFolder(folder);
    console.log(
      `${folder}: ${killed} of ${killed + survived} caught (${(100 * score).toFixed(1)} %)`,
    );
  }
}
