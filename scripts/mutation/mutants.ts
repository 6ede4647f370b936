import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

import {Instrumenter} from '@stryker-mutator/instrumenter';
import ts from 'typescript';

import {type ConstantMutant, constantMutantsOf, SWITCHES, withSwitches} from './constants';

/** A place in a file; both counted from 0. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** A change that Stryker can make to a source file. */
export interface Mutant {
  /** Path from the project's root. */
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
  readonly mutator: string;
  readonly replacement: string;
  /**
   * Identity across commits: a hash of the file's path, the statement of the module that the mutant is in,
   * where in it, and of the replacement. What changes elsewhere in the file leaves it as it is.
   */
  readonly key: string;
  /** Where it is another number for a constant. */
  readonly constant?: ConstantMutant;
  /** Whether it stands in the arguments of an error that is made. */
  readonly isMessage: boolean;
}

/** Whether mutation testing is for this file: code of src, but no barrel and no assembly. */
export const isMutable = (file: string): boolean =>
  /^src\/.+\.ts$/.test(file) &&
  !/(^|\/)index\.ts$/.test(file) &&
  !/^src\/kernels\/wasm\/(assembly|generated)\//.test(file);

/** The files of one folder of src, not of the folders in it. */
export const filesIn = (folder: string): string[] =>
  readdirSync(path.join('src', folder))
    .map((name) => path.posix.join('src', folder, name))
    .filter(isMutable)
    .sort();

/** Folders of src with code of their own, `attacks/apgd` apart from `attacks`. */
export function foldersOfSource(): string[] {
  const names = readdirSync('src', {recursive: true, encoding: 'utf8'})
    .map((name) => path.posix.join('src', name))
    .filter(isMutable)
    .map((name) => path.posix.dirname(name).slice('src/'.length))
    .filter((name) => name !== '' && name !== '.');
  return [...new Set(names)].sort();
}

/** A mutant's name within one version of the sources. */
const nameOf = (mutant: Omit<Mutant, 'key' | 'isMessage'>): string => {
  const {file, start, end, mutator, replacement} = mutant;
  const place = [start.line, start.column, end.line, end.column].join(':');
  return `${file}:${place}:${mutator}:${replacement}`;
};

/** One line for a reader. */
export const describeMutant = ({file, start, mutator, replacement}: Mutant): string =>
  `${file.slice('src/'.length)}:${start.line + 1} ${mutator}: ${replacement.replace(/\s+/g, ' ').slice(0, 80)}`;

const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 10);

/** A random order that a seed decides: what is added to the list leaves the order of the others. */
export const inRandomOrder = (mutants: readonly Mutant[], seed: number): Mutant[] =>
  mutants
    .map((mutant) => ({mutant, rank: hash(String(seed), mutant.key)}))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({mutant}) => mutant);

const silent = () => undefined;
const never = () => false;
const LOGGER = {
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
  isTraceEnabled: never,
  isDebugEnabled: never,
  isInfoEnabled: never,
  isWarnEnabled: never,
  isErrorEnabled: never,
  isFatalEnabled: never,
};

// `() => undefined` in place of a function is caught wherever the function is called, and most of them
// would need a process of their own. Without them a score is lower, if anything.
const EXCLUDED = ['ArrowFunction'];

type Ranges = {start: Position; end: Position}[];

function instrument(texts: ReadonlyMap<string, string>, rangesOf: (file: string) => true | Ranges) {
  const files = [...texts].map(([name, content]) => ({name, mutate: rangesOf(name), content}));
  const options = {excludedMutations: EXCLUDED, ignorers: [], plugins: null, noHeader: false};
  return new Instrumenter(LOGGER).instrument(files, options);
}

const read = (file: string): string => readFileSync(file, 'utf8');

/** All mutants of some files, or of texts that are given for them. */
export async function mutantsOf(
  files: readonly string[],
  textOf: (file: string) => string = read,
): Promise<Mutant[]> {
  const texts = new Map(files.map((file) => [file, textOf(file)]));
  const {mutants} = await instrument(texts, () => true);
  const sources = new Map(
    [...texts].map(([file, text]) => [
      file,
      ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true),
    ]),
  );
  const ofCode = mutants
    .filter(({status}) => status !== 'Ignored')
    .map((found) => describe(found, sources.get(found.fileName)));
  return [...ofCode, ...[...sources].flatMap(([file, source]) => ofConstants(file, source))];
}

/** What {@link mutantsOf} finds that Stryker does not make. */
const ofConstants = (file: string, source: ts.SourceFile): Mutant[] =>
  constantMutantsOf(source).map((constant) => {
    const placeOf = (offset: number): Position => {
      const {line, character} = source.getLineAndCharacterOfPosition(offset);
      return {line, column: character};
    };
    const location = {start: placeOf(constant.from), end: placeOf(constant.to)};
    const replacement = String(constant.replacement);
    const found = {fileName: file, location, mutatorName: 'Constant', replacement};
    return {...describe(found, source), constant};
  });

type Found = Pick<
  Awaited<ReturnType<typeof instrument>>['mutants'][number],
  'fileName' | 'location' | 'mutatorName' | 'replacement'
>;

function describe({fileName, location, mutatorName, replacement}: Found, source?: ts.SourceFile) {
  if (source === undefined) throw new Error(`A mutant of ${fileName}, which was not asked for.`);
  const offset = ({line, column}: Position) => source.getPositionOfLineAndCharacter(line, column);
  const [from, to] = [offset(location.start), offset(location.end)];
  const statement = source.statements.find((one) => one.getStart() <= from && to <= one.getEnd());
  const place = statement === undefined ? [from, to] : [from - statement.getStart(), to - from];
  return {
    file: fileName,
    start: location.start,
    end: location.end,
    mutator: mutatorName,
    replacement,
    key: hash(fileName, statement?.getText() ?? '', place.join(), mutatorName, replacement),
    isMessage: isInError(source, from, to),
  };
}

/** The sources of some mutants with a switch for each, and which mutant an id switches on. */
export async function instrumented(mutants: readonly Mutant[]): Promise<{
  readonly sources: Readonly<Record<string, string>>;
  readonly byId: ReadonlyMap<string, Mutant>;
}> {
  const texts = new Map(mutants.map(({file}) => [file, read(file)]));
  const ofCode = mutants.filter(({constant}) => constant === undefined);
  const rangesOf = (file: string) =>
    ofCode.filter((mutant) => mutant.file === file).map(({start, end}) => ({start, end}));
  const result = await instrument(texts, rangesOf);
  const wanted = new Map(ofCode.map((mutant) => [nameOf(mutant), mutant]));
  const byId = new Map<string, Mutant>();
  for (const {id, fileName, location, mutatorName, replacement} of result.mutants) {
    const {start, end} = location;
    const name = nameOf({file: fileName, start, end, mutator: mutatorName, replacement});
    const mutant = wanted.get(name);
    if (mutant !== undefined) byId.set(id, mutant);
  }
  if (byId.size !== wanted.size) throw new Error('Some mutants were not made a second time.');
  const constantsOf = (file: string) =>
    mutants.flatMap((mutant, index) => {
      if (mutant.file !== file || mutant.constant === undefined) return [];
      const id = `constant ${index}`;
      byId.set(id, mutant);
      return [[id, mutant.constant] as const];
    });
  const sources = result.files.map(({name, content}) => {
    const ids = [...byId].flatMap(([id, {file}]) => (file === name ? [id] : []));
    // The last line tells the runner which of them code has reached that runs once, while loading.
    const end = `${SWITCHES}.loaded?.(${JSON.stringify(ids)});\n`;
    return [name, withSwitches(content, new Map(constantsOf(name))) + end] as const;
  });
  return {sources: Object.fromEntries(sources), byId};
}

/** Whether the innermost `new SomeError(...)` or `refuse...(...)` around a place is an error's. */
function isInError(source: ts.SourceFile, from: number, to: number): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (node.getStart() > from || node.getEnd() < to) return;
    const isError =
      ts.isNewExpression(node) &&
      node.expression.getText().endsWith('Error') &&
      node.getStart() < from;
    if (isError) found = true;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
