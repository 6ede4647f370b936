/**
 * Measures the structure of src: `npx tsx scripts/structure.ts [--src FOLDER] [--json]`.
 * The figures in docs/decisions come from it.
 */
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

import {Command} from 'commander';
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

/** Edges of the import graph that lead back to a file on the way to them. */
function countCycles(graph: ReadonlyMap<string, readonly string[]>): number {
  const state = new Map<string, 'open' | 'done'>();
  let cycles = 0;
  const visit = (file: string): void => {
    state.set(file, 'open');
    for (const target of graph.get(file) ?? []) {
      if (state.get(target) === 'open') cycles++;
      else if (!state.has(target)) visit(target);
    }
    state.set(file, 'done');
  };
  for (const file of graph.keys()) if (!state.has(file)) visit(file);
  return cycles;
}

const {src, json} = new Command('structure')
  .option('--src <folder>', 'the sources', 'src')
  .option('--json', 'print JSON')
  .parse()
  .opts<{src: string; json?: boolean}>();

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
const result = {
  rooms: new Set(inner.map(([file]) => room(file))).size,
  files: inner.length,
  lines: lengths.reduce((sum, lines) => sum + lines, 0),
  medianFile: lengths[Math.floor(lengths.length / 2)],
  longestFile: lengths.at(-1),
  roomArrows: arrows.size,
  cycles: countCycles(
    new Map([...figures].map(([file, {imports}]) => [file, imports.map((f) => `${f}.ts`)])),
  ),
  assertions: inner.reduce((sum, [, {assertions}]) => sum + assertions, 0),
  functionsOver80Lines: longest.filter(({lines}) => lines > 80).length,
  longestFunctions: longest.slice(0, 8).map(({name, file, lines}) => `${name} (${file}): ${lines}`),
};
if (json === true) console.log(JSON.stringify(result, null, 2));
else {
  for (const [name, value] of Object.entries(result)) {
    console.log(`${name}: ${Array.isArray(value) ? `\n  ${value.join('\n  ')}` : value}`);
  }
}
