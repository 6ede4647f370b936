import {readFileSync} from 'node:fs';
import path from 'node:path';
import {gzipSync} from 'node:zlib';

import {build} from 'esbuild';
import {afterAll, describe, expect, it} from 'vitest';

import {ROOT} from './sources';

// Larger than the first sketch's for what differentiates: docs/decisions/006-size-budgets.md.
/** What is imported from a built entry, and how many bytes it may weigh, gzipped. */
const BUDGETS: readonly (readonly [what: string, entry: string, names: string, bytes: number])[] = [
  ['one loss', 'index', '{balancedSoftmax}', 6_300],
  ['pgdAttack', 'index', '{pgdAttack}', 35_900],
  ['autoAttack', 'index', '{autoAttack}', 63_700],
  ['trainStep and one method', 'index', '{trainStep, pgdTraining}', 40_000],
  ['train', 'index', '{train}', 53_500],
  ['everything in the root', 'index', '*', 127_700],
  ['the registry, with all that it names', 'registry/index', '*', 84_900],
  // SIMD code included; nothing else carries it.
  ['registerGradientKernels', 'kernels/index', '*', 53_200],
];

const BROWSER_FILE = 'dist/lt-robust.browser.js';
const BROWSER_BUDGET = 227_800;

/**
 * Bundles an import from the built package as an app does: minified and gzipped, peers left out. Parts
 * that are loaded when they are needed (schemas of checkpoints) are in `later`.
 */
async function gzippedSize(entry: string, names: string): Promise<{bytes: number; later: number}> {
  const {outputFiles, metafile} = await build({
    stdin: {contents: `export ${names} from './dist/${entry}.js';`, resolveDir: ROOT},
    ...{bundle: true, minify: true, write: false, splitting: true, metafile: true},
    outdir: 'out',
    absWorkingDir: ROOT,
    logLevel: 'error', // unused chunks are imported bare and dropped: no news
    format: 'esm',
    target: 'es2022',
    external: ['@tensorflow/*', 'fast-check', 'node:*'],
  });
  const outputs = Object.entries(metafile.outputs);
  const first = outputs.find(([, {entryPoint}]) => entryPoint === '<stdin>')?.[0];
  if (first === undefined) throw new Error('esbuild wrote nothing');
  const atOnce = new Set([first]);
  for (const name of atOnce) {
    for (const {path: file, kind} of metafile.outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && file in metafile.outputs) atOnce.add(file);
    }
  }
  const sizeOf = (chosen: (name: string) => boolean) => {
    const files = outputFiles.filter(({path: file}) => chosen(path.relative(ROOT, file)));
    return gzipSync(Buffer.concat(files.map(({contents}) => contents)), {level: 9}).length;
  };
  return {bytes: sizeOf((name) => atOnce.has(name)), later: sizeOf((name) => !atOnce.has(name))};
}

describe('size, minified and gzipped, without peers', () => {
  const sizes: Record<string, {bytes: number; budget: number; later: number}> = {};

  it.each(BUDGETS)('%s: %s, %s within %i bytes', async (what, entry, names, budget) => {
    const {bytes, later} = await gzippedSize(entry, names);
    sizes[what] = {bytes, budget, later};
    expect(bytes).toBeGreaterThan(200); // an empty bundle would pass any budget
    expect(bytes).toBeLessThanOrEqual(budget);
  });

  it('the file for pages without a bundler: all that runs in a browser', () => {
    const bytes = gzipSync(readFileSync(path.join(ROOT, BROWSER_FILE)), {level: 9}).length;
    sizes[BROWSER_FILE] = {bytes, budget: BROWSER_BUDGET, later: 0};
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(BROWSER_BUDGET);
  });

  afterAll(() => console.table(sizes));
});
