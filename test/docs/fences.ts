import ts from 'typescript';

/** A fenced block of TypeScript, and where it stands. */
export interface Fence {
  /** File, relative to the repository, and line of its first line of code. */
  readonly file: string;
  readonly line: number;
  readonly code: string;
  /** Why it is only type-checked, from "```ts no-run <reason>"; absent if it runs. */
  readonly noRun?: string;
}

const OPENING = /^\s*```(?:ts|typescript)(?:\s+(.*))?$/;

function fencesOfLines(lines: readonly string[], file: string, firstLine: number): Fence[] {
  const fences: Fence[] = [];
  for (let i = 0; i < lines.length; i++) {
    const info = OPENING.exec(lines[i] ?? '');
    if (info === null) continue;
    const end = lines.findIndex((line, j) => j > i && line.trim() === '```');
    if (end < 0) throw new Error(`${file}:${firstLine + i}: this fence is not closed`);
    const words = info[1]?.trim() ?? '';
    if (words !== '' && !words.startsWith('no-run ')) {
      throw new Error(
        `${file}:${firstLine + i}: after "ts" only "no-run <reason>" is understood, found "${words}"`,
      );
    }
    fences.push({
      file,
      line: firstLine + i + 1,
      code: lines.slice(i + 1, end).join('\n'),
      ...(words === '' ? {} : {noRun: words.slice('no-run '.length)}),
    });
    i = end;
  }
  return fences;
}

/** All TypeScript fences of a Markdown text. */
export const fencesOfMarkdown = (text: string, file: string): Fence[] =>
  fencesOfLines(text.split('\n'), file, 1);

/** All TypeScript fences in the doc comments of a source text. */
export function fencesOfSource(text: string, file: string): Fence[] {
  return [...text.matchAll(/\/\*\*[^]*?\*\//g)].flatMap(({0: comment, index}) => {
    const firstLine = text.slice(0, index).split('\n').length;
    const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
    return fencesOfLines(lines, file, firstLine);
  });
}

/** A fence made ready to run as the body of an async function. */
export interface Program {
  /**
   * JavaScript that uses two functions: `__load(module)` for imports, and
   * `__check(line, value, expected)` for each value that the fence states.
   */
  readonly code: string;
  /** How many values it states. */
  readonly checks: number;
}

// The text after "// =>" on the last line of a statement, or alone on the line after it.
function statedValue(source: ts.SourceFile, statement: ts.Statement): string | undefined {
  const rest = source.text.slice(statement.end);
  const match = /^[ \t]*(?:\n[ \t]*)?\/\/ =>(.*)/.exec(rest);
  return match?.[1]?.trim();
}

function checkOf(source: ts.SourceFile, statement: ts.Statement, line: number): string {
  const stated = statedValue(source, statement);
  if (stated === undefined) return '';
  const arguments_ = (expression: string) =>
    `;__check(${line}, ${expression}, ${JSON.stringify(stated)});`;
  if (ts.isExpressionStatement(statement)) return arguments_(statement.expression.getText(source));
  if (ts.isVariableStatement(statement)) {
    const name = statement.declarationList.declarations[0]?.name;
    if (name !== undefined && ts.isIdentifier(name)) return arguments_(name.text);
  }
  throw new Error(`line ${line}: "// =>" stands after something that has no value`);
}

function loadOf(declaration: ts.ImportDeclaration, source: ts.SourceFile): string {
  const {importClause, moduleSpecifier} = declaration;
  const load = `await __load(${moduleSpecifier.getText(source)})`;
  if (importClause === undefined) return `${load};`;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return '';
  const {namedBindings} = importClause;
  if (namedBindings === undefined || importClause.name !== undefined) {
    throw new Error(`a default import of ${moduleSpecifier.getText(source)}: import by name`);
  }
  if (ts.isNamespaceImport(namedBindings)) return `const ${namedBindings.name.text} = ${load};`;
  const names = namedBindings.elements
    .filter((element) => !element.isTypeOnly)
    .map(({propertyName, name}) =>
      propertyName === undefined ? name.text : `${propertyName.text}: ${name.text}`,
    );
  return `const {${names.join(', ')}} = ${load};`;
}

/** Turns a fence into a program that checks the values it states. */
export function programOf(fence: Fence): Program {
  const source = ts.createSourceFile('fence.ts', fence.code, ts.ScriptTarget.ES2022, true);
  let checks = 0;
  const parts = source.statements.map((statement) => {
    if (ts.isImportDeclaration(statement)) return loadOf(statement, source);
    const {line} = source.getLineAndCharacterOfPosition(statement.getStart(source));
    const check = checkOf(source, statement, fence.line + line);
    if (check === '') return statement.getText(source).replace(/^export /, '');
    checks++;
    // The check evaluates the expression itself: once, not twice.
    return ts.isExpressionStatement(statement) ? check : statement.getText(source) + check;
  });
  const stated = fence.code.match(/\/\/ =>/g)?.length ?? 0;
  if (stated !== checks) {
    throw new Error(
      `${fence.file}:${fence.line}: ${stated} lines with "// =>", but only ${checks} follow a ` +
        'top-level statement',
    );
  }
  const {outputText} = ts.transpileModule(`async () => {${parts.join('\n')}\n}`, {
    compilerOptions: {target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext},
  });
  return {code: outputText.trim().replace(/;$/, ''), checks};
}
