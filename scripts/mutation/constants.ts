import ts from 'typescript';

/** A number that a module names, and another one in its place. */
export interface ConstantMutant {
  /** Place of the number in the text. */
  readonly from: number;
  readonly to: number;
  /** Name of the variable. */
  readonly variable: string;
  /** Property of the object that the variable is; `undefined` where it is the number. */
  readonly property?: string | undefined;
  readonly value: number;
  readonly replacement: number;
}

/** Two other numbers: of another order for a fraction, fewer and more for a count. */
function othersOf(value: number): number[] {
  if (value === 0) return [1];
  if (!Number.isInteger(value)) return [value / 100, value * 100];
  return Math.abs(value) === 1 ? [2 * value] : [Math.sign(value), 2 * value];
}

function numberOf(node: ts.Expression): number | undefined {
  if (ts.isNumericLiteral(node)) return Number(node.text.replaceAll('_', ''));
  const isNegative = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken;
  if (!isNegative) return undefined;
  const value = numberOf(node.operand);
  return value === undefined ? undefined : -value;
}

const unwrapped = (node: ts.Expression): ts.Expression =>
  ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ? unwrapped(node.expression) : node;

/** Numbers that a module's own constants are, or have as a property: thresholds, counts, defaults. */
export function constantMutantsOf(source: ts.SourceFile): ConstantMutant[] {
  const found: ConstantMutant[] = [];
  const add = (node: ts.Expression, variable: string, property?: string) => {
    const value = numberOf(node);
    if (value === undefined) return;
    for (const replacement of othersOf(value)) {
      found.push({
        from: node.getStart(),
        to: node.getEnd(),
        variable,
        property,
        value,
        replacement,
      });
    }
  };
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const {name, initializer} of statement.declarationList.declarations) {
      if (!ts.isIdentifier(name) || initializer === undefined) continue;
      const value = unwrapped(initializer);
      add(value, name.text);
      if (!ts.isObjectLiteralExpression(value)) continue;
      for (const property of value.properties) {
        if (ts.isPropertyAssignment(property) && ts.isIdentifier(property.name)) {
          add(unwrapped(property.initializer), name.text, property.name.text);
        }
      }
    }
  }
  return found;
}

/** What Stryker's code and the runner share, where a module need not have any of Stryker's code. */
export const SWITCHES = '((globalThis as any).__stryker__ ??= {})';

/** A module whose constants are variables, with a switch for each, under the id of its mutant. */
export function withSwitches(text: string, constants: ReadonlyMap<string, ConstantMutant>): string {
  let result = text;
  for (const {variable, property} of constants.values()) {
    if (property !== undefined) continue;
    const declaration = new RegExp(`(^|\\n)(export )?const ${variable}\\b`);
    result = result.replace(declaration, `$1$2let ${variable}`);
  }
  const lines = [...constants].map(([id, {variable, property, value, replacement}]) => {
    const target = property === undefined ? variable : `(${variable} as any).${property}`;
    return `(${SWITCHES}.constants ??= {})['${id}'] = (on: boolean) => { ${target} = on ? ${replacement} : ${value}; };`;
  });
  return [result, ...lines, ''].join('\n');
}
