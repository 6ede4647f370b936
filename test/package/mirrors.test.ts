import ts from 'typescript';
import {describe, expect, it} from 'vitest';

import {filesBelow, readSources} from './sources';

/** Whether a file has nothing that runs: types and re-exports of types only. */
const isTypeOnly = (source: string): boolean =>
  ts
    .transpile(source, {target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext})
    .replace(/export \{\};?|\/\*[^]*?\*\/|\/\/.*/g, '')
    .trim() === '';

/** Source files that need a test and have none. */
function untested(sources: ReadonlyMap<string, string>, tests: readonly string[]): string[] {
  return [...sources]
    .filter(([name, source]) => !name.endsWith('index.ts') && !isTypeOnly(source))
    .map(([name]) => name)
    .filter((name) => !tests.includes(name.replace(/\.ts$/, '.test.ts')));
}

describe('tests mirror src', () => {
  it('one to one', () => {
    expect(untested(readSources(), filesBelow('test'))).toEqual([]);
  });
});

describe('untested', () => {
  it('names a file without a test, and passes types and barrels', () => {
    const sources = new Map([
      ['core/a.ts', 'export const a = 1;'],
      ['core/b.ts', 'export const b = 1;'],
      ['core/types.ts', '/** T. */\nexport type T = 1; // one'],
      ['core/index.ts', "export {a} from './a';"],
    ]);
    expect(untested(sources, ['core/a.test.ts'])).toEqual(['core/b.ts']);
  });
});
