import {gzipSync} from 'node:zlib';

import {build} from 'esbuild';
import {afterAll, describe, expect, it} from 'vitest';

import {ROOT} from './sources';

// The architecture's budgets, set before there were gradient kernels and checks, were 2.5 kB for
// pgdAttack, 4 for a step and 8 for train. They are NOT met: of what an attack weighs, about 3 kB are
// the kernels that make its gradient right and fast on wasm (decision 002) and as much the checks
// with their messages. The numbers below keep it from growing further.
/** What is imported from the built root, and how many bytes it may weigh, gzipped. */
const BUDGETS: readonly (readonly [what: string, names: string, bytes: number])[] = [
  ['one loss', '{balancedSoftmax}', 1500],
  ['pgdAttack', '{pgdAttack}', 8600],
  ['trainStep and one method', '{trainStep, pgdTraining}', 9200],
  ['train', '{train}', 10_000],
  ['everything in the root', '*', 30_000],
];

/** Bundles an import from the built package: minified and gzipped, peers left out. */
async function gzippedSize(names: string): Promise<number> {
  const {outputFiles} = await build({
    stdin: {contents: `export ${names} from './dist/index.js';`, resolveDir: ROOT},
    bundle: true,
    minify: true,
    write: false,
    logLevel: 'error', // unused chunks are imported bare and dropped: no news
    format: 'esm',
    target: 'es2022',
    external: ['@tensorflow/*', 'fast-check', 'node:*'],
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild wrote nothing');
  return gzipSync(file.contents, {level: 9}).length;
}

describe('size, minified and gzipped, without peers', () => {
  const sizes: Record<string, {bytes: number; budget: number}> = {};

  it.each(BUDGETS)('%s: %s within %i bytes', async (what, names, budget) => {
    const bytes = await gzippedSize(names);
    sizes[what] = {bytes, budget};
    expect(bytes).toBeGreaterThan(200); // an empty bundle would pass any budget
    expect(bytes).toBeLessThanOrEqual(budget);
  });

  afterAll(() => console.table(sizes));
});
