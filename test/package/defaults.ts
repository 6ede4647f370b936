import ts from 'typescript';

type Values = Map<string, ts.Expression>;

const unwrapped = (expression: ts.Expression): ts.Expression =>
  ts.isAsExpression(expression) ||
  ts.isSatisfiesExpression(expression) ||
  ts.isParenthesizedExpression(expression)
    ? unwrapped(expression.expression)
    : expression;

const parse = (name: string, text: string) =>
  ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);

// Every `const DEFAULTS = {...}` (or `defaults`, or `DEFAULT_...`) of a file, at any depth.
function defaultObjects(
  source: ts.SourceFile,
): {name: string; object: ts.ObjectLiteralExpression}[] {
  const found: {name: string; object: ts.ObjectLiteralExpression}[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isVariableDeclaration(node) &&
      /default/i.test(node.name.getText(source)) &&
      node.initializer !== undefined
    ) {
      const object = unwrapped(node.initializer);
      if (ts.isObjectLiteralExpression(object))
        found.push({name: node.name.getText(source), object});
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function entriesOf(
  object: ts.ObjectLiteralExpression,
  shared: ReadonlyMap<string, ts.ObjectLiteralExpression>,
): Values {
  const values: Values = new Map();
  for (const property of object.properties) {
    if (ts.isPropertyAssignment(property)) {
      values.set(property.name.getText(), unwrapped(property.initializer));
    } else if (ts.isShorthandPropertyAssignment(property)) {
      values.set(property.name.text, property.name);
    } else if (ts.isSpreadAssignment(property)) {
      const spread = unwrapped(property.expression);
      const other = ts.isObjectLiteralExpression(spread) ? spread : shared.get(spread.getText());
      if (other !== undefined) for (const entry of entriesOf(other, shared)) values.set(...entry);
    }
  }
  return values;
}

// Names of an interface's properties to the text of their `@defaultValue`. A required one without
// a tag has only a placeholder among the defaults.
function tagsOf(declaration: ts.InterfaceDeclaration): Map<string, string | undefined> {
  return new Map(
    declaration.members.filter(ts.isPropertySignature).flatMap((member) => {
      const tag = ts.getJSDocTags(member).find(({tagName}) => tagName.text === 'defaultValue');
      if (tag === undefined && member.questionToken === undefined) return [];
      const comment = ts.getTextOfJSDocComment(tag?.comment);
      return [[member.name.getText(), tag === undefined ? undefined : (comment ?? '')]];
    }),
  );
}

/** The value of an expression made of literals only; throws for any other. */
function evaluate(text: string): unknown {
  const source = parse('value.ts', `(${text});`);
  const isStatic = (node: ts.Node): boolean =>
    (!ts.isIdentifier(node) || ['undefined', 'Infinity', 'NaN'].includes(node.text)) &&
    !ts.isCallExpression(node) &&
    !ts.isFunctionLike(node) &&
    !ts.forEachChild(node, (child) => (isStatic(child) ? undefined : true));
  if (!isStatic(source)) throw new Error('not static');
  return new Function(`'use strict'; return (${text});`)() as unknown;
}

// What a tag says: "8/255", "`'kl'`, as in the paper", "\{\}: none".
function stated(tag: string): {value: unknown} | undefined {
  const text = tag.replace(/[`\\]/g, '').trim();
  const beginnings = [...text.matchAll(/[,:(;]|\.\s/g)].map(({index}) => text.slice(0, index));
  for (const candidate of [text, ...beginnings.reverse()]) {
    try {
      return {value: evaluate(candidate)};
    } catch {
      // Prose: try a shorter beginning.
    }
  }
  return undefined;
}

function disagreement(tag: string | undefined, value: ts.Expression): string | undefined {
  const text = value.getText();
  let actual: unknown;
  try {
    actual = evaluate(text);
  } catch {
    // A named function or constant: the tag has to name it. Anything longer is not decidable.
    const names = ts.isIdentifier(value) && !(tag ?? '').includes(text);
    return names ? `the tag says ${tag ?? 'nothing'}, the code ${text}` : undefined;
  }
  if (tag === undefined) return actual === undefined ? undefined : `${text} has no @defaultValue`;
  const said = stated(tag);
  const agrees =
    said === undefined
      ? actual === undefined // prose: "none: start at x"
      : JSON.stringify([said.value]) === JSON.stringify([actual]);
  return agrees ? undefined : `the tag says ${tag}, the code ${text}`;
}

/**
 * Where `@defaultValue` tags and the objects given to `withDefaults` disagree, as far as the
 * source text decides it.
 *
 * @param sources - `folder/name.ts` to source text.
 * @returns One sentence per problem, and how many values were compared.
 */
export function defaultProblems(sources: ReadonlyMap<string, string>): {
  problems: string[];
  compared: number;
} {
  const parsed = [...sources].map(([name, text]) => parse(name, text));
  const shared = new Map(
    parsed.flatMap(defaultObjects).map(({name, object}) => [name, object] as const),
  );
  const problems: string[] = [];
  let compared = 0;
  for (const source of parsed) {
    const interfaces = source.statements.filter(ts.isInterfaceDeclaration).map(tagsOf);
    for (const {object} of defaultObjects(source)) {
      const values = entriesOf(object, shared);
      const overlap = (tags: ReadonlyMap<string, unknown>) =>
        [...values.keys()].filter((key) => tags.has(key)).length;
      const [tags] = [...interfaces].sort((a, b) => overlap(b) - overlap(a));
      if (tags === undefined || overlap(tags) === 0) continue;
      for (const [key, tag] of tags) {
        const value = values.get(key);
        const problem =
          value !== undefined
            ? disagreement(tag, value)
            : tag === undefined
              ? undefined
              : 'documented, but withDefaults does not know it';
        if (value !== undefined) compared++;
        if (problem !== undefined) problems.push(`${source.fileName}: ${key}: ${problem}`);
      }
    }
  }
  return {problems, compared};
}
