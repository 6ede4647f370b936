import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';

import {beforeAll, describe, expect, it} from 'vitest';

import {publicNames, withImports} from '../../scripts/exampleImport';
import {ROOT, filesBelow, publicFolders, readSources} from '../package/sources';
import {fencesOfMarkdown, fencesOfSource, programOf, type Fence} from './fences';

import {typeErrors} from './typecheck';
import {parseStated, sameValue, show} from './values';

const documents = [
  ...['README.md', 'CHANGELOG.md', 'AGENTS.md'].filter((file) => existsSync(path.join(ROOT, file))),
  ...filesBelow('docs')
    .filter((file) => file.endsWith('.md') && !/^(api|\.vitepress)\//.test(file))
    .map((file) => `docs/${file}`),
];

const documentFences = documents.flatMap((file) =>
  fencesOfMarkdown(readFileSync(path.join(ROOT, file), 'utf8'), file),
);
const exampleFences = [...readSources()].flatMap(([name, text]) =>
  fencesOfSource(text, `src/${name}`),
);

// Through the alias of the vitest config, `lt-robust` is src.
const load = async (module: string) => (await import(/* @vite-ignore */ module)) as object;

async function run(fence: Fence): Promise<void> {
  const {code} = programOf(fence);
  const check = (line: number, value: unknown, stated: string) => {
    if (!sameValue(value, parseStated(stated))) {
      expect.fail(`${fence.file}:${line}: // => ${stated}, but the value is ${show(value)}`);
    }
  };
  const make = new Function('__load', '__check', `return ${code};`);
  const main = make(load, check) as () => Promise<void>;
  await tf.setBackend('cpu'); // a fence before may have chosen another
  tf.engine().startScope(); // what a fence leaves behind is disposed; it need not show that
  try {
    await main();
  } finally {
    tf.engine().endScope();
  }
}

const title = (fence: Fence) => `${fence.file}:${fence.line}`;

describe('the code in README, docs and @example', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    await load('@tensorflow/tfjs-layers'); // registers gradients, as a model of a user does
    // Transformed here, so that no example waits for it.
    for (const room of ['', ...publicFolders().map((name) => `/${name}`)]) {
      await load(`lt-robust${room}`);
    }
  }, 300_000);

  it('is found', () => {
    expect(exampleFences.length).toBeGreaterThan(5);
  });

  // Far longer than it takes: some three hundred programs, on a machine that may be busy.
  it('has the right types, its imports among it', {timeout: 300_000}, () => {
    expect(typeErrors([...documentFences, ...exampleFences])).toEqual([]);
  });

  it('of an @example imports what it needs and nothing else (npm run examples:imports)', () => {
    const known = publicNames((file) => readFileSync(path.join(ROOT, file), 'utf8'));
    const wrong = [...readSources()].filter(([, text]) => withImports(text, known) !== text);
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  const toRun = (fences: readonly Fence[]) =>
    fences
      .filter(({noRun}) => noRun === undefined)
      .map((fence): [string, Fence] => [title(fence), fence]);

  it.each(toRun(exampleFences))('runs: %s', async (_title, fence) => {
    await run(fence);
  });

  const documented = toRun(documentFences);
  it.runIf(documented.length > 0).each(documented)('runs: %s', async (_title, fence) => {
    await run(fence);
  });
});

describe('the check itself', () => {
  const fenceOf = (code: string): Fence => ({file: 'x.md', line: 1, code});

  it('finds fences in Markdown and in doc comments, with their lines', () => {
    expect(fencesOfMarkdown('a\n```ts\nf();\n```\n```js\nno\n```', 'x.md')).toEqual([
      {file: 'x.md', line: 3, code: 'f();'},
    ]);
    expect(fencesOfMarkdown('```ts no-run needs a GPU\nf();\n```', 'x.md')).toEqual([
      {file: 'x.md', line: 2, code: 'f();', noRun: 'needs a GPU'},
    ]);
    const source = 'x;\n/**\n * @example\n * ```ts\n * f();\n *   g();\n * ```\n */';
    expect(fencesOfSource(source, 'x.ts')).toEqual([{file: 'x.ts', line: 5, code: 'f();\n  g();'}]);
  });

  it('refuses an open fence, and no-run without a reason', () => {
    expect(() => fencesOfMarkdown('```ts\nf();', 'x.md')).toThrow('x.md:1: this fence is not');
    expect(() => fencesOfMarkdown('```ts no-run\nf();\n```', 'x.md')).toThrow('found "no-run"');
  });

  it.each([
    ['1 + 1; // => 2', true],
    ['1 + 1; // => 3', false],
    ['1 + 1;\n// => 2', true],
    ['1 + 1;\n// => 3', false],
    ['0.03137; // => 0.0314 = 8 / 255', true],
    ['0.0312; // => 0.0314 = 8 / 255', false],
    ['new Float32Array([1, 2]); // => [1, 2]', true],
    ['new Float32Array([1, 2]); // => [1, 2, 3]', false],
    ['[1, 2, 3]; // => [1, 2]', false],
    ["'a = b'; // => 'a = b'", true],
    ["'a'; // => 'b'", false],
    ['true; // => true', true],
    ['true; // => false', false],
    ['1; // => true', false],
    ['NaN; // => NaN', true],
    ['NaN; // => 0', false],
    ['({a: [1], b: null}); // => {a: [1], b: null}', true],
    ['({a: [1]}); // => {a: [2]}', false],
    ['({a: 1, b: 2}); // => {a: 1}', false],
    ['const x: number = await Promise.resolve(3); // => 3', true],
    ['const x = 3; // => 4', false],
    ["import {linalg as l} from '@tensorflow/tfjs-core';\ntypeof l; // => 'object'", true],
  ])('runs %j: %s', async (code, passes) => {
    const result = run(fenceOf(code));
    await (passes ? expect(result).resolves.toBeUndefined() : expect(result).rejects.toThrow('=>'));
  });

  it('refuses a stated value that is none, or that nothing computes', async () => {
    await expect(run(fenceOf('1; // => about one'))).rejects.toThrow('states no JavaScript');
    await expect(run(fenceOf('if (true) {\n  1; // => 1\n}'))).rejects.toThrow('but only 0');
  });

  it('sees type errors, at their line', () => {
    const bad = fenceOf("\nconst x: number = 'one';");
    const lost = fenceOf('tf.scalar(1);');
    const strict = fenceOf('const f = (x) => x;');
    expect(typeErrors([bad, lost, strict])).toEqual([
      "x.md:2: Type 'string' is not assignable to type 'number'.",
      expect.stringMatching(/^x\.md:1: Cannot find name 'tf'/),
      "x.md:1: Parameter 'x' implicitly has an 'any' type.",
    ]);
  });
});
