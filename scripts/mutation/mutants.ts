import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

import {Instrumenter} from '@stryker-mutator/instrumenter';
import ts from 'typescript';

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

/** How the plugin and this side call a mutant. */
export const nameOf = ({file, start, end, mutator, replacement}: Mutant): string =>
  `${file}:${[start.line, start.column, end.line, end.column].join(':')}:${mutator}:${replacement}`;

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

/** All mutants of some files, or of texts that are given for them. */
export async function mutantsOf(
  files: readonly string[],
  textOf: (file: string) => string = (file) => readFileSync(file, 'utf8'),
): Promise<Mutant[]> {
  const texts = new Map(files.map((file) => [file, textOf(file)]));
  const inputs = files.map((name) => ({name, mutate: true, content: texts.get(name) ?? ''}));
  const options = {excludedMutations: [], ignorers: [], plugins: null, noHeader: true};
  const {mutants} = await new Instrumenter(LOGGER).instrument(inputs, options);
  const sources = new Map(
    [...texts].map(([file, text]) => [
      file,
      ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true),
    ]),
  );
  return mutants.map(({fileName, location, mutatorName, replacement}) => {
    const source = sources.get(fileName);
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
  });
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
