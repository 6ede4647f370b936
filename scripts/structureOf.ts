import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

import ts from 'typescript';

interface LongFunction {
  readonly name: string;
  readonly file: string;
  readonly lines: number;
}

/** What is counted in one source file. */
interface FileFigures {
  readonly lines: number;
  readonly assertions: number;
  readonly functions: readonly LongFunction[];
  readonly imports: readonly string[];
}

const isGenerated = (file: string): boolean =>
  /^kernels\/wasm\/(assembly|generated)\//.test(file) || /\w+Module\.ts$/.test(file);

function filesOf(folder: string): string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !isGenerated(file))
    .sort();
}

const isConst = (node: ts.AsExpression): boolean =>
  ts.isTypeReferenceNode(node.type) && node.type.typeName.getText() === 'const';

function nameOf(node: ts.Node): string {
  const {parent} = node;
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
    return node.name?.getText() ?? 'default';
  }
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) {
    return parent.name.getText();
  }
  return 'anonymous';
}

function figuresOf(file: string, text: string): FileFigures {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const functions: LongFunction[] = [];
  const imports: string[] = [];
  let assertions = 0;
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isAsExpression(node) && !isConst(node)) assertions++;
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const lines = lineOf(node.getEnd()) - lineOf(node.getStart()) + 1;
      functions.push({name: nameOf(node), file, lines});
    }
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined &&
      ts.isStringLiteral(node.moduleSpecifier) &&
      node.moduleSpecifier.text.startsWith('.')
    ) {
      imports.push(path.posix.join(path.posix.dirname(file), node.moduleSpecifier.text));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return {lines: text.split('\n').length - 1, assertions, functions, imports};
}

/** How many floors the rooms stand on: the longest chain of rooms that import each other. */
function countFloors(arrows: readonly (readonly [from: string, to: string])[]): number {
  const heights = new Map<string, number>();
  const height = (room: string): number => {
    const known = heights.get(room);
    if (known !== undefined) return known;
    heights.set(room, 1); // a room on the way to itself counts once
    const below = arrows.filter(([from]) => from === room).map(([, to]) => height(to));
    heights.set(room, 1 + Math.max(0, ...below));
    return 1 + Math.max(0, ...below);
  };
  return Math.max(0, ...arrows.map(([from]) => height(from)));
}

/** Edges of the import graph that lead back to a file on the way to them. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string): void => {
    state.set(file, 'open');
    for (const target of graph.get(file) ?? []) {
      if (state.get(target) === 'open') cycles.push(`${file} -> ${target}`);
      else if (!state.has(target)) visit(target);
    }
    state.set(file, 'done');
  };
  for (const file of graph.keys()) if (!state.has(file)) visit(file);
  return cycles;
}

/** The figures of a folder of sources. */
export interface Structure {
  readonly rooms: number;
  readonly floors: number;
  readonly files: number;
  readonly lines: number;
  readonly medianFile: number;
  readonly longestFile: number;
  /** Pairs of rooms of which the first imports the second. */
  readonly roomArrows: number;
  /** Imports that lead back to a file on the way to them. */
  readonly cycles: number;
  readonly cyclicImports: readonly string[];
  /** `x as T`, but for `as const`. */
  readonly assertions: number;
  readonly functionsOver80Lines: number;
  readonly longestFunctions: readonly string[];
}

/**
 * Measures the structure of a folder of sources; barrels, files beside the rooms, built modules and
 * AssemblyScript are left out.
 *
 * @param src - The folder, whose folders are the rooms.
 */
export function structureOf(src: string): Structure {
  const figures = new Map(
    filesOf(src).map((file) => [file, figuresOf(file, readFileSync(path.join(src, file), 'utf8'))]),
  );
  const room = (file: string): string => file.split('/')[0] ?? '';
  const inner = [...figures].filter(([file]) => file.includes('/') && !file.endsWith('index.ts'));
  const arrows = new Set(
    inner.flatMap(([file, {imports}]) =>
      imports
        .filter((target) => room(target) !== room(file))
        .map((target) => `${room(file)} ${room(target)}`),
    ),
  );
  const lengths = inner.map(([, {lines}]) => lines).sort((a, b) => a - b);
  const longest = [...figures.values()]
    .flatMap(({functions}) => functions)
    .sort((a, b) => b.lines - a.lines);
  const cycles = cyclesOf(
    new Map([...figures].map(([file, {imports}]) => [file, imports.map((f) => `${f}.ts`)])),
  );
  const pairs = [...arrows].map((arrow): [string, string] => {
    const [from = '', to = ''] = arrow.split(' ');
    return [from, to];
  });
  return {
    rooms: new Set(inner.map(([file]) => room(file))).size,
    floors: countFloors(pairs),
    files: inner.length,
    lines: lengths.reduce((sum, lines) => sum + lines, 0),
    medianFile: lengths[Math.floor(lengths.length / 2)] ?? 0,
    longestFile: lengths.at(-1) ?? 0,
    roomArrows: arrows.size,
    cycles: cycles.length,
    cyclicImports: cycles,
    assertions: inner.reduce((sum, [, {assertions}]) => sum + assertions, 0),
    functionsOver80Lines: longest.filter(({lines}) => lines > 80).length,
    longestFunctions: longest
      .slice(0, 8)
      .map(({name, file, lines}) => `${name} (${file}): ${lines}`),
  };
}
