import ts from 'typescript';

import {publicFolders} from '../test/package/sources';

/** What can be imported: the module of each name, and whether it is a type. */
export type PublicNames = ReadonlyMap<string, {readonly module: string; readonly isType: boolean}>;

const LAYERS = '@tensorflow/tfjs-layers';
// What the union package has as `tf.layers` and so on: of a package of its own here.
const OF_LAYERS: ReadonlyMap<string, boolean> = new Map([
  ...['initializers', 'input', 'layers', 'loadLayersModel', 'model', 'sequential'].map(
    (name) => [name, false] as const,
  ),
  ...['LayersModel', 'Sequential', 'SymbolicTensor'].map((name) => [name, true] as const),
]);
const NAMESPACES: Readonly<Record<string, string>> = {
  tf: '@tensorflow/tfjs-core',
  fc: 'fast-check',
  tfl: LAYERS,
};

const parse = (code: string): ts.SourceFile =>
  ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);

/**
 * The public names of the package: from the root where the root has them, else from their subpath.
 *
 * @param read - Text of a file of the repository.
 */
export function publicNames(read: (file: string) => string): PublicNames {
  const names = new Map<string, {module: string; isType: boolean}>();
  const root = parse(read('src/index.ts'));
  const inRoot = new Set(
    root.statements.flatMap((statement) =>
      ts.isExportDeclaration(statement) && statement.exportClause === undefined
        ? [/\.\/(\w+)\/index/.exec(statement.moduleSpecifier?.getText(root) ?? '')?.[1] ?? '']
        : [],
    ),
  );
  const add = (file: string, module: string) => {
    for (const statement of parse(read(file)).statements) {
      if (!ts.isExportDeclaration(statement)) continue;
      const clause = statement.exportClause;
      if (clause === undefined || !ts.isNamedExports(clause)) continue;
      for (const {name, isTypeOnly} of clause.elements) {
        const isType = isTypeOnly || statement.isTypeOnly;
        if (!names.has(name.text)) names.set(name.text, {module, isType});
      }
    }
  };
  const rooms = publicFolders();
  for (const room of rooms.filter((name) => inRoot.has(name))) {
    add(`src/${room}/index.ts`, 'lt-robust');
  }
  add('src/index.ts', 'lt-robust');
  for (const room of rooms.filter((name) => !inRoot.has(name))) {
    add(`src/${room}/index.ts`, `lt-robust/${room}`);
  }
  return names;
}

/** Whether an identifier stands for a value or type that has to come from somewhere. */
function isReference(node: ts.Identifier): boolean {
  const {parent} = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isImportSpecifier(parent) || ts.isNamespaceImport(parent)) return false;
  if (ts.isPropertySignature(parent) || ts.isMethodDeclaration(parent)) return false;
  return !('name' in parent && parent.name === node) || ts.isShorthandPropertyAssignment(parent);
}

interface Names {
  readonly declared: ReadonlySet<string>;
  readonly used: ReadonlySet<string>;
  /** Names that stand after `tf.` and are of tfjs-layers. */
  readonly layers: readonly ts.Node[];
}

function namesOf(source: ts.SourceFile): Names {
  const [declared, used] = [new Set<string>(), new Set<string>()];
  const layers: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isIdentifier(node)) {
      if (isReference(node)) used.add(node.text);
      else if ('name' in node.parent && node.parent.name === node && isDeclaration(node.parent)) {
        declared.add(node.text);
      }
    }
    const [left, right] = ts.isPropertyAccessExpression(node)
      ? [node.expression, node.name]
      : ts.isQualifiedName(node)
        ? [node.left, node.right]
        : [];
    if (left?.getText(source) === 'tf' && right !== undefined && OF_LAYERS.has(right.text)) {
      layers.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return {declared, used, layers};
}

const isDeclaration = (node: ts.Node): boolean =>
  ts.isVariableDeclaration(node) ||
  ts.isParameter(node) ||
  ts.isBindingElement(node) ||
  ts.isFunctionDeclaration(node) ||
  ts.isClassDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeParameterDeclaration(node);

/** `tf.layers` as `layers`, or as `tfl.layers` where the example has that name for something else. */
function splitLayers(code: string): string {
  const source = parse(code);
  const {declared, layers} = namesOf(source);
  return [...layers].reverse().reduce((text, node) => {
    const start = node.getStart(source);
    const name = node.getText(source).slice('tf.'.length);
    return `${text.slice(0, start)}${declared.has(name) ? `tfl.${name}` : name}${text.slice(node.end)}`;
  }, code);
}

// Short enough for a line of a docstring of two levels.
const WIDTH = 96;

function importLine(module: string, names: readonly (readonly [string, boolean])[]): string {
  const sorted = [...names].sort(([a], [b]) => a.localeCompare(b, 'en'));
  const isTypes = sorted.every(([, isType]) => isType);
  const list = sorted.map(([name, isType]) => (isType && !isTypes ? `type ${name}` : name));
  const keyword = isTypes ? 'import type' : 'import';
  const line = `${keyword} {${list.join(', ')}} from '${module}';`;
  if (line.length <= WIDTH) return line;
  return `${keyword} {\n${list.map((name) => `  ${name},`).join('\n')}\n} from '${module}';`;
}

/** An example with the imports that it needs, and no others. */
export function exampleWithImports(code: string, known: PublicNames): string {
  const body = splitLayers(code);
  const source = parse(body);
  const imports = source.statements.filter((statement) => ts.isImportDeclaration(statement));
  const {declared, used} = namesOf(source);
  const byModule = new Map<string, (readonly [string, boolean])[]>();
  const namespaces: [module: string, name: string][] = [];
  const bare: string[] = [];
  const put = (module: string, name: string, isType: boolean) => {
    byModule.set(module, [...(byModule.get(module) ?? []), [name, isType]]);
  };
  // What it imports from elsewhere stays as it is.
  const kept = imports.filter((statement) => {
    const module = (statement.moduleSpecifier as ts.StringLiteral).text;
    if (statement.importClause === undefined) bare.push(statement.getText(source));
    const isOurs = /^(lt-robust|@tensorflow\/tfjs-(core|layers)$|fast-check$)/.test(module);
    return !isOurs && statement.importClause !== undefined;
  });
  const fromElsewhere = new Set(
    kept.flatMap((statement) => statement.getText(source).match(/\w+/g) ?? []),
  );
  for (const name of used) {
    if (declared.has(name) || fromElsewhere.has(name)) continue;
    const namespace = NAMESPACES[name];
    const ofLayers = OF_LAYERS.get(name);
    const own = known.get(name);
    if (namespace !== undefined) namespaces.push([namespace, name]);
    else if (own !== undefined) put(own.module, name, own.isType);
    else if (ofLayers !== undefined) put(LAYERS, name, ofLayers);
  }
  const lines = [
    ...namespaces.map(([module, name]) => [module, `import * as ${name} from '${module}';`]),
    ...[...byModule].map(([module, names]) => [module, importLine(module, names)]),
    ...kept.map((statement) => [
      (statement.moduleSpecifier as ts.StringLiteral).text,
      statement.getText(source),
    ]),
  ]
    .sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, line = '']) => line);
  const rest = body.slice(imports.at(-1)?.end ?? 0).replace(/^\n+/, '');
  const head = [...bare, ...lines];
  return head.length === 0 ? rest : `${head.join('\n')}\n\n${rest}`;
}

/** A source text with the imports in all its examples. */
export function withImports(text: string, known: PublicNames): string {
  return text.replace(
    /^([ \t]*\* )```ts([^\n]*)\n([^]*?)^[ \t]*\* ```$/gm,
    (whole, prefix: string, info: string, block: string) => {
      const code = block
        .split('\n')
        .slice(0, -1)
        .map((line) => line.replace(/^\s*\* ?/, ''))
        .join('\n');
      const made = exampleWithImports(code, known);
      if (made === code) return whole;
      const lines = made.split('\n').map((line) => `${prefix}${line}`.trimEnd());
      return `${prefix}\`\`\`ts${info}\n${lines.join('\n')}\n${prefix}\`\`\``;
    },
  );
}
