import path from 'node:path';

import ts from 'typescript';

import {ROOT} from '../package/sources';
import type {Fence} from './fences';

/** A fence as a module: what it has in scope, then its code. */
export interface Module {
  readonly fence: Fence;
  /** Lines of imports before the code. */
  readonly header: string;
}

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
export function typeErrors(modules: readonly Module[]): string[] {
  const texts = new Map<string, Module>();
  modules.forEach((module, i) => {
    texts.set(path.join(ROOT, 'test/docs', `fence${i}.virtual.ts`), module);
  });
  // A block, so that a fence may declare a name that the header imports.
  const textOf = ({fence, header}: Module) =>
    header === '' ? `${fence.code}\nexport {};` : `${header}\n{\n${fence.code}\n}\nexport {};`;
  const host = ts.createCompilerHost(options());
  const {fileExists, readFile, getSourceFile} = host;
  host.fileExists = (name) => texts.has(name) || fileExists.call(host, name);
  host.readFile = (name) => {
    const module = texts.get(name);
    return module === undefined ? readFile.call(host, name) : textOf(module);
  };
  host.getSourceFile = (name, target, ...rest) => {
    const module = texts.get(name);
    return module === undefined
      ? getSourceFile.call(host, name, target, ...rest)
      : ts.createSourceFile(name, textOf(module), target, true);
  };
  const program = ts.createProgram([...texts.keys()], options(), host);
  return [...texts].flatMap(([name, {fence, header}]) => {
    const source = program.getSourceFile(name);
    const headerLines = header === '' ? 0 : header.split('\n').length + 1;
    return [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({start = 0, messageText}) => {
      const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
      const text = ts.flattenDiagnosticMessageText(messageText, '\n');
      return `${fence.file}:${fence.line + line - headerLines}: ${text}`;
    });
  });
}
