import path from 'node:path';

import ts from 'typescript';

import {ROOT} from '../package/sources';
import type {Fence} from './fences';

function options(): ts.CompilerOptions {
  const file = path.join(ROOT, 'tsconfig.json');
  const {config} = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as {
    config: {compilerOptions: object};
  };
  const {options: parsed} = ts.parseJsonConfigFileContent(
    {...config, files: [], include: []},
    ts.sys,
    ROOT,
  );
  return {
    ...parsed,
    // A fence shows a thing; what it declares need not be used.
    noUnusedLocals: false,
    noUnusedParameters: false,
    // A user's program is "strict", seldom more.
    exactOptionalPropertyTypes: false,
    noPropertyAccessFromIndexSignature: false,
    noUncheckedIndexedAccess: false,
  };
}

/**
 * Type-checks fences, all in one program, with the compiler options of the project.
 *
 * @returns One message per error, with the place in the document.
 */
export function typeErrors(fences: readonly Fence[]): string[] {
  const texts = new Map<string, Fence>();
  fences.forEach((fence, i) => {
    texts.set(path.join(ROOT, 'test/docs', `fence${i}.virtual.ts`), fence);
  });
  const textOf = ({code}: Fence) => `${code}\nexport {};`;
  const host = ts.createCompilerHost(options());
  const {fileExists, readFile, getSourceFile} = host;
  host.fileExists = (name) => texts.has(name) || fileExists.call(host, name);
  host.readFile = (name) => {
    const fence = texts.get(name);
    return fence === undefined ? readFile.call(host, name) : textOf(fence);
  };
  host.getSourceFile = (name, target, ...rest) => {
    const fence = texts.get(name);
    return fence === undefined
      ? getSourceFile.call(host, name, target, ...rest)
      : ts.createSourceFile(name, textOf(fence), target, true);
  };
  const program = ts.createProgram([...texts.keys()], options(), host);
  return [...texts].flatMap(([name, fence]) => {
    const source = program.getSourceFile(name);
    return [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({start = 0, messageText}) => {
      const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
      const text = ts.flattenDiagnosticMessageText(messageText, '\n');
      return `${fence.file}:${fence.line + line}: ${text}`;
    });
  });
}
